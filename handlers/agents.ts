/** What the agent operations do. */
import { v7 as uuidv7 } from 'uuid'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import type { AgentRole, Mode } from '../domain/agents.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/agents.ts'
import type { ControlWrite } from '../activities/write.ts'
import type { AgentRow } from '../db/agents.ts'
import { getActor, listAgents } from '../db/agents.ts'
import { readControlFacts } from '../db/commands.ts'
import type { Context, Handlers, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, pageOf, readIdCursor } from './cursors.ts'
import type { NewKeyRow } from './keys.ts'
import { makeKey, refuseKeyInput } from './keys.ts'
import { agentOf } from './render.ts'

const noAgent = (ref: string): Refusal => refuse('not_found', `There is no agent ${ref} here`)

async function listSome(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.list>>,
): Promise<Result | Refusal> {
  const after = readIdCursor(input.cursor)
  if (isRefusal(after)) return after
  const limit = input.limit ?? DEFAULT_LIMIT
  const rows = await listAgents(db, identity.workspaceId, {
    limit: limit + 1,
    ...(after ? { after } : {}),
    ...(input.status ? { status: input.status } : {}),
    ...(input.role ? { role: input.role } : {}),
    ...(input.reports_to ? { reports_to: input.reports_to } : {}),
  })
  return { body: pageOf(rows, limit, agentOf) }
}

async function readAgent(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.get>>,
): Promise<Result | Refusal> {
  const row = await getActor(db, identity.workspaceId, input.id)
  if (!row || row.kind !== 'agent') return noAgent(input.id)
  return { body: agentOf(row), version: row.version }
}

async function whoami({ db }: Context, { identity }: Request<unknown>): Promise<Result | Refusal> {
  const row = await getActor(db, identity.workspaceId, identity.actor.id)
  if (!row) return noAgent(identity.actor.handle)
  const { workspace, scopes } = identity
  return { body: { ...agentOf(row), kind: row.kind, workspace, scopes } }
}

type RoleDefaults = { mode: Mode; level: number; model: string | null; fee: number }

/** A founding agent is born senior; everyone else starts at the bottom. */
const roleDefaults: Record<AgentRole, RoleDefaults> = {
  founder: { mode: 'orchestrator', level: 10, model: 'opus', fee: 20 },
  talent: { mode: 'orchestrator', level: 10, model: 'opus', fee: 20 },
  lead: { mode: 'orchestrator', level: 5, model: null, fee: 10 },
  worker: { mode: 'worker', level: 1, model: null, fee: 0 },
}

type RegisterInput = InputOf<typeof contracts.register>

function agentRow(
  input: RegisterInput, id: string, manager: AgentRow | null, now: string,
): AgentRow {
  const role = (input.role ?? 'worker') as AgentRole
  const { mode, level, model, fee } = roleDefaults[role]
  return {
    id, kind: 'agent', handle: input.handle, name: input.name ?? input.handle, role,
    status: 'active', mode: input.mode ?? mode, level: input.level ?? level,
    model: input.model ?? model,
    capabilities: (input.capabilities ?? []) as AgentRow['capabilities'],
    reports_to_id: manager?.id ?? null, reports_to: manager?.handle ?? null,
    management_fee_pct: input.management_fee_pct ?? fee, trust: 50, last_seen_at: null,
    created_at: now, version: 1, open_tasks: 0,
  }
}

async function register(
  context: Context, request: Request<RegisterInput>,
): Promise<Result | Refusal> {
  const { command, input } = request
  const { db, vault } = context
  const bad = refuseKeyInput(input)
  if (bad) return bad
  const id = uuidv7()
  const key = makeKey(vault, { agentId: id, number: 1, ...input })
  const written = await context.write.control(command, {
    read: () => readControlFacts(db, command),
    recheck: request.recheck,
    decide: async ({ now }): Promise<ControlWrite | Refusal> => {
      const [taken, manager] = await Promise.all([
        getActor(db, command.workspace, input.handle),
        input.reports_to ? getActor(db, command.workspace, input.reports_to) : null,
      ])
      if (taken) return refuse('duplicate', `${input.handle} is taken`, { handle: input.handle })
      if (input.reports_to && manager?.kind !== 'agent') return noAgent(input.reports_to)
      return registration(agentRow(input, id, manager, now), key.row)
    },
  })
  if (isRefusal(written)) return written
  const { agent, key: shown } = written.answer.extra as { agent: AgentRow; key: object }
  const secret = written.replayed ? null : key.secret
  return {
    body: { agent: agentOf(agent), key: { ...shown, secret } }, replayed: written.replayed,
  }
}

function registration(agent: AgentRow, key: NewKeyRow): ControlWrite {
  const { id, handle, name, role } = agent
  return {
    insert: {
      actors: [{ id, kind: 'agent', handle, name, role }],
      agents: [{
        id, mode: agent.mode, level: agent.level, model: agent.model,
        capabilities: agent.capabilities, reports_to: agent.reports_to_id,
        management_fee_pct: agent.management_fee_pct,
      }],
      accounts: [{ id, kind: 'agent', owner_id: id, floor: 0 }],
      agent_keys: [key],
    },
    events: [{
      type: 'agent.registered', subject: { kind: 'agent', id, key: handle }, version: 1,
      data: { role, mode: agent.mode, level: agent.level, reports_to: agent.reports_to },
    }],
    image: { agent, key: { id: key.id, keyid: key.keyid, alg: key.alg } },
  }
}

export const agentHandlers: Handlers = {
  'agent.list': listSome,
  'agent.get': readAgent,
  'agent.whoami': whoami,
  'agent.register': register,
}
