/**
 * The only way in: every surface ends here. Scope and role, input, idempotency, the handler, and
 * one translation of everything that can go wrong. Source: architecture §1, contract §1.
 */
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { authorize } from '../domain/agents.ts'
import type { InputError, Problem, Refusal } from '../domain/errors.ts'
import { isRefusal, problemOf, refuse, refuseField } from '../domain/errors.ts'
import { findUnstorable } from '../domain/storable.ts'
import type { Operation } from '../operations/define.ts'
import { StorageError } from '../db/errors.ts'
import type { Context, Identity, Request, Result } from './context.ts'
import { handlers } from './index.ts'

export type Call = {
  operation: Operation
  identity: Identity
  /** Path parameters and fields together. */
  input: unknown
  /** The caller's idempotency key; one is made where a command has none. */
  key?: string | null
  /** `"7"` or `7`: the version the caller last saw. */
  ifMatch?: string | null
  /** Names the request in problems and logs. */
  instance: string
}

export type Reply =
  | {
    ok: true
    status: number
    body: unknown
    etag: string | null
    replayed: boolean
    key: string | null
  }
  | { ok: false; problem: Problem; key: string | null }

export async function invoke(context: Context, call: Call): Promise<Reply> {
  const { operation, instance } = call
  const key = operation.kind === 'command' ? call.key ?? randomUUID() : null
  try {
    const result = await run(context, call, key)
    if (isRefusal(result)) return { ok: false, problem: problemOf(result, instance), key }
    const { body, version, replayed = false } = result
    const etag = version === undefined ? null : `"${version}"`
    return { ok: true, status: operation.status, body, etag, replayed, key }
  } catch (error) {
    return { ok: false, problem: problemOf(faultOf(context, error, call), instance), key }
  }
}

/** Whether this caller may call this operation at all. */
export const admit = ({ operation, identity }: Pick<Call, 'operation' | 'identity'>) =>
  refuseScope(operation, identity)
    ?? authorize(operation.who, identity.actor, operation.kind === 'query')

async function run(context: Context, call: Call, key: string | null): Promise<Result | Refusal> {
  const { operation, identity } = call
  const refused = admit(call)
  if (refused) return refused
  const unstorable = findUnstorable(call.input)
  if (unstorable) return refuseField(unstorable.pointer, unstorable.message)
  const parsed = operation.input.safeParse(call.input)
  if (!parsed.success) return refuseInput(parsed.error)
  const ifMatch = versionOf(call.ifMatch)
  if (ifMatch === false) return refuseField('/if_match', 'If-Match takes one version, such as "7"')
  if (key !== null && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    return refuseField('/idempotency_key', '1 to 255 visible ASCII characters')
  }
  if (operation.startsWork) {
    const busy = await context.backPressure()
    if (busy) return busy
  }
  const input = parsed.data as Record<string, unknown>
  const request: Request<Record<string, unknown>> = {
    operation, identity, input, ifMatch, command: commandOf(call, input, key, ifMatch),
    recheck: (facts) => recheck(call, facts),
  }
  const handler = handlers[operation.name]!
  if (operation.kind === 'command') return handler(context, request)
  return (await identity.nonce) ?? await answerQuery(() => handler(context, request), input)
}

/** Between reading and writing: the nonce is stored, and the caller still is who it was. */
export async function recheck(
  { identity, operation }: Pick<Call, 'identity' | 'operation'>,
  facts: { epoch: number; actor: Identity['actor'] },
): Promise<Refusal | null> {
  const replayed = await identity.nonce
  if (replayed) return replayed
  if (facts.epoch !== identity.epoch) {
    const revoked = await identity.renew()
    if (revoked) return revoked
    identity.epoch = facts.epoch
  }
  return authorize(operation.who, facts.actor, false)
}

/** A read that may wait asks again until something happened or the time is over. */
async function answerQuery(
  ask: () => Promise<Result | Refusal>, input: Record<string, unknown>,
): Promise<Result | Refusal> {
  const first = await ask()
  const seconds = typeof input.wait === 'number' ? input.wait : 0
  const until = Date.now() + seconds * 1000
  let result = first
  for (let pause = 10; Date.now() < until; pause = Math.min(pause * 1.5, 150)) {
    if (isRefusal(result) || isOver(result, first, input.settled === true)) break
    await sleep(Math.min(pause, until - Date.now()))
    result = await ask()
  }
  return result
}

function isOver(result: Result, first: Result | Refusal, settled: boolean): boolean {
  const body = result.body as { settled_at?: string | null; decided_at?: string | null }
  if (settled && 'settled_at' in body) return body.settled_at !== null
  if ('decided_at' in body) return body.decided_at !== null
  return !isRefusal(first) && result.version !== first.version
}

function commandOf(
  call: Call, input: Record<string, unknown>, key: string | null,
  ifMatch: number | null,
) {
  const { identity, operation } = call
  const { id, kind, handle } = identity.actor
  return {
    workspace: identity.workspaceId, actor: { id, kind, handle }, operation: operation.name, key,
    fresh: !call.key,
    request_hash: key === null ? null : hashOf({ input, ifMatch }),
    reason: typeof input.reason === 'string' && input.reason !== '' ? input.reason : null,
  }
}

const hashOf = (request: unknown): string =>
  createHash('sha256').update(JSON.stringify(sorted(request))).digest('hex')

/** The same value for the same content, whatever the order of its keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => [name, sorted(part)]))
}

/** Whether scopes reach an operation: `read` covers queries, `task.*` a noun, `*` everything. */
export const covers = (scopes: string[], { name, noun, kind }: Operation): boolean =>
  scopes.some((scope) => scope === '*' || scope === name || scope === `${noun}.*`
    || (scope === 'read' && kind === 'query'))

function refuseScope(operation: Operation, { scopes }: Identity): Refusal | null {
  const { name } = operation
  if (covers(scopes, operation)) return null
  return refuse('forbidden', `This credential does not cover ${name}`, {
    required: { scope: name },
  })
}

/** null = none, false = not a version. */
function versionOf(ifMatch: string | null | undefined): number | null | false {
  if (ifMatch === null || ifMatch === undefined || ifMatch === '*') return null
  const digits = /^(?:W\/)?"?(\d{1,9})"?$/.exec(ifMatch.trim())
  return digits ? Number(digits[1]) : false
}

/** Every finding with a JSON Pointer to where it is. */
function refuseInput(error: z.ZodError): Refusal {
  const errors: InputError[] = error.issues.flatMap((issue) => {
    const pointer = issue.path.map((part) =>
      `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((name) =>
        ({ pointer: `${pointer}/${name}`, message: 'There is no such field' }))
    }
    return [{ pointer, message: issue.message }]
  })
  const [first] = errors
  return refuse('invalid_input',
    first ? `${first.pointer || 'The input'}: ${first.message}` : 'The input is not valid',
    { errors })
}

type Named = { operation?: { name: string }; instance: string }

/** Storage failures have names; anything else is our fault: loud in the log, generic outside. */
export function faultOf(
  { log }: Pick<Context, 'log'>, error: unknown, { operation, instance }: Named,
): Refusal {
  if (error instanceof StorageError) {
    log.warn({ err: error, operation: operation?.name, instance }, 'storage failure')
    return error.failure === 'unavailable'
      ? refuse('storage_unavailable', 'The database did not answer in time; nothing was changed', {
        retry_after: 1,
      })
      : refuse('outcome_unknown', 'The connection broke while it was written', {},
        'Retry with the same idempotency key: it happens once.')
  }
  log.error({ err: error, operation: operation?.name, instance }, 'fault')
  return refuse('internal',
    'Something went wrong on our side; it is in the log under this instance')
}
