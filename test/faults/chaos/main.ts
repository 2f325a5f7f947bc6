/**
 * `npm run chaos -- --seconds 120 [--seed N]`: kills −9 one process after the other under load and
 * then looks whether anything acknowledged is missing, doubled, drifted or stuck.
 * `--engine-down 120`: keeps Temporal down that long under load instead.
 */
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { makeTeam } from '../../../bench/scenarios.ts'
import type { Team } from '../../../bench/scenarios.ts'
import { check } from './checks.ts'
import type { Diary } from './clients.ts'
import { live, newDiary } from './clients.ts'
import { engineDown } from './engine-down.ts'
import type { TargetName, Targets } from './targets.ts'
import { startTargets } from './targets.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    clients: { type: 'string', default: '8' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    'engine-down': { type: 'string' },
    'min-kills': { type: 'string', default: '10' },
  },
})

const names: readonly TargetName[] = ['api', 'worker', 'relay', 'temporal', 'postgres']

/** The same sequence for the same seed. */
function chance(seed: number): () => number {
  let state = seed % 2_147_483_647 || 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

type Kill = { name: TargetName; recoveryMs: number }

/** Kills and starts again until the time is over; each kill waits until work flows again. */
async function killAtRandom(targets: Targets, diary: Diary, seed: number): Promise<Kill[]> {
  const next = chance(seed)
  const kills: Kill[] = []
  const until = Date.now() + Number(options.seconds) * 1000
  while (Date.now() < until) {
    await sleep(500 + next() * 2500)
    const name = names[Math.floor(next() * names.length)]!
    const at = Date.now()
    await targets.kill(name)
    await sleep(next() * 1500)
    await targets.start(name)
    // Recovered: commands are answered, and something finished since then was settled.
    while (diary.lastSuccessAt <= at || !await settledSince(targets, at)) {
      if (Date.now() - at > 120_000) throw new Error(`no recovery within 2 minutes after ${name}`)
      await sleep(50)
    }
    kills.push({ name, recoveryMs: Date.now() - at })
    console.error(`killed ${name.padEnd(8)} worked again after ${Date.now() - at} ms`)
  }
  return kills
}

async function settledSince({ engines }: Targets, at: number): Promise<boolean> {
  const rows = await ask(engines.postgres.ownerUrl,
    'select 1 from tasks where settled_at > to_timestamp($1::float8 / 1000) limit 1', [at])
  return rows.length > 0
}

async function ask(url: string, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query(text, values)).rows
  } catch {
    return []
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Waits until nothing is owed; answers how long that took. */
async function drained({ engines }: Targets): Promise<number> {
  const began = Date.now()
  const text = `select 1 from (select id from tasks where settled_version < version
    union all select id from gates where settled_version < version) open limit 1`
  while ((await ask(engines.postgres.ownerUrl, text)).length > 0 && Date.now() - began < 120_000) {
    await sleep(200)
  }
  return Date.now() - began
}

async function run(targets: Targets, team: Team): Promise<number> {
  const seed = Number(options.seed)
  console.log(`seed ${seed}, ${options.clients} clients, load ${loadavg()[0]!.toFixed(2)}`)
  const diary = newDiary()
  const stopping = new AbortController()
  const clients = team.workers.map((_, index) => live(team, index, diary, stopping.signal))
  const down = options['engine-down']
  const kills = down
    ? await engineDown(targets, team, diary, Number(down)) : await killAtRandom(targets, diary, seed)
  stopping.abort()
  await Promise.all(clients)
  const drainMs = await drained(targets)
  const verdict = await check(targets.engines.postgres.ownerUrl, diary.acknowledged)
  const longest = Math.max(0, ...kills.map(({ recoveryMs }) => recoveryMs))
  console.log(`${diary.acknowledged.length} commands acknowledged, slowest `
    + `${diary.slowestMs} ms, ${kills.length} kills, drained in ${drainMs} ms`)
  console.log(`retries: ${Object.entries(diary.retries).map(([why, times]) => `${times} × ${why}`).join(', ')}`)
  for (const line of [...new Set(diary.surprises), ...verdict.details].slice(0, 40)) console.log(`  ${line}`)
  console.log(`lost ${verdict.lost}, doubled ${verdict.doubled}, drift ${verdict.drift}, `
    + `stuck ${verdict.stuck}, overshoot ${verdict.overshoot}; longest recovery ${(longest / 1000).toFixed(1)} s`)
  const enough = down !== undefined || kills.length >= Number(options['min-kills'])
  if (!enough) console.log(`Too few kills to say anything: ${kills.length}`)
  const { lost, doubled, drift, stuck, overshoot } = verdict
  return lost + doubled + drift + stuck + overshoot + diary.surprises.length === 0 && enough ? 0 : 1
}

/** A budget each, some of which will be full, one for everybody, one in tokens. */
async function makeBudgets({ url, engines }: Targets, team: Team): Promise<void> {
  const budgets = [
    { scope: { workspace: true }, unit: 'credits', limit: '100000' },
    { scope: { workspace: true }, unit: 'tokens', limit: '1000000' },
    ...team.workers.map((_, index) => ({
      scope: { agent: `worker-${index}` }, unit: 'credits', limit: String(20 * (index + 1)),
    })),
  ]
  for (const budget of budgets) {
    const answer = await fetch(`${url}/api/v1/credits/budgets`, {
      method: 'POST', body: JSON.stringify({ ...budget, period: 'once' }),
      headers: { authorization: `Bearer ${engines.token}`, 'content-type': 'application/json' },
    })
    if (!answer.ok) throw new Error(`budget_create answered ${answer.status} ${await answer.text()}`)
  }
}

const targets = await startTargets()
const team = await makeTeam({ url: targets.url, token: targets.engines.token }, Number(options.clients))
let code = 1
try {
  await makeBudgets(targets, team)
  code = await run(targets, team)
} finally {
  for (const caller of [team.lead, ...team.workers]) caller.close()
  await targets.stop()
}
process.exit(code)
