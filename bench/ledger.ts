/**
 * `npm run bench -- ledger [--json] [--seconds N]`: what a movement of credits costs, next to the
 * plainest one there is: a transaction of two updates and an insert on rows of their own, by the
 * same driver on the same Postgres in the same run.
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { Ledger } from '../activities/ledger.ts'
import type { CreditsWrite } from '../activities/ledger.ts'
import { Database } from '../db/database.ts'
import { formatCredits } from '../domain/credits.ts'
import type { Figures } from './measure.ts'
import { percentile, runLoad } from './measure.ts'
import type { Team } from './scenarios.ts'
import { makeTeam } from './scenarios.ts'
import type { System } from './system.ts'
import { cpuOf, startSystem } from './system.ts'

export type Row = Figures & {
  name: string
  callers: number
  ratio: number | null
  cpu: Record<string, number>
}
export type Stage = {
  system: System
  team: Team
  seconds: number
  workspace: string
  agents: string[]
  epoch: number
}

export const say = (text: string): void => console.error(text)
const SPREAD = 1000

/** Two accounts and a line of history, each on rows of its own: what pgbench does. */
async function reference({ system, seconds }: Stage, callers: number): Promise<Figures> {
  const pool = new pg.Pool({ connectionString: system.postgres.ownerUrl, max: callers })
  await pool.query(`create table if not exists bench_accounts (id int primary key, amount bigint);
    create table if not exists bench_history (a int, b int, amount bigint, at timestamptz);
    insert into bench_accounts select g, 0 from generate_series(1, ${SPREAD}) g
      on conflict do nothing`)
  const any = (): number => 1 + Math.floor(Math.random() * SPREAD)
  const figures = await runLoad(callers, seconds, async () => {
    const [a, b] = [any(), any()].sort((one, other) => one - other)
    await pool.query(`begin; update bench_accounts set amount = amount - 1 where id = ${a};
      update bench_accounts set amount = amount + 1 where id = ${b};
      insert into bench_history values (${a}, ${b}, 1, now()); commit`)
    return 'ok'
  })
  await pool.end()
  return figures
}

let sent = 0

/** One posting out of the treasury, which every one of them writes. */
function fromTreasury({ agents, epoch }: Stage, caller: number): CreditsWrite {
  const key = `bench/${++sent}`
  const agent = agents[caller % agents.length]!
  return {
    epoch, actor: { id: agent, kind: 'agent', handle: 'bench', reason: null },
    group: {
      key, request_hash: key, remember: true, items: [{
        key, kind: 'adjustment', from: 'treasury', to: `agent:${agent}`, amount: '1000000',
        voluntary: false,
      }],
    },
  }
}

/** A spend of an agent's own, with its floor and every budget above it. */
function spendOf(stage: Stage, caller: number): CreditsWrite {
  const write = fromTreasury(stage, caller)
  const agent = stage.agents[caller % stage.agents.length]!
  const [item] = write.group.items
  write.group.items = [{
    ...item!, kind: 'spend', from: `agent:${agent}`, to: 'platform', amount: '1', voluntary: true,
  }]
  write.group.spender = { agent_id: agent, task_id: null, credits: '1' }
  return write
}

/** `before`: looks at the connections before they end. */
async function batches(
  stage: Stage, callers: number, make: (stage: Stage, caller: number) => CreditsWrite,
  before: () => Promise<void> = async () => undefined,
): Promise<Figures> {
  const db = new Database({ url: stage.system.environment.DATABASE_URL!, size: 4, name: 'bench' })
  const ledger = new Ledger(db)
  const figures = await runLoad(callers, stage.seconds, async (caller) =>
    (await ledger.post(stage.workspace, make(stage, caller)))!.outcome.replace('posted', 'ok'))
  await before()
  await db.end()
  return figures
}

const overHttp = ({ team, seconds }: Stage, callers: number): Promise<Figures> =>
  runLoad(callers, seconds, async (caller) => {
    const worker = team.workers[caller % team.workers.length]!
    const { status, body } = await worker.call('credits.spend', { amount: '0.000001', reason: 'x' })
    return status < 400 ? 'ok' : String(body.code)
  })

const holdsOverHttp = ({ team, seconds }: Stage, callers: number): Promise<Figures> =>
  runLoad(callers, seconds, async (caller) => {
    const worker = team.workers[caller % team.workers.length]!
    const { body } = await worker.call('credits.hold', { amount: '0.001', ttl_seconds: 600 })
    const { status, body: closed } = await worker.call('credits.settle', {
      hold: body.id, amount: '0.0005',
    })
    return status < 400 ? 'ok' : String(closed.code)
  })

async function prepare(system: System, team: Team): Promise<Omit<Stage, 'seconds'>> {
  const { rows: [workspace] } = await system.database.query<{ id: string; epoch: number }>(
    "select id, control_epoch as epoch from workspaces where name = 'main'")
  const { rows } = await system.database.query<{ id: string }>(
    "select id from actors where handle like 'worker-%'")
  return {
    system, team, workspace: workspace!.id, epoch: Number(workspace!.epoch),
    agents: rows.map(({ id }) => id),
  }
}

export async function asOwner({ system }: Stage, path: string, body: object): Promise<void> {
  const answer = await fetch(`${system.url}/api/v1${path}`, {
    method: 'POST', body: JSON.stringify(body),
    headers: { authorization: `Bearer ${system.token}`, 'content-type': 'application/json' },
  })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status} ${await answer.text()}`)
}

/** Runs a load, and says how much CPU each process took for one of it. */
export async function measure(
  { system }: Stage, name: string, callers: number, run: () => Promise<Figures>, base?: number,
): Promise<Row> {
  const before = cpuOf(system)
  const figures = await run()
  const after = cpuOf(system)
  const cpu = Object.fromEntries(Object.keys(after).map((process) =>
    [process, (after[process]! - (before[process] ?? 0)) / Math.max(1, figures.count)]))
  return { ...figures, name, callers, cpu, ratio: base ? figures.rate / base : null }
}

export const spendsOf = (
  stage: Stage, callers: number, before?: () => Promise<void>,
): Promise<Figures> => batches(stage, callers, spendOf, before)

async function measureAll(stage: Stage): Promise<Row[]> {
  const rows: Row[] = []
  const add = async (name: string, callers: number, run: () => Promise<Figures>, base?: number) => {
    const row = await measure(stage, name, callers, run, base)
    rows.push(row)
    say(lineOf(row))
    return row.rate
  }
  const base = await add('two rows, spread', 8, () => reference(stage, 8))
  for (const callers of [1, 8, 32, 128]) {
    const run = () => batches(stage, callers, fromTreasury)
    await add('post_batch, hot treasury', callers, run, base)
  }
  await add('post_batch, spends', 32, () => spendsOf(stage, 32), base)
  for (const scope of [{ workspace: true }, { subtree: 'lead' }]) {
    await asOwner(stage, '/credits/budgets',
      { scope, unit: 'credits', period: 'day', limit: '100000000' })
    stage.epoch++
  }
  await add('the same under 2 budgets', 32, () => spendsOf(stage, 32), base)
  for (const callers of [1, 8, 32]) {
    await add('spend over signed HTTP', callers, () => overHttp(stage, callers), base)
  }
  await add('hold + settle over HTTP', 8, () => holdsOverHttp(stage, 8), base)
  await add('two rows, spread, again', 8, () => reference(stage, 8), base)
  return rows
}

/** Reads on the ledger as it is then, in milliseconds: medians of so many. */
export async function reads(
  { team, system, workspace }: Stage, proofs = 3,
): Promise<string[]> {
  const timed = async (
    name: string, count: number, run: () => Promise<unknown>,
  ): Promise<string> => {
    const took: number[] = []
    for (let turn = 0; turn < count; turn++) {
      const from = performance.now()
      await run()
      took.push(performance.now() - from)
    }
    took.sort((a, b) => a - b)
    const [p50, p95] = [0.5, 0.95].map((part) => percentile(took, part).toFixed(1))
    return `${name.padEnd(28)} p50 ${p50} ms, p95 ${p95} ms`
  }
  const { rows: [size] } = await system.database.query<{ legs: string; minted: string }>(
    `select (select 2 * count(*) from transfers)::text as legs,
       (select -posted from accounts where kind = 'treasury')::text as minted`)
  const worker = team.workers[0]!
  return [
    `${size!.legs} legs, ${formatCredits(BigInt(size!.minted))} credits minted`,
    await timed('balance over HTTP', 100, () => worker.do('credits.balance')),
    await timed('statement page over HTTP', 50, () => worker.do('credits.statement')),
    await timed('full proof', proofs, () =>
      system.database.query('select verify_ledger($1)', [workspace])),
  ]
}

export function lineOf({ name, callers, rate, p50, p95, p99, ratio, cpu, failed }: Row): string {
  const used = ['api', 'postgres'].map((process) =>
    `${process} ${(cpu[process] ?? 0).toFixed(2)}`)
  const faults = Object.entries(failed).map(([code, count]) => `${code} ×${count}`).join(' ')
  return [
    name.padEnd(26), `c=${callers}`.padEnd(6), `${rate.toFixed(0)}/s`.padStart(8),
    ...Object.entries({ p50, p95, p99 }).map(([part, ms]) => `${part} ${ms.toFixed(1)}`.padEnd(9)),
    ratio === null ? '' : `×${ratio.toFixed(2)}`.padEnd(6), `cpu ms: ${used.join(' ')}`,
    faults && `FAILED ${faults}`,
  ].filter(Boolean).join('  ')
}

/** A system under test with its team, after a second of warming up. */
export async function stageOf(
  seconds: number,
): Promise<{ stage: Stage; stop: () => Promise<void> }> {
  const system = await startSystem()
  const team = await makeTeam(system, 32)
  const stage = { ...await prepare(system, team), seconds }
  await batches({ ...stage, seconds: 1 }, 8, fromTreasury)
  const stop = async (): Promise<void> => {
    for (const caller of [team.lead, ...team.workers]) caller.close()
    await system.stop()
  }
  return { stage, stop }
}

/** Runs all of it; answers the exit code. */
export async function benchLedger(args: string[]): Promise<number> {
  const { values: options } = parseArgs({
    args, options: {
      json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '5' },
    },
  })
  const machine = `${cpus().length} cores, Node ${process.version}`
  say(`Starting the system under test on ${machine}, load ${loadavg()[0]!.toFixed(2)} …`)
  const { stage, stop } = await stageOf(Number(options.seconds))
  try {
    const rows = await measureAll(stage)
    const after = await reads(stage)
    const heading = `Measured on ${machine}, load ${loadavg()[0]!.toFixed(2)}`
    if (options.json) console.log(JSON.stringify({ machine, load: loadavg(), rows, after }))
    else console.log(['', heading, ...rows.map(lineOf), ...after].join('\n'))
    return rows.some(({ failed }) => Object.keys(failed).length) ? 1 : 0
  } finally {
    await stop()
  }
}
