/** What must hold after chaos, read from the database itself. */
import pg from 'pg'
import type { Acknowledged } from './clients.ts'

export type Verdict = {
  lost: number
  doubled: number
  drift: number
  stuck: number
  /** Budgets that were passed although they block. */
  overshoot: number
  details: string[]
}

type Row = Record<string, unknown>

/** Every acknowledged command exactly once, every award exactly once, books and log whole. */
export async function check(url: string, acknowledged: Acknowledged[]): Promise<Verdict> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    const rows = async (text: string, values: unknown[] = []): Promise<Row[]> =>
      (await client.query(text, values)).rows
    const details: string[] = []
    const counted = await countByKey(rows)
    let lost = 0
    let doubled = 0
    for (const { key, operation, events } of acknowledged) {
      const seen = counted.get(key)?.kinds ?? 0
      if (seen < events) {
        lost++
        details.push(`${operation} ${key}: ${seen} of ${events} events`)
      }
    }
    // Nothing happens twice, whether or not anyone was told about it.
    for (const { kinds, all } of counted.values()) doubled += all - kinds
    const awards = await awardFaults(rows)
    details.push(...awards.details)
    return {
      lost: lost + awards.missing, doubled: doubled + awards.doubled,
      drift: await drift(rows, details), stuck: await stuck(rows, details),
      overshoot: await overshoot(rows, details), details,
    }
  } finally {
    await client.end()
  }
}

type Ask = (text: string, values?: unknown[]) => Promise<Row[]>

type Seen = { kinds: number; all: number }

/** The events of each command's key, which travelled as the reason: each kind comes once. */
async function countByKey(rows: Ask): Promise<Map<string, Seen>> {
  const found = await rows(`select reason, count(distinct type)::int as kinds, count(*)::int as all
    from events where reason like 'chaos-%' and type not like 'budget.%' group by reason`)
  return new Map(found.map(({ reason, ...seen }) => [reason as string, seen as Seen]))
}

/** What every window says, and what its spends and holds add up to. */
async function overshoot(rows: Ask, details: string[]): Promise<number> {
  // A model's bill passes a budget; spends and holds never do.
  const passed = await rows(`select b.id, w.used, w.held, b.limit_amount, m.bills
    from budget_windows w join budgets b on b.workspace_id = w.workspace_id and b.id = w.budget_id
    cross join lateral (select coalesce(sum(t.amount), 0) as bills from transfers t
      where t.workspace_id = b.workspace_id and t.kind = 'model' and b.unit = 'credits'
        and (b.scope = 'workspace' or t.from_id = b.scope_id)) m
    where b.action = 'block' and w.used + w.held - m.bills > b.limit_amount`)
  const wrong = await rows(`
    select b.id, w.used, w.held, s.used as spent, h.held as open
    from budgets b
    join budget_windows w on w.workspace_id = b.workspace_id and w.budget_id = b.id
    cross join lateral (select coalesce(sum(t.amount), 0) as used from transfers t
      where t.workspace_id = b.workspace_id and t.kind in ('spend', 'settlement', 'model')
        and (b.scope = 'workspace' or t.from_id = b.scope_id)) s
    cross join lateral (select coalesce(sum(o.amount), 0) as held from holds o
      where o.workspace_id = b.workspace_id and o.state = 'open'
        and (b.scope = 'workspace' or o.agent_id = b.scope_id)) h
    where b.unit = 'credits' and b.period = 'once' and (w.used <> s.used or w.held <> h.held)`)
  details.push(...[...passed, ...wrong].map((row) => `budget ${JSON.stringify(row)}`))
  return passed.length + wrong.length
}

/** A done task pays its worker once, its creator a fee and for delegating, its reviewer. */
async function awardFaults(rows: Ask): Promise<{ missing: number; doubled: number; details: string[] }> {
  const found = await rows(`
    select t.key, count(x.*) filter (where x.kind = 'reward')::int as rewards,
      count(x.*) filter (where x.kind = 'review')::int as reviews,
      count(x.*) filter (where x.kind = 'delegation')::int as delegations
    from tasks t left join transfers x on x.workspace_id = t.workspace_id and x.task_id = t.id
    where t.status = 'done' group by t.key, t.id
    having count(x.*) filter (where x.kind = 'reward') <> 1
      or count(x.*) filter (where x.kind = 'review') <> 1
      or count(x.*) filter (where x.kind = 'delegation') <> 1`)
  const kinds = ['rewards', 'reviews', 'delegations'] as const
  const all = found.flatMap((row) => kinds.map((kind) => row[kind] as number))
  return {
    missing: all.filter((count) => count === 0).length,
    doubled: all.filter((count) => count > 1).length,
    details: found.map((row) => `awards of ${row.key}: ${JSON.stringify(row)}`),
  }
}

async function drift(rows: Ask, details: string[]): Promise<number> {
  const [ledger] = await rows(
    "select verify_ledger(id) as proof from workspaces where name = 'main'")
  const proof = ledger!.proof as { checks: { name: string; ok: boolean; detail: string }[] }
  const faults = proof.checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`)
  for (const stream of ['activity', 'ledger']) {
    const [row] = await rows(
      "select verify_stream(id, $1) as proof from workspaces where name = 'main'", [stream])
    const { first_bad_seq: bad, events, seq } = row!.proof as Record<string, number | null>
    if (bad !== null || events !== seq) faults.push(`${stream}: ${JSON.stringify(row!.proof)}`)
  }
  details.push(...faults)
  return faults.length
}

/** Unsettled rows, and leases or gates whose time passed without anything happening. */
async function stuck(rows: Ask, details: string[]): Promise<number> {
  const found = await rows(`
    select key, 'unsettled' as why from tasks where settled_version < version
    union all select subject_key, 'unsettled gate' from gates where settled_version < version
    union all select t.key, 'lease overdue' from leases l
      join tasks t on t.workspace_id = l.workspace_id and t.id = l.task_id
      where not l.suspended and l.expires_at < now() - interval '15 seconds'`)
  details.push(...found.map((row) => `${row.key}: ${row.why}`))
  return found.length
}
