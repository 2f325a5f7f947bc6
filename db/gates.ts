/** Gates and their policies in SQL. */
import type { AskFacts } from '../domain/asks.ts'
import type { BudgetPeriod } from '../domain/budgets.ts'
import type { Gate } from '../domain/gates.ts'
import type { GateFacts } from '../domain/verdicts.ts'
import { standingOf } from '../domain/verdicts.ts'
import type { Command, Found, RawFacts } from './commands.ts'
import { baseFacts, found, scopeOf } from './commands.ts'
import type { Database } from './database.ts'
import { sql } from './database.ts'
import type { Row } from './rows.ts'
import { gateRow, plainRow } from './rows.ts'
import { subjectPart } from './tasks.ts'

export function gateFacts(raw: RawFacts): GateFacts {
  const base = baseFacts(raw)
  const subject = gateRow(raw.subject as Row)
  const standing = (assignee: string | null) =>
    standingOf(subject, base.actor, raw.above as string[], assignee)
  if (subject.subject_kind !== 'task') return { ...base, subject, standing: standing(null) }
  const part = subjectPart(raw)
  return { ...base, ...part, subject, standing: standing(part.task.assignee_id) }
}

type Ask = { budget: string; agent: string; task: string | null; subject: string }

/** What asking for more than a budget has is decided on. */
export async function readAskFacts(
  db: Database, { workspace, actor }: Command, { budget, agent, task, subject }: Ask,
): Promise<AskFacts> {
  const raw = await db.call<RawFacts>('ask_facts', [
    workspace, actor.id, budget, agent, task, subject,
  ])
  const row = raw.budget as Row | null
  return {
    ...baseFacts(raw), task: raw.task as string | null, open: raw.open as string | null,
    budget: row && {
      scope: row.scope as string, name: row.scope_name as string | null,
      period: row.period as BudgetPeriod, limit: row.limit_amount as string,
    },
    spender: { id: agent, handle: raw.spender as string },
  }
}

export async function readGateFacts(
  db: Database, command: Command, ref: string,
): Promise<Found<GateFacts>> {
  return found(
    await db.call<RawFacts>('gate_facts', [...scopeOf(command), ref]), gateFacts)
}

const gateText = `select to_jsonb(r) as row from gate_rows r
  where r.workspace_id = $1 and is_uuid($2) and r.id = case when is_uuid($2) then $2::uuid end`

export async function getGate(db: Database, workspace: string, ref: string): Promise<Gate | null> {
  const [found] = await db.rows<{ row: Row }>('get gate', gateText, [workspace, ref])
  return found ? gateRow(found.row) : null
}

export type GateFilter = { state?: string; task_id?: string; before?: string; limit: number }

/** Newest first. */
export async function listGates(
  db: Database, workspace: string, filter: GateFilter,
): Promise<Gate[]> {
  const page = sql('gate_rows').where({ workspace_id: workspace })
    .orderBy('id', 'desc').limit(filter.limit)
  if (filter.state) page.where('state', filter.state)
  if (filter.task_id) page.where('subject_id', filter.task_id)
  if (filter.before) page.where('id', '<', filter.before)
  return (await db.read<Row>(page)).map(gateRow)
}

export type PolicyRow = {
  id: string
  task: string | null
  match: Record<string, unknown>
  policy: Record<string, unknown>
  created_at: string
  deleted_at: string | null
}

export type PolicyFilter = { id?: string; before?: string; limit: number }

/** Live policies, newest first. */
export async function listPolicies(
  db: Database, workspace: string, { id, before, limit }: PolicyFilter,
): Promise<PolicyRow[]> {
  const page = sql('gate_policies as p')
    .leftJoin('tasks as t', (on) =>
      on.on('t.workspace_id', 'p.workspace_id').on('t.id', 'p.task_id'))
    .where({ 'p.workspace_id': workspace }).whereNull('p.deleted_at')
    .orderBy('p.id', 'desc').limit(limit)
    .select('p.id', 't.key as task', 'p.match', 'p.policy', 'p.created_at', 'p.deleted_at')
  if (id) page.where('p.id', id)
  if (before) page.where('p.id', '<', before)
  return (await db.read<Row>(page)).map(plainRow<PolicyRow>)
}
