/** What the operations on holds do. Each is one locked transaction, no workflow. */
import { v7 as uuidv7, validate as isUuid } from 'uuid'
import { formatCredits } from '../domain/credits.ts'
import type { CloseDraft } from '../domain/decisions.ts'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import { reaches } from '../domain/agents.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/holds.ts'
import type { Caller } from '../activities/write.ts'
import type { HoldRow } from '../db/credits.ts'
import { listHolds } from '../db/credits.ts'
import type { Context, Handlers, Identity, Request, Result } from './context.ts'
import { accountOf, ledgerKey, noTask, readCreditsFacts } from './credits.ts'
import type { CreditsFacts } from './credits.ts'
import { DEFAULT_LIMIT, pageOf, readIdCursor } from './cursors.ts'
import { isAbove } from './hierarchy.ts'

const holdOf = ({ agent_id: _, ...row }: HoldRow) => ({
  id: row.id, agent: row.agent, task: row.task, amount: formatCredits(BigInt(row.amount)),
  usd_micros: row.usd_micros, tokens: row.tokens, settled: formatCredits(BigInt(row.settled)),
  state: row.state, reason: row.reason, expires_at: row.expires_at, created_at: row.created_at,
  closed_at: row.closed_at,
})

const noHold = (id: string): Refusal => refuse('not_found', `There is no hold ${id} here`)

async function findHold({ db }: Context, workspace: string, id: string): Promise<HoldRow | null> {
  if (!isUuid(id)) return null
  return (await listHolds(db, workspace, { id, limit: 1 }))[0] ?? null
}

async function hold(
  context: Context, request: Request<InputOf<typeof contracts.hold>>,
): Promise<Result | Refusal> {
  const { command, input } = request
  const amount = input.amount as string
  const usd_micros = String(input.usd_micros ?? 0)
  const tokens = String(input.tokens ?? 0)
  const moved = await context.write.credits<CreditsFacts>(command, {
    caller: request.identity, recheck: request.recheck,
    read: readCreditsFacts(context, request, input.task),
    decide: ({ actor, task }) => {
      if (input.task && !task) return noTask(input.task)
      const who = { agent_id: actor.id, task_id: task?.id ?? null }
      return {
        key: ledgerKey(command), items: [],
        spender: { ...who, credits: amount, usd_micros, tokens },
        hold: { ...who, id: uuidv7(), amount, usd_micros, tokens, ttl_seconds: input.ttl_seconds },
      }
    },
  })
  if (isRefusal(moved)) return moved
  const made = await findHold(context, command.workspace, moved.made[0]!)
  return { body: holdOf(made!), replayed: moved.replayed }
}

/** Its agent closes it, or an admin. */
function refuseCloser({ actor }: Caller, { agent, agent_id: owner }: HoldRow): Refusal | null {
  if (actor.id === owner || reaches(actor.role, 'admin')) return null
  return refuse('forbidden', `Only ${agent} or an admin closes its holds`, {
    required: { relation: ['self', 'admin'] },
  })
}

/** What counts of a hold's dollars or tokens when nothing is said: as much as was paid of it. */
const share = (whole: string, paid: bigint, held: bigint): string =>
  ((BigInt(whole) * paid + held - 1n) / held).toString()

async function close(
  context: Context, request: Request<{ hold: string }>,
  closing: (found: HoldRow) => Omit<CloseDraft, 'hold_id'>,
): Promise<Result | Refusal> {
  const { command, input } = request
  type Facts = Caller & { found: HoldRow | null }
  const moved = await context.write.credits<Facts>(command, {
    caller: request.identity, recheck: request.recheck,
    read: async (caller) =>
      ({ ...caller, found: await findHold(context, command.workspace, input.hold) }),
    decide: (facts) => {
      const { found } = facts
      if (!found) return noHold(input.hold)
      const refused = refuseCloser(facts, found)
      if (refused) return refused
      const key = ledgerKey(command)
      const draft = closing(found)
      const paid = BigInt(draft.amount ?? 0)
      return {
        key, close: { hold_id: found.id, ...draft },
        items: paid === 0n ? [] : [{
          key, shown_key: command.key!, kind: 'settlement', from: `agent:${found.agent_id}`,
          to: 'model_spend', amount: paid.toString(), voluntary: false, hold_id: found.id,
          data: { hold: found.id },
        }],
      }
    },
  })
  if (isRefusal(moved)) return moved
  const closed = await findHold(context, command.workspace, input.hold)
  return { body: holdOf(closed!), replayed: moved.replayed }
}

const settle = (context: Context, request: Request<InputOf<typeof contracts.settle>>) => {
  const { amount, usd_micros: dollars, tokens } = request.input
  return close(context, request, (found) => {
    const paid = BigInt(amount as string)
    const held = BigInt(found.amount)
    return {
      state: 'settled', amount: paid.toString(),
      usd_micros: dollars === undefined ? share(found.usd_micros, paid, held) : String(dollars),
      tokens: tokens === undefined ? share(found.tokens, paid, held) : String(tokens),
    }
  })
}

const release = (context: Context, request: Request<InputOf<typeof contracts.release>>) =>
  close(context, request, () => ({ state: 'released' }))

async function listSome(
  context: Context, { identity, input }: Request<InputOf<typeof contracts.holdList>>,
): Promise<Result | Refusal> {
  const before = readIdCursor(input.cursor)
  if (isRefusal(before)) return before
  const agent = await accountOf(context, identity, input.agent)
  if (isRefusal(agent)) return agent
  const limit = input.limit ?? DEFAULT_LIMIT
  const rows = await listHolds(context.db, identity.workspaceId, {
    limit: limit + 1, ...(before ? { before } : {}), ...(agent ? { agent_id: agent.id } : {}),
    ...(input.state ? { state: input.state } : {}),
  })
  return { body: pageOf(rows, limit, holdOf) }
}

/** Its agent sees it, whoever is above that, and people. */
async function maySee({ db }: Context, { workspaceId, actor }: Identity, found: HoldRow) {
  return actor.kind !== 'agent' || actor.id === found.agent_id
    || isAbove(db, workspaceId, { manager: actor.id, agent: found.agent_id })
}

async function readHold(
  context: Context, { identity, input }: Request<InputOf<typeof contracts.holdGet>>,
): Promise<Result | Refusal> {
  const found = await findHold(context, identity.workspaceId, input.hold)
  if (!found || !await maySee(context, identity, found)) return noHold(input.hold)
  return { body: holdOf(found) }
}

export const holdHandlers: Handlers = {
  'credits.hold': hold,
  'credits.settle': settle,
  'credits.release': release,
  'credits.hold_list': listSome,
  'credits.hold_get': readHold,
}
