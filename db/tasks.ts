/** Tasks in SQL: one named function per statement. */
import type { CreateFacts } from '../domain/edits.ts'
import type { TaskFacts } from '../domain/moves.ts'
import type { Gate } from '../domain/gates.ts'
import type { Workstream } from '../domain/workstreams.ts'
import type { Command, Committed, Found, RawFacts } from './commands.ts'
import { baseFacts, found, scopeOf } from './commands.ts'
import type { Database } from './database.ts'
import { sql } from './database.ts'
import type { Row, TaskRow } from './rows.ts'
import { gateRow, taskRow } from './rows.ts'

type SubjectPart = Pick<TaskFacts,
  'task' | 'gate' | 'policies' | 'manages_assignee' | 'former_holder' | 'claims'>

/** The part of the facts that is about one task. */
export function subjectPart(raw: Record<string, unknown>): SubjectPart {
  return {
    task: taskRow(raw.task as Row),
    gate: raw.gate ? gateRow(raw.gate as Row) as Gate : null,
    policies: raw.policies as TaskFacts['policies'],
    manages_assignee: raw.manages_assignee as boolean,
    former_holder: raw.former_holder as boolean,
    claims: raw.claims as number,
  }
}

export async function readTaskFacts(
  db: Database, command: Command, ref: string,
): Promise<Found<TaskFacts>> {
  const raw = await db.call<RawFacts>('task_facts', [...scopeOf(command), ref])
  return found(raw, (facts) => ({ ...baseFacts(facts), ...subjectPart(facts) }))
}

export type NextWants = { capabilities?: string[]; tags?: string[]; offset: number }

/** Facts for up to 16 tasks that the caller could take, best first. */
export async function readNextFacts(
  db: Database, command: Command, wants: NextWants,
): Promise<Found<{ candidates: TaskFacts[]; base: ReturnType<typeof baseFacts> }>> {
  const raw = await db.call<RawFacts>(
    'next_facts', [...scopeOf(command), JSON.stringify(wants)])
  return found(raw, (facts) => {
    const base = baseFacts(facts)
    const candidates = (facts.candidates as Record<string, unknown>[])
      .map((candidate) => ({ ...base, ...subjectPart(candidate) }))
    return { candidates, base }
  })
}

export type CreateRefs = { assignee: string | null; parent: string | null }
export type ReadCreateFacts = Omit<CreateFacts, 'gate_ids' | 'workstream'> & {
  epoch: number
  parent_id: string | null
  parent_workstream: Workstream | null
}

export async function readCreateFacts(
  db: Database, command: Command, { assignee, parent }: CreateRefs,
): Promise<Found<ReadCreateFacts>> {
  const raw = await db.call<RawFacts>(
    'create_facts', [...scopeOf(command), assignee, parent])
  return found(raw, (facts) => ({
    ...baseFacts(facts),
    assignee: facts.assignee as CreateFacts['assignee'],
    manages_assignee: facts.manages_assignee as boolean,
    parent_id: facts.parent_id as string | null,
    parent_workstream: facts.parent_workstream as Workstream | null,
  }))
}

export const commitTask = (db: Database, workspace: string, write: object): Promise<Committed> =>
  db.call('commit_task', [workspace, JSON.stringify(write)], { write: true })

export const commitNext = (db: Database, workspace: string, writes: object[]): Promise<Committed> =>
  db.call('commit_next', [workspace, JSON.stringify(writes)], { write: true })

/** The id of a task by id or key; null when there is none. */
export const findTaskId = (db: Database, workspace: string, ref: string): Promise<string | null> =>
  db.call('task_id_of', [workspace, ref])

/** Which task is meant by an id or key; null when there is none. */
export async function findTask(
  db: Database, workspace: string, ref: string,
): Promise<{ id: string; key: string } | null> {
  const [found] = await db.rows<{ id: string; key: string }>('find task', `select id, key from tasks
    where workspace_id = $1 and id = task_id_of($1, $2)`, [workspace, ref])
  return found ?? null
}

const taskText = `select to_jsonb(r) as row, parked_of(r.workspace_id, r.id) as parked
  from task_rows r where r.workspace_id = $1 and r.id = task_id_of($1, $2)`

export type ParkedRow = { version: number; step: string; error: string; retry_at: string }

export async function getTask(
  db: Database, workspace: string, ref: string,
): Promise<{ task: TaskRow; parked: ParkedRow[] } | null> {
  const [found] = await db.rows<{ row: Row; parked: ParkedRow[] }>(
    'get task', taskText, [workspace, ref])
  return found ? { task: taskRow(found.row), parked: found.parked } : null
}

export type TaskFilter = {
  status?: string[]
  assignee_id?: string
  creator_id?: string
  parent_id?: string
  workstream_id?: string
  tag?: string
  priority?: string
  search?: string
  /** Only tasks older than this one. */
  before?: string
  limit: number
}

/** What a list shows of a task. */
const listed = [
  'id', 'key', 'title', 'description', 'status', 'outcome', 'priority', 'tags',
  'required_capabilities', 'min_trust', 'assignee', 'creator', 'parent', 'workstream', 'due_at',
  'estimate', 'reward', 'input', 'output', 'attempt', 'rejections', 'feedback', 'block_reason',
  'gate_id', 'pending', 'version', 'settled_at', 'wake_at', 'status_since', 'created_at',
  'updated_at', 'finished_at', 'lease_holder_id', 'lease_attempt', 'lease_expires_at',
  'lease_suspended', 'gate_opened_at', 'gate_expires_at', 'gate_approvers', 'gate_to',
]

/**
 * Newest first. Plain columns: measured for 1,000 tasks, JSON made by Postgres costs 14 ms more
 * than Postgres takes to find them.
 */
export async function listTasks(
  db: Database, workspace: string, filter: TaskFilter,
): Promise<TaskRow[]> {
  const page = sql('task_rows').select(listed).where({ workspace_id: workspace })
    .orderBy('id', 'desc').limit(filter.limit)
  if (filter.status) page.whereIn('status', filter.status)
  if (filter.assignee_id) page.where('assignee_id', filter.assignee_id)
  if (filter.creator_id) page.where('creator_id', filter.creator_id)
  if (filter.parent_id) page.where('parent_id', filter.parent_id)
  if (filter.workstream_id) page.where('workstream_id', filter.workstream_id)
  if (filter.priority) page.where('priority', filter.priority)
  if (filter.tag) page.whereRaw('? = any (tags)', [filter.tag])
  if (filter.before) page.where('id', '<', filter.before)
  if (filter.search) {
    const pattern = `%${filter.search.replaceAll(/[\\%_]/g, '\\$&')}%`
    page.whereRaw(
      '(key ilike ? or title ilike ? or description ilike ?)', [pattern, pattern, pattern])
  }
  return (await db.read<Row>(page)).map(taskRow)
}
