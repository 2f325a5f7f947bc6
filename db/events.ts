/** The event log in SQL. A place in it holds both sequences: activity and ledger. */
import type { Knex } from 'knex'
import type { StreamName } from '../domain/heads.ts'
import type { Database } from './database.ts'
import { sql } from './database.ts'
import type { Row } from './rows.ts'
import { plainRow } from './rows.ts'

export type EventRow = {
  workspace_id: string
  stream: 'activity' | 'ledger'
  seq: number
  id: string
  type: string
  severity: string
  actor_kind: string
  actor_id: string | null
  actor_handle: string
  on_behalf_of: string | null
  subject_kind: string
  subject_id: string
  subject_key: string | null
  task_id: string | null
  reason: string | null
  data_json: unknown
  trigger_event_id: string | null
  occurred_at: string
  previous_hash: string | null
  hash: string
}

/** How far one has read in each stream. */
export type Place = { activity: number; ledger: number }

export type EventFilter = {
  task_id?: string
  actor_id?: string
  type?: string
  severity?: string
  stream?: string
  since?: string
}

const streams = ['activity', 'ledger'] as const
const columns = [
  'workspace_id', 'stream', 'seq', 'id', 'type', 'severity', 'actor_kind', 'actor_id',
  'actor_handle', 'on_behalf_of', 'subject_kind', 'subject_id', 'subject_key', 'task_id', 'reason',
  'data_json', 'trigger_event_id', 'occurred_at', 'previous_hash', 'hash',
]

function narrow(query: Knex.QueryBuilder, filter: EventFilter): Knex.QueryBuilder {
  if (filter.task_id) query.where('task_id', filter.task_id)
  if (filter.actor_id) query.where('actor_id', filter.actor_id)
  if (filter.type) query.where('type', filter.type)
  if (filter.severity) query.where('severity', filter.severity)
  if (filter.since) query.where('occurred_at', '>=', filter.since)
  return query
}

type Page = { workspace: string; filter: EventFilter; limit: number }

/** Each stream is read along its key, so that a page costs the same anywhere in the log. */
async function readPage(
  db: Database, { workspace, filter, limit }: Page, place: Place, order: 'asc' | 'desc',
): Promise<EventRow[]> {
  const wanted = streams.filter((stream) => !filter.stream || filter.stream === stream)
  const parts = wanted.map((stream) => narrow(
    sql('events').select(columns).where({ workspace_id: workspace, stream })
      .where('seq', order === 'asc' ? '>' : '<', place[stream]), filter)
    .orderBy('seq', order).limit(limit))
  const both = sql.select('*').from(sql.unionAll(parts, true).as('e'))
    .orderBy([
      { column: 'occurred_at', order }, { column: 'stream', order }, { column: 'seq', order },
    ]).limit(limit)
  return (await db.read<Row>(both)).map(plainRow<EventRow>)
}

/** Oldest first, after a place. */
export const listEvents = (db: Database, page: Page, after: Place): Promise<EventRow[]> =>
  readPage(db, page, after, 'asc')

/** Newest first, before a place. */
export const listEventsBack = (db: Database, page: Page, before: Place): Promise<EventRow[]> =>
  readPage(db, page, before, 'desc')

/** The place after these events. */
export function placeAfter(place: Place, events: Pick<EventRow, 'stream' | 'seq'>[]): Place {
  const next = { ...place }
  for (const { stream, seq } of events) next[stream] = seq
  return next
}

export async function getEvent(
  db: Database, workspace: string, id: string,
): Promise<EventRow | null> {
  const [row] = await db.rows<Row>('get event', `select ${columns.join(', ')} from events
    where workspace_id = $1 and id = case when is_uuid($2) then $2::uuid end`, [workspace, id])
  return row ? plainRow<EventRow>(row) : null
}

/** Where both streams end now. */
export async function lastPlace(db: Database, workspace: string): Promise<Place> {
  const rows = await db.rows<{ stream: 'activity' | 'ledger'; seq: number }>('last place',
    'select stream, seq from streams where workspace_id = $1', [workspace])
  return placeAfter({ activity: 0, ledger: 0 }, rows)
}

/** Where a stream ends, by its own row. */
export async function readStream(
  db: Database, workspace: string, stream: StreamName,
): Promise<{ seq: number; head: string | null }> {
  const [row] = await db.rows<{ seq: number; head: string | null }>('read stream',
    'select seq, head from streams where workspace_id = $1 and stream = $2', [workspace, stream])
  return row!
}
