/** The rows of the table: each scenario at its concurrencies, next to the yardstick. */
import type { Figures } from './measure.ts'
import { figuresOf, median, percentile, runLoad } from './measure.ts'
import type { Team, Work } from './scenarios.ts'
import { creates, gatePairs, lists, lives, makeTasks, spends, transitions } from './scenarios.ts'
import type { System } from './system.ts'
import { cpuOf } from './system.ts'
import type { Yardstick } from './yardstick.ts'

export type Row = Figures & {
  name: string
  callers: number
  /** Ratio to the bare Update at the same concurrency, measured right before. */
  ratio: number | null
  /** CPU milliseconds per operation, by process, drain included. */
  cpu: Record<string, number>
  /** Unsettled rows at their most, and how long after the last answer all were settled. */
  peakUnsettled: number
  drainMs: number
  /** Compressed size of an answer, where that matters. */
  bytes?: number
}

export type Bench = { system: System; team: Team; yardstick: Yardstick; seconds: number }

const unsettledText = `select (select count(*) from tasks where settled_version < version)
  + (select count(*) from gates where settled_version < version) as open`

async function unsettled({ database }: System): Promise<number> {
  const { rows } = await database.query<{ open: string }>(unsettledText)
  return Number(rows[0]!.open)
}

/** Waits until nothing is owed any more; answers how long that took. */
export async function drain(system: System): Promise<number> {
  const began = performance.now()
  while (await unsettled(system) > 0) {
    if (performance.now() - began > 180_000) throw new Error('rows stay unsettled for 3 minutes')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return performance.now() - began
}

/** The bare Update at this concurrency. */
export const bareUpdates = ({ yardstick, seconds }: Bench, callers: number): Promise<Figures> =>
  runLoad(callers, Math.max(2, seconds / 2), async (caller) => {
    await yardstick.update(caller)
    return 'ok'
  })

type Measured = { name: string; callers: number; bare: number | null; work: Work; seconds?: number }

async function measure(
  bench: Bench, { name, callers, bare, work, seconds }: Measured,
): Promise<Row> {
  const { system } = bench
  const before = cpuOf(system)
  let peakUnsettled = 0
  const watch = setInterval(() => {
    void unsettled(system).then((open) => { peakUnsettled = Math.max(peakUnsettled, open) })
  }, 250)
  const figures = await runLoad(callers, seconds ?? bench.seconds, work)
  clearInterval(watch)
  const drainMs = await drain(system)
  const after = cpuOf(system)
  const cpu = Object.fromEntries(Object.keys(after).map((process) =>
    [process, (after[process]! - (before[process] ?? 0)) / Math.max(1, figures.count)]))
  const ratio = bare && figures.rate / bare
  return { ...figures, name, callers, ratio, cpu, peakUnsettled, drainMs }
}

export async function transitionRow(bench: Bench, callers: number, bare: number): Promise<Row> {
  const work = await transitions(bench.team, callers)
  await drain(bench.system)
  return measure(bench, { name: 'transition', callers, bare, work })
}

export const createRow = (bench: Bench, callers: number, bare: number): Promise<Row> =>
  measure(bench, { name: 'create', callers, bare, work: creates(bench.team) })

export async function gateRow(bench: Bench, callers: number, bare: number): Promise<Row> {
  const work = await gatePairs(bench.team, callers, Math.ceil(bench.seconds * 400))
  await drain(bench.system)
  return measure(bench, { name: 'gate open + decide', callers, bare, work })
}

export async function spendRow(bench: Bench, callers: number, bare: number): Promise<Row> {
  await bench.system.database.query(
    "update accounts set posted = posted + 1000000000 where kind = 'agent'")
  const row = await measure(bench, { name: 'spend', callers, bare, work: spends(bench.team) })
  return row
}

export async function listRow(bench: Bench): Promise<Row> {
  await makeTasks(bench.team, 1000, () => ({ description: 'A task among a thousand.' }))
  await drain(bench.system)
  const { bytes } = await bench.team.lead.call('task.list', { limit: 1000 })
  const row = await measure(bench, {
    name: 'list of 1,000', callers: 1, bare: null, work: lists(bench.team),
  })
  return { ...row, bytes }
}

/** Whole lives, counted only when every row is settled. */
export async function lifeRow(
  bench: Bench, callers: number, { thinkMs, bare }: { thinkMs: number; bare: number | null },
): Promise<Row> {
  const done: string[] = []
  const work = lives(bench.team, thinkMs, (id) => done.push(id))
  const row = await measure(bench, {
    name: thinkMs ? `life, ${thinkMs} ms thinking` : 'life', callers, bare, work,
    seconds: bench.seconds * 1.5,
  })
  const seconds = row.count / row.rate + row.drainMs / 1000
  const rate = row.count / seconds
  return { ...row, rate, ratio: bare && rate / bare }
}

/** From `done` to paid at low load: one life at a time, as the database's clock saw it. */
export async function doneToPaidRow(bench: Bench, count: number): Promise<Row> {
  const ids: string[] = []
  const work = lives(bench.team, 0, (id) => ids.push(id))
  const samples: { milliseconds: number; ok: boolean; code: string }[] = []
  const began = performance.now()
  for (let turn = 0; turn < count; turn++) {
    const code = await work(0, turn)
    await drain(bench.system)
    if (code !== 'ok') samples.push({ milliseconds: 0, ok: false, code })
  }
  const { rows } = await bench.system.database.query<{ ms: number }>(
    `select extract(epoch from settled_at - finished_at)::float8 * 1000 as ms from tasks
     where id = any ($1)`, [ids])
  for (const { ms } of rows) samples.push({ milliseconds: ms, ok: true, code: 'ok' })
  const figures = figuresOf(samples, (performance.now() - began) / 1000)
  return {
    ...figures, name: 'done to paid', callers: 1, ratio: null, cpu: {},
    peakUnsettled: 1, drainMs: 0,
  }
}

export { median, percentile }
