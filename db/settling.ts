/** What workflows read and mark, in SQL. */
import type { TaskFacts } from '../domain/moves.ts'
import type { ParkedStep, PastEvent, TaskOwedFacts } from '../domain/owed.ts'
import type { GateFacts } from '../domain/verdicts.ts'
import type { Wake } from '../domain/wakes.ts'
import { systemActor } from '../domain/system.ts'
import type { RawFacts } from './commands.ts'
import { baseFacts } from './commands.ts'
import type { Database } from './database.ts'
import { gateFacts } from './gates.ts'
import type { GateGlance, Row } from './rows.ts'
import { instant, taskRow } from './rows.ts'
import { subjectPart } from './tasks.ts'

/** Whose workflow; `key` names it for people, where it is known. */
export type Subject = {
  kind: 'task' | 'gate'
  workspace: string
  id: string
  key?: string | null
  /** How soon it has to hear of a change; at once where it is not said. */
  wake?: Wake
}

export type TaskOwedRead = TaskOwedFacts & { glance: GateGlance | null }

export async function readTaskOwed(
  db: Database, { workspace, id }: Subject,
): Promise<TaskOwedRead | null> {
  const raw = await db.call<Record<string, unknown> | null>('task_owed', [workspace, id])
  if (!raw) return null
  const task = taskRow(raw.task as Row)
  return {
    now: instant(raw.now)!, task, glance: task.glance,
    events: raw.events as PastEvent[],
    performed: raw.performed as string[],
    parked: (raw.parked as ParkedStep[])
      .map((step) => ({ ...step, retry_at: instant(step.retry_at)! })),
  }
}

const asSystem = (raw: RawFacts): RawFacts => ({ ...raw, actor: systemActor })

export async function readTaskClock(db: Database, { workspace, id }: Subject): Promise<TaskFacts> {
  const raw = asSystem(await db.call<RawFacts>('task_clock_facts', [workspace, id]))
  return { ...baseFacts(raw), ...subjectPart(raw) }
}

export async function readGateClock(
  db: Database, { workspace, id }: Subject,
): Promise<GateFacts | null> {
  const raw = await db.call<RawFacts | null>('gate_clock_facts', [workspace, id])
  return raw && gateFacts(asSystem(raw))
}

type Mark = { version: number; settled: boolean; wakeAt: string | null }

/** Marks what the workflow has read and performed; answers the row's version now. */
export const markSettled = (
  db: Database, { kind, workspace, id }: Subject, { version, settled, wakeAt }: Mark,
): Promise<number | null> =>
  db.call('mark_settled', [workspace, kind, id, version, settled, wakeAt], { write: true })

export const parkStep = (
  db: Database, { kind, workspace, id }: Subject,
  step: { version: number; step: string; error: string },
): Promise<void> =>
  db.call('park_step', [workspace, kind, id, step.version, step.step, step.error], { write: true })

type Pay = { actor: object; group: object; taskId: string; settles: number | null }

/** Pays one group and, where nothing else is owed, settles that version; answers the row's now. */
export const payAward = (
  db: Database, workspace: string, { actor, group, taskId, settles }: Pay,
): Promise<number> => db.call('award', [
  workspace, JSON.stringify(actor), JSON.stringify(group), taskId, settles,
], { write: true })

export type Overdue = {
  workspace_id: string
  kind: 'task' | 'gate'
  id: string
  key: string
  version: number
  settled_version: number
  nudges: number
}

/** Rows that should have been awake by now, each backed off for its next turn. */
export async function takeNeedsWake(db: Database, limit: number): Promise<Overdue[]> {
  const rows = await db.rows<{ result: Overdue }>('take needs wake',
    'select take_needs_wake($1) as result', [limit], true)
  return rows.map(({ result }) => result)
}

/** How many of these rows their workflows have read since they were taken. */
export async function countRead(db: Database, rows: Overdue[]): Promise<number> {
  if (!rows.length) return 0
  const [counted] = await db.rows<{ read: number }>('count read',
    `select count(*)::int as read from unnest($1::text[], $2::uuid[], $3::uuid[])
         as sent(kind, workspace_id, id)
       join lateral (
         select nudges from tasks t where sent.kind = 'task'
           and t.workspace_id = sent.workspace_id and t.id = sent.id
         union all
         select nudges from gates g where sent.kind = 'gate'
           and g.workspace_id = sent.workspace_id and g.id = sent.id) now on now.nudges = 0`,
    [rows.map(({ kind }) => kind), rows.map((row) => row.workspace_id),
      rows.map(({ id }) => id)])
  return counted!.read
}

/** Every row whose life is not over, in pages by id: what reconcile compares with the engine. */
export async function listOpen(
  db: Database, kind: Subject['kind'], after: string, limit: number,
): Promise<(Overdue & { final: boolean })[]> {
  const open = kind === 'task'
    ? `select workspace_id, 'task' as kind, id, key, version, settled_version, nudges,
         status in ('done', 'cancelled') as final
       from tasks
       where id > $1 and (status not in ('done', 'cancelled') or settled_version < version)
       order by id limit $2`
    : `select workspace_id, 'gate' as kind, id, subject_key as key, version, settled_version,
         nudges, state <> 'open' as final
       from gates where id > $1 and (state = 'open' or settled_version < version)
       order by id limit $2`
  return db.rows(`list open ${kind}`, open, [after, limit])
}
