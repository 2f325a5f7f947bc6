/**
 * A ledger as lines of JSON, for a file that proves itself. The database writes each line: nothing
 * is held here but a page of them. The format is explained in docs/guides/prove-the-books.md.
 */
import type { Ask } from './database.ts'

const PAGE = 1000

/** The lines of a query whose only column is `line`, as they come. */
async function* linesOf(ask: Ask, text: string, values: unknown[]): AsyncGenerator<string> {
  await ask(`declare lines no scroll cursor for ${text}`, values)
  for (;;) {
    const rows = await ask<{ line: string }>(`fetch ${PAGE} from lines`, [])
    for (const { line } of rows) yield line
    if (rows.length < PAGE) break
  }
  await ask('close lines', [])
}

/** What a file covers: all that is there, or one month. */
export type Extent = {
  workspace: string
  /** `2026-11`; null = everything. */
  month: string | null
  /** The first event, and the one after which the file ends. */
  from: number
  to: number
  /** Ids of its transfers: from the one, before the other. */
  first: string
  end: string
  /** Those before this id are in closings. */
  archived: string
}

const transferJson = `json_build_object('record', 'transfer', 'id', t.id, 'kind', t.kind,
    'from', t.from_id, 'to', t.to_id, 'amount', t.amount::text, 'task', t.task_id,
    'hold', t.hold_id, 'reverses', t.reverses_id, 'subject', t.subject_id,
    'beneficiary', t.beneficiary_id, 'actor_kind', t.actor_kind, 'actor', t.actor_id,
    'actor_handle', t.actor_handle, 'trigger_event', t.trigger_event_id, 'event', t.event_id,
    'reason', t.reason, 'idempotency_key', t.idempotency_key, 'from_after', t.from_after::text,
    'to_after', t.to_after::text, 'created_at', t.created_at, 'keys', coalesce(k.keys, '[]'))`

const chargeJson = `json_build_object('record', 'charge', 'call_id', c.call_id,
    'agent', c.agent_id, 'task', c.task_id, 'provider', c.provider, 'model', c.model,
    'usd_micros', c.usd_micros::text, 'credits', c.credits::text, 'transfer', c.transfer_id)`

const eventJson = `json_build_object('record', 'event', 'seq', e.seq, 'id', e.id, 'type', e.type,
    'severity', e.severity, 'actor_kind', e.actor_kind, 'actor_id', e.actor_id,
    'actor_handle', e.actor_handle, 'on_behalf_of', e.on_behalf_of,
    'subject_kind', e.subject_kind, 'subject_id', e.subject_id, 'subject_key', e.subject_key,
    'subject_version', e.subject_version, 'task_id', e.task_id, 'reason', e.reason,
    'data', e.data, 'trigger_event_id', e.trigger_event_id, 'occurred_at',
    to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'previous_hash', e.previous_hash, 'hash', e.hash)`

/** Accounts, with what archived months before came to; a month's file ends with that month. */
const accountsText = `select json_build_object('record', 'account', 'id', a.id, 'kind', a.kind,
    'name', coalesce(o.handle, a.kind), 'opening', coalesce(c.total, 0)::text,
    'posted', case when $2::text is null then a.posted
      else coalesce(c.total, 0) + coalesce(m.total, 0) end::text,
    'held', case when $2 is null then a.held end::text,
    'usd_spent', case when $2 is null then a.usd_spent end::text)::text as line
  from accounts a left join actors o on o.workspace_id = a.workspace_id and o.id = a.owner_id
  left join (select account_id, sum(amount) as total from closings where workspace_id = $1
    and ($2::text is null or month < ($2 || '-01')::date) group by 1) c on c.account_id = a.id
  left join (select account_id, sum(amount) as total from entries where workspace_id = $1
    and $2 is not null and transfer_id >= $3 and transfer_id < $4 group by 1) m
    on m.account_id = a.id
  where a.workspace_id = $1 order by a.id`

const closingsText = `select json_build_object('record', 'closing', 'month',
    to_char(month, 'YYYY-MM'), 'account', account_id, 'amount', amount::text, 'legs', legs,
    'last_seq', last_seq, 'last_hash', last_hash, 'event', event_id)::text as line
  from closings where workspace_id = $1 and ($2::text is null or month < ($2 || '-01')::date)
  order by month, account_id`

/** Each event, with the transfer it tells of on the line after it, and that one's model call. */
const eventsText = `select concat_ws(E'\\n', ${eventJson}::text,
    case when t.id is not null then ${transferJson}::text end,
    case when c.call_id is not null then ${chargeJson}::text end) as line
  from events e
  left join (select * from transfers where workspace_id = $1 and id >= $4 and id < $5) t
    on t.event_id = e.id and t.id = e.subject_id
  left join (select transfer_id, json_agg(key order by key) as keys from ledger_keys
    where workspace_id = $1 and outcome = 'posted' and transfer_id >= $4 and transfer_id < $5
    group by transfer_id) k on k.transfer_id = t.id
  left join charges c on c.workspace_id = $1 and c.transfer_id = t.id and t.kind = 'model'
  where e.workspace_id = $1 and e.stream = 'ledger' and e.seq >= $2 and e.seq <= $3
  order by e.seq`

/** Transfers that no event tells of: nothing is left out of a file because it is wrong. */
const strayText = `select ${transferJson}::text as line from transfers t
  left join (select null::uuid as transfer_id, null::json as keys) k on k.transfer_id = t.id
  where t.workspace_id = $1 and t.id >= $2 and t.id < $3 and not exists (select from events e
    where e.workspace_id = $1 and e.stream = 'ledger' and e.id = t.event_id
      and e.subject_id = t.id)
  order by t.id`

const holdsText = `select json_build_object('record', 'hold', 'id', id, 'agent', agent_id,
    'task', task_id, 'amount', amount::text, 'settled', settled::text, 'state', state,
    'created_at', created_at, 'expires_at', expires_at)::text as line
  from holds where workspace_id = $1 order by id`

/** Model calls whose transfer is not in the file: unpriced, of an archived month, or stray. */
const chargesText = `select ${chargeJson}::text as line from charges c
  where c.workspace_id = $1 and not exists (select from transfers t where t.workspace_id = $1
    and t.id = c.transfer_id and t.kind = 'model' and exists (select from events e
      where e.workspace_id = $1 and e.stream = 'ledger' and e.id = t.event_id
        and e.subject_id = t.id))
  order by c.call_id`

const headsText = `select (jsonb_build_object('record', 'head') || head_shown(h))::text as line
  from signed_heads h where workspace_id = $1 and stream = 'ledger'
    and h.seq >= $2 and h.seq <= $3 order by seq`

/** Everything between header and footer. */
export async function* exportLines(ask: Ask, extent: Extent): AsyncGenerator<string> {
  const { workspace, month, from, to, first, end } = extent
  yield* linesOf(ask, accountsText, [workspace, month, first, end])
  yield* linesOf(ask, closingsText, [workspace, month])
  // Before the events: whoever reads knows at which of them to look.
  yield* linesOf(ask, headsText, [workspace, from, to])
  for await (const lines of linesOf(ask, eventsText, [workspace, from, to, first, end])) {
    yield* lines.split('\n')
  }
  yield* linesOf(ask, strayText, [workspace, first, end])
  if (month === null) {
    yield* linesOf(ask, holdsText, [workspace])
    yield* linesOf(ask, chargesText, [workspace])
  }
}

/** What a file of everything covers; where its first event stands in the chain. */
export async function wholeExtent(ask: Ask, workspace: string): Promise<Extent> {
  const [row] = await ask<{ archived: string }>(
    "select first_id_at(coalesce(archived_before($1), 'epoch')) as archived", [workspace])
  return {
    workspace, month: null, from: 1, to: Number.MAX_SAFE_INTEGER, archived: row!.archived,
    first: '00000000-0000-0000-0000-000000000000', end: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  }
}

const monthText = `with part as (select first_id_at(($2 || '-01')::timestamp at time zone 'UTC')
      as first,
    first_id_at((($2 || '-01')::timestamp + interval '1 month') at time zone 'UTC') as "end"),
  ends as (
    (select 1 as n, event_id from transfers t, part p where t.workspace_id = $1
      and t.id >= p.first and t.id < p."end" order by t.id limit 1)
    union all
    (select 2, event_id from transfers t, part p where t.workspace_id = $1
      and t.id >= p.first and t.id < p."end" order by t.id desc limit 1))
  select p.first, p."end", min(e.seq) as "from", (select min(h.seq) from signed_heads h
      where h.workspace_id = $1 and h.stream = 'ledger' and h.seq >= max(e.seq)) as "to"
  from part p left join ends on true
  left join events e on e.workspace_id = $1 and e.id = ends.event_id
  group by p.first, p."end"`

/** The file of a month ends with the first signed head after it; `to` is null without one. */
export async function monthExtent(
  ask: Ask, workspace: string, month: string,
): Promise<Omit<Extent, 'to'> & { to: number | null }> {
  const [row] = await ask<Pick<Extent, 'first' | 'end' | 'from'> & { to: number | null }>(
    monthText, [workspace, month])
  return { workspace, month, ...row!, archived: row!.first }
}

/** The hash that an event follows; null before the first. */
export async function hashBefore(
  ask: Ask, workspace: string, seq: number,
): Promise<string | null> {
  const [row] = await ask<{ hash: string }>(
    "select hash from events where workspace_id = $1 and stream = 'ledger' and seq = $2",
    [workspace, seq - 1])
  return row?.hash ?? null
}
