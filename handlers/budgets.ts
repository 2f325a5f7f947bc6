/** What the operations on budgets do. They change who may do what: control writes. */
import { v7 as uuidv7, validate as isUuid } from 'uuid'
import type { BudgetUnit } from '../domain/budgets.ts'
import { USUAL_LINES, formatUnit, parseUnit } from '../domain/budgets.ts'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse, refuseField } from '../domain/errors.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/budgets.ts'
import type { ControlWrite } from '../activities/write.ts'
import { getActor } from '../db/agents.ts'
import type { BaseFacts } from '../db/commands.ts'
import { readControlFacts } from '../db/commands.ts'
import type { BudgetRow } from '../db/credits.ts'
import { countBudgets, listBudgets } from '../db/credits.ts'
import { instant } from '../db/rows.ts'
import { findTaskId } from '../db/tasks.ts'
import { findWorkstream } from '../db/workstreams.ts'
import type { Context, Handlers, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, pageOf, readIdCursor } from './cursors.ts'
import { noWorkstream } from './workstreams.ts'

type Create = InputOf<typeof contracts.budgetCreate>
type Update = InputOf<typeof contracts.budgetUpdate>

/** More would be looked at with every spend. */
const MAX_BUDGETS = 1000

function budgetOf(row: BudgetRow) {
  const [limit, used, held] = [row.limit_amount, row.running.used, row.running.held].map(BigInt)
  const left = limit! - used! - held!
  const shown = (amount: bigint): string => formatUnit(row.unit, amount)
  return {
    id: row.id,
    scope: row.scope === 'workspace' ? { workspace: true } : { [row.scope]: row.scope_name },
    unit: row.unit, period: row.period, limit: shown(limit!), used: shown(used!),
    held: shown(held!), available: shown(left > 0n ? left : 0n), warn_at: row.warn_lines,
    action: row.action, resets_at: instant(row.running.resets_at), version: row.version,
  }
}

const noBudget = (id: string): Refusal => refuse('not_found', `There is no budget ${id} here`)

async function findBudget(
  { db }: Context, workspace: string, id: string,
): Promise<BudgetRow | null> {
  if (!isUuid(id)) return null
  return (await listBudgets(db, workspace, { id, limit: 1 }))[0] ?? null
}

function limitOf(unit: BudgetUnit, limit: string | number): bigint | Refusal {
  return parseUnit(unit, limit) ?? refuseField('/limit', unit === 'credits'
    ? 'Credits above 0 with at most 6 decimals, such as "12.5"' : `Whole ${unit} above 0`)
}

type Scope = { scope: string; scope_id: string | null }

async function scopeOf(
  { db }: Context, workspace: string, wanted: Create['scope'],
): Promise<Scope | Refusal> {
  if ('workspace' in wanted) return { scope: 'workspace', scope_id: null }
  if ('task' in wanted) {
    const id = await findTaskId(db, workspace, wanted.task)
    return id ? { scope: 'task', scope_id: id }
      : refuse('not_found', `There is no task ${wanted.task} here`)
  }
  if ('workstream' in wanted) {
    const workstream = await findWorkstream(db, workspace, wanted.workstream)
    return workstream ? { scope: 'workstream', scope_id: workstream.id }
      : noWorkstream(wanted.workstream)
  }
  const [scope, handle] = 'agent' in wanted
    ? ['agent', wanted.agent] : ['subtree', wanted.subtree]
  const agent = await getActor(db, workspace, handle)
  return agent?.kind === 'agent' ? { scope, scope_id: agent.id }
    : refuse('not_found', `There is no agent ${handle} here`)
}

const budgetEvent = (type: string, id: string, data: Record<string, unknown>) =>
  ({ type, subject: { kind: 'budget' as const, id, key: null }, data })

/** A change of budgets under the control lock; answers the budget as it is then. */
async function change(
  context: Context, request: Request<unknown>,
  decide: (facts: BaseFacts) => Promise<(ControlWrite & { image: { budget: string } }) | Refusal>,
): Promise<Result | Refusal> {
  const { command } = request
  const written = await context.write.control(command, {
    read: () => readControlFacts(context.db, command), recheck: request.recheck, decide,
  })
  if (isRefusal(written)) return written
  const { budget, gone } = written.answer.extra as { budget: string; gone?: object }
  if (gone) return { body: gone, replayed: written.replayed }
  const row = await findBudget(context, command.workspace, budget)
  return row ? { body: budgetOf(row), replayed: written.replayed } : noBudget(budget)
}

async function create(
  context: Context, request: Request<Create>,
): Promise<Result | Refusal> {
  const { input, command: { workspace } } = request
  const { unit, period, action = 'block', warn_at: lines = USUAL_LINES } = input
  return change(context, request, async () => {
    const limit = limitOf(unit, input.limit)
    if (isRefusal(limit)) return limit
    const scope = await scopeOf(context, workspace, input.scope)
    if (isRefusal(scope)) return scope
    if (await countBudgets(context.db, workspace) >= MAX_BUDGETS) {
      return refuse('limit_reached', `A workspace has ${MAX_BUDGETS} budgets at most`, {
        limit: MAX_BUDGETS,
      })
    }
    const id = uuidv7()
    const row = { id, ...scope, unit, period, warn_lines: lines, action }
    return {
      insert: { budgets: [{ ...row, limit_amount: limit.toString() }] },
      events: [budgetEvent('budget.created', id, {
        scope: input.scope, unit, period, limit: formatUnit(unit, limit), action, warn_at: lines,
      })],
      image: { budget: id },
    }
  })
}

async function update(context: Context, request: Request<Update>): Promise<Result | Refusal> {
  const { input, command: { workspace } } = request
  return change(context, request, async () => {
    const row = await findBudget(context, workspace, input.budget)
    if (!row) return noBudget(input.budget)
    const limit = input.limit === undefined ? null : limitOf(row.unit, input.limit)
    if (isRefusal(limit)) return limit
    const inUse = BigInt(row.running.used) + BigInt(row.running.held)
    if (limit !== null && limit < inUse) {
      return refuseField('/limit',
        `${formatUnit(row.unit, inUse)} are used or held already in this period`)
    }
    const changed = {
      ...(limit === null ? {} : { limit_amount: limit.toString() }),
      ...(input.warn_at ? { warn_lines: input.warn_at } : {}),
      ...(input.action ? { action: input.action } : {}),
    }
    return {
      update: { budgets: [{ id: row.id, ...changed }] },
      events: [budgetEvent('budget.updated', row.id, {
        ...changed, ...(limit === null ? {} : { limit_amount: formatUnit(row.unit, limit) }),
      })],
      image: { budget: row.id },
    }
  })
}

async function remove(
  context: Context, request: Request<InputOf<typeof contracts.budgetDelete>>,
): Promise<Result | Refusal> {
  const { input, command: { workspace } } = request
  return change(context, request, async ({ now }) => {
    const row = await findBudget(context, workspace, input.budget)
    if (!row) return noBudget(input.budget)
    return {
      update: { budgets: [{ id: row.id, deleted_at: now }] },
      events: [budgetEvent('budget.deleted', row.id, {})],
      image: { budget: row.id, gone: budgetOf(row) },
    }
  })
}

async function listSome(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.budgetList>>,
): Promise<Result | Refusal> {
  const after = readIdCursor(input.cursor)
  if (isRefusal(after)) return after
  const limit = input.limit ?? DEFAULT_LIMIT
  const rows = await listBudgets(db, identity.workspaceId, {
    limit: limit + 1, ...(after ? { after } : {}),
  })
  return { body: pageOf(rows, limit, budgetOf) }
}

export const budgetHandlers: Handlers = {
  'credits.budget_list': listSome,
  'credits.budget_create': create,
  'credits.budget_update': update,
  'credits.budget_delete': remove,
}
