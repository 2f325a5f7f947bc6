/**
 * `npm run bench -- growth [--legs N] [--seconds N]`: what a posting, the reads and the proof cost
 * on a young ledger and on one of many legs. The legs are put there by the database's owner, their
 * events with hashes that chain nothing: so the log's own proof is not measured here.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Stage } from './ledger.ts'
import { asOwner, lineOf, measure, reads, say, spendsOf, stageOf } from './ledger.ts'

/** Milliseconds of CPU that the connections of this bench took: not what else Postgres does. */
async function ownCpu({ database }: Stage['system']): Promise<number> {
  const { rows } = await database.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name = 'guildhall bench'")
  const spent = await Promise.all(rows.map(({ pid }) => readFile(`/proc/${pid}/schedstat`, 'utf8')))
  return spent.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e6, 0)
}

/** In one statement; more would make its temporary files larger than the tables. */
const STEP = 500_000

const seedText = `
  with numbered as materialized (
    select g, uuidv7() as id, uuidv7() as event_id,
        ($2::uuid[])[1 + g % cardinality($2::uuid[])] as agent
      from generate_series($3::bigint + 1, $3::bigint + $4::bigint) g),
  put as (
    insert into transfers (workspace_id, id, kind, from_id, to_id, amount, actor_kind, actor_id,
        actor_handle, trigger_event_id, event_id, idempotency_key, from_after, to_after,
        created_at)
      select $1, id, 'spend', agent, (select id from accounts
          where workspace_id = $1 and kind = 'platform' and owner_id is null), 1, 'agent', agent,
        'seed', event_id, event_id, 'seed/' || g, 0, 0, now() from numbered),
  kept as (
    insert into ledger_keys (workspace_id, key, request_hash, outcome, transfer_id, created_at)
      select $1, 'seed/' || g, repeat('0', 64), 'posted', id, now() from numbered)
  insert into events (workspace_id, stream, seq, id, type, severity, actor_kind, actor_id,
      actor_handle, subject_kind, subject_id, data, occurred_at, previous_hash, hash)
    select $1, 'ledger', s.seq + n.g - $3::bigint, n.event_id, 'credit.spent', 'info', 'agent',
      n.agent, a.handle, 'transfer', n.id, jsonb_build_object('amount', '0.000001', 'from',
        a.handle, 'kind', 'spend', 'to', 'platform')::text, now(),
      encode(sha256(n.g::text::bytea), 'hex'), encode(sha256((n.g + 1)::text::bytea), 'hex')
    from numbered n join actors a on a.workspace_id = $1 and a.id = n.agent,
      streams s where s.workspace_id = $1 and s.stream = 'ledger'`

const balanceText = `update accounts a set posted = a.posted + d.total from (
    select t.agent as id, -count(*) as total from (
      select ($2::uuid[])[1 + g % cardinality($2::uuid[])] as agent
        from generate_series($3::bigint + 1, $3::bigint + $4::bigint) g) t group by 1
    union all select id, $4::bigint from accounts
      where workspace_id = $1 and kind = 'platform' and owner_id is null) d
  where a.workspace_id = $1 and a.id = d.id`

/** Grows the ledger by so many transfers, two legs each. */
async function grow(stage: Stage, from: number, to: number): Promise<void> {
  const { database } = stage.system
  for (let done = from; done < to; done += STEP) {
    const count = Math.min(STEP, to - done)
    const values = [stage.workspace, stage.agents, done, count]
    await database.query('begin')
    await database.query(seedText, values)
    await database.query(balanceText, values)
    await database.query(`update streams set seq = seq + $2, head = (select hash from events e
        where e.workspace_id = $1 and e.stream = 'ledger' and e.seq = streams.seq + $2)
      where workspace_id = $1 and stream = 'ledger'`, [stage.workspace, count])
    await database.query('commit')
    say(`${(2 * (done + count)).toLocaleString('en')} legs`)
  }
  // What the database would do on its own, at a time of its own.
  await database.query('vacuum (analyze) transfers, ledger_keys, events, accounts')
}

/** Runs it at 0, a tenth and all of the legs; answers the exit code. */
export async function benchGrowth(args: string[]): Promise<number> {
  const { values: options } = parseArgs({
    args, options: {
      legs: { type: 'string', default: '1000000' }, seconds: { type: 'string', default: '5' },
    },
  })
  const legs = Number(options.legs)
  const { stage, stop } = await stageOf(Number(options.seconds))
  try {
    const lines: string[] = []
    let base: number | null = null
    let grown = 0
    await Promise.all(stage.agents.map((agent) => asOwner(stage, '/credits/adjust', {
      agent, amount: '1000', reason: 'For the bench',
    })))
    for (const size of [0, legs / 10, legs]) {
      await grow(stage, grown, size / 2)
      grown = size / 2
      let cpu = 0
      const row = await measure(stage, `${size.toLocaleString('en')} legs, spends`, 32,
        () => spendsOf(stage, 32, async () => { cpu = await ownCpu(stage.system) }))
      cpu /= row.count
      base ??= cpu
      lines.push(lineOf(row), `  CPU a posting ${cpu.toFixed(3)} ms, ×${(cpu / base).toFixed(2)}`,
        ...(await reads(stage, 1)).map((line) => `  ${line}`))
      say(lines.slice(-8).join('\n'))
    }
    console.log(lines.join('\n'))
    return 0
  } finally {
    await stop()
  }
}
