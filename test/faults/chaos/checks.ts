/** What must hold after chaos, read from the database itself. */
import pg from 'pg'
import type { Acknowledged } from './clients.ts'

export type Verdict = { lost: number; doubled: number; drift: number; stuck: number; details: string[] }

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
      const seen = counted.get(key) ?? 0
      if (seen < events) {
        lost++
        details.push(`${operation} ${key}: ${seen} of ${events} events`)
      }
    }
    // Nothing happens twice, whether or not anyone was told about it.
    for (const seen of counted.values()) if (seen > 1) doubled += seen - 1
    const awards = await awardFaults(rows)
    details.push(...awards.details)
    return {
      lost: lost + awards.missing, doubled: doubled + awards.doubled,
      drift: await drift(rows, details), stuck: await stuck(rows, details), details,
    }
  } finally {
    await client.end()
  }
}

type Ask = (text: string, values?: unknown[]) => Promise<Row[]>

/** How many events carry each command's key: it travelled as the reason. */
async function countByKey(rows: Ask): Promise<Map<string, number>> {
  const found = await rows(`select reason, count(*)::int as seen from events
    where reason like 'chaos-%' group by reason`)
  return new Map(found.map(({ reason, seen }) => [reason as string, seen as number]))
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
