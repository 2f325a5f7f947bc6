/** Keys and tokens of agents: made, listed, retired, revoked. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse, refuseField } from '../domain/errors.ts'
import { reaches } from '../domain/agents.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/agents.ts'
import type { ControlWrite } from '../activities/write.ts'
import type { AgentRow, KeyRow, TokenRow } from '../db/agents.ts'
import { getActor, getToken, listKeys, listTokens } from '../db/agents.ts'
import type { BaseFacts } from '../db/commands.ts'
import { readControlFacts } from '../db/commands.ts'
import type { Context, Handlers, Identity, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, pageOf, readIdCursor } from './cursors.ts'
import type { Vault } from './vault.ts'
import { newToken, sha256 } from './vault.ts'

type Algorithm = 'hmac-sha256' | 'ed25519'
type KeyInput = { alg?: Algorithm; public_key?: string }
export type NewKeyRow = {
  id: string
  agent_id: string
  keyid: string
  alg: Algorithm
  secret_wrapped: string | null
  public_key: string | null
}

const MAX_KEYS = 5
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'

/** 26 characters for 128 bits: what a keyid is made of. */
function base32(uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let place = 0; place < 26; place++, value >>= 5n) {
    text = CROCKFORD[Number(value & 31n)] + text
  }
  return text
}

export function refuseKeyInput({ alg, public_key: key }: KeyInput): Refusal | null {
  if (!key) return null
  if (alg !== 'ed25519') return refuseField('/public_key', 'Only ed25519 keys have a public half')
  return Buffer.from(key, 'base64').length === 32
    ? null : refuseField('/public_key', 'An Ed25519 public key has 32 bytes')
}

/** bytea as JSON carries it into Postgres. */
const hex = (bytes: Buffer | null): string | null => bytes && `\\x${bytes.toString('hex')}`

/** A new key: its row, and its secret in base64 (null where the caller keeps the private half). */
export function makeKey(
  vault: Vault, { agentId, number, alg = 'hmac-sha256', public_key: given }: KeyInput
    & { agentId: string; number: number },
): { row: NewKeyRow; secret: string | null } {
  const keyid = `agt_${base32(agentId)}.k${number}`
  const row = { id: uuidv7(), agent_id: agentId, keyid, alg }
  if (alg === 'hmac-sha256') {
    const secret = randomBytes(32)
    return {
      row: { ...row, secret_wrapped: hex(vault.wrap(secret, keyid)), public_key: null },
      secret: secret.toString('base64'),
    }
  }
  if (given) {
    const key = hex(Buffer.from(given, 'base64'))
    return { row: { ...row, secret_wrapped: null, public_key: key }, secret: null }
  }
  const pair = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  })
  const privateKey = createPrivateKey({ key: pair.privateKey, format: 'der', type: 'pkcs8' })
  const raw = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-32)
  return {
    row: { ...row, secret_wrapped: null, public_key: hex(raw) },
    secret: pair.privateKey.toString('base64'),
  }
}

/** Credentials are the agent's own business, and an admin's. */
function refuseOther({ actor }: Identity, agent: AgentRow): Refusal | null {
  if (actor.id === agent.id || reaches(actor.role, 'admin')) return null
  return refuse('forbidden', `Only ${agent.handle} or an admin sees to its credentials`, {
    required: { relation: ['self', 'admin'] },
  })
}

async function findAgent(
  { db }: Context, identity: Identity, ref: string,
): Promise<AgentRow | Refusal> {
  const agent = await getActor(db, identity.workspaceId, ref)
  if (!agent || agent.kind !== 'agent') return refuse('not_found', `There is no agent ${ref} here`)
  return refuseOther(identity, agent) ?? agent
}

const credentialEvent = (type: string, agent: AgentRow, data: Record<string, unknown>) => ({
  type, subject: { kind: 'agent' as const, id: agent.id, key: agent.handle }, data,
})

type Decide = (agent: AgentRow, facts: BaseFacts) => Promise<ControlWrite | Refusal>

/** A change of one agent's credentials, under the control lock. */
async function changeCredentials(
  context: Context, request: Request<{ id: string }>, decide: Decide,
) {
  const { command, identity, input } = request
  const agent = await findAgent(context, identity, input.id)
  if (isRefusal(agent)) return agent
  return context.write.control(command, {
    read: () => readControlFacts(context.db, command),
    recheck: request.recheck,
    decide: (facts) => decide(agent, facts),
  })
}

async function createKey(
  context: Context, request: Request<InputOf<typeof contracts.keyCreate>>,
): Promise<Result | Refusal> {
  const { input } = request
  const { db, vault } = context
  const bad = refuseKeyInput(input)
  if (bad) return bad
  let secret: string | null = null
  const written = await changeCredentials(context, request, async (agent, { now, settings }) => {
    const keys = await listKeys(db, request.command.workspace, agent.id)
    const live = keys.filter((key) => isLive(key, now))
    const old = input.retire
      ? live.find(({ id, keyid }) => input.retire === id || input.retire === keyid) : null
    if (input.retire && !old) return refuse('not_found', `There is no live key ${input.retire}`)
    if (live.length >= MAX_KEYS) {
      return refuse('limit_reached', `${agent.handle} has ${live.length} keys`, { limit: MAX_KEYS },
        'Revoke one first.')
    }
    const made = makeKey(vault, { agentId: agent.id, number: keys.length + 1, ...input })
    secret = made.secret
    const { id, keyid, alg } = made.row
    const retires = new Date(Date.parse(now) + settings.key_overlap_seconds * 1000).toISOString()
    return {
      insert: { agent_keys: [made.row] },
      ...(old ? { update: { agent_keys: [{ id: old.id, retires_at: retires }] } } : {}),
      events: [credentialEvent('agent.key_created', agent, {
        keyid, alg, retires: old?.keyid ?? null,
      })],
      image: { key: { id, keyid, alg } },
    }
  })
  if (isRefusal(written)) return written
  const { key } = written.answer.extra as { key: object }
  return {
    body: { ...key, secret: written.replayed ? null : secret }, replayed: written.replayed,
  }
}

const isLive = ({ revoked_at, retires_at }: KeyRow, now: string): boolean =>
  revoked_at === null && (retires_at === null || retires_at > now)

const keyOf = ({ id, keyid, alg, created_at, retires_at, revoked_at }: KeyRow) =>
  ({ id, keyid, alg, created_at, retires_at, revoked_at })

type Listing = InputOf<typeof contracts.tokenList>

/** A page of what belongs to one agent, for who sees to its credentials. */
async function listOf<Row extends { id: string }>(
  context: Context, { identity, input }: Request<Listing>,
  rowsOf: (agent: AgentRow, page: { before?: string; limit: number }) => Promise<Row[]>,
  render: (row: Row) => object,
): Promise<Result | Refusal> {
  const before = readIdCursor(input.cursor)
  if (isRefusal(before)) return before
  const agent = await findAgent(context, identity, input.id)
  if (isRefusal(agent)) return agent
  const limit = input.limit ?? DEFAULT_LIMIT
  const rows = await rowsOf(agent, { limit: limit + 1, ...(before ? { before } : {}) })
  return { body: pageOf(rows, limit, render) }
}

const listKeysOf = (context: Context, request: Request<InputOf<typeof contracts.keyList>>) =>
  listOf(context, request, async (agent, { before }) => {
    const keys = await listKeys(context.db, request.identity.workspaceId, agent.id)
    return keys.filter(({ id }) => before === undefined || id < before)
  }, keyOf)

async function revokeKey(
  context: Context, request: Request<InputOf<typeof contracts.keyRevoke>>,
): Promise<Result | Refusal> {
  const { input } = request
  const written = await changeCredentials(context, request, async (agent, { now }) => {
    const keys = await listKeys(context.db, request.command.workspace, agent.id)
    const key = keys.find(({ id, keyid }) => input.key === id || input.key === keyid)
    if (!key) return refuse('not_found', `${agent.handle} has no key ${input.key}`)
    const revoked = { ...key, revoked_at: key.revoked_at ?? now }
    return {
      update: { agent_keys: [{ id: key.id, revoked_at: revoked.revoked_at }] },
      events: [credentialEvent('agent.key_revoked', agent, { keyid: key.keyid })],
      image: { key: keyOf(revoked) },
    }
  })
  if (isRefusal(written)) return written
  const { key } = written.answer.extra as { key: object }
  return { body: key, replayed: written.replayed }
}

const SHORT_SECONDS = 15 * 60
const LONG_SECONDS = 30 * 86_400

/** An agent mints short ones for itself by a signed request; a bearer never begets a bearer. */
function refuseMinting({ actor, proof }: Identity, seconds: number): Refusal | null {
  if (actor.kind !== 'agent') return null
  if (proof !== 'signature') {
    return refuse('forbidden', 'A token is made by a signed request', {
      required: { proof: 'signature' },
    })
  }
  return seconds <= SHORT_SECONDS
    ? null : refuse('forbidden', 'An agent’s own tokens live 15 minutes at most', {
      required: { role: 'admin' },
    })
}

async function createToken(
  context: Context, request: Request<InputOf<typeof contracts.tokenCreate>>,
): Promise<Result | Refusal> {
  const { command, identity, input } = request
  const scopes = input.scopes ?? ['*']
  const seconds = input.ttl_seconds
    ?? (identity.actor.kind === 'agent' ? SHORT_SECONDS : LONG_SECONDS)
  const token = newToken()
  const written = await changeCredentials(context, request, async (agent, { now }) => {
    const refused = refuseMinting(identity, seconds)
    if (refused) return refused
    const id = uuidv7()
    const expires_at = new Date(Date.parse(now) + seconds * 1000).toISOString()
    return {
      insert: {
        tokens: [{
          id, actor_id: agent.id, sha256: hex(sha256(token)), scopes, expires_at,
          created_by: command.actor.handle, reason: input.reason ?? null,
        }],
      },
      events: [credentialEvent('agent.token_created', agent, { token_id: id, scopes, expires_at })],
      image: { token: { id, scopes, expires_at } },
    }
  })
  if (isRefusal(written)) return written
  const { token: shown } = written.answer.extra as { token: object }
  return {
    body: { ...shown, token: written.replayed ? null : token }, replayed: written.replayed,
  }
}

const tokenOf = ({ actor_id: _, ...shown }: TokenRow) => shown

const listTokensOf = (context: Context, request: Request<Listing>) =>
  listOf(context, request, (agent, page) => listTokens(context.db, request.identity.workspaceId, {
    actor_id: agent.id, ...page,
    ...(request.input.live === undefined ? {} : { live: request.input.live }),
  }), tokenOf)

async function revokeToken(
  context: Context, request: Request<InputOf<typeof contracts.tokenRevoke>>,
): Promise<Result | Refusal> {
  const { input } = request
  const written = await changeCredentials(context, request, async (agent, { now }) => {
    const token = await getToken(context.db, request.command.workspace, input.token)
    if (!token || token.actor_id !== agent.id) {
      return refuse('not_found', `${agent.handle} has no token ${input.token}`)
    }
    const revoked_at = token.revoked_at ?? now
    return {
      update: { tokens: [{ id: token.id, revoked_at }] },
      events: [credentialEvent('agent.token_revoked', agent, { token_id: token.id })],
      image: { token: { id: token.id, revoked_at } },
    }
  })
  if (isRefusal(written)) return written
  const { token } = written.answer.extra as { token: object }
  return { body: token, replayed: written.replayed }
}

export const keyHandlers: Handlers = {
  'agent.key_create': createKey,
  'agent.key_list': listKeysOf,
  'agent.key_revoke': revokeKey,
  'agent.token_create': createToken,
  'agent.token_list': listTokensOf,
  'agent.token_revoke': revokeToken,
}
