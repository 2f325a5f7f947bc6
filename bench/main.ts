/**
 * `npm run bench [-- --json] [--seconds N] [--smoke]`: what the spine does on this machine, next to
 * a bare Temporal Update measured in the same run. Prints rates, times, CPU and ratios.
 * `npm run bench -- ui` measures the page instead, `npm run bench -- ledger` the ledger and
 * `npm run bench -- growth` what a large ledger costs.
 */
import { loadavg, cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import type { Bench, Row } from './rows.ts'
import {
  bareUpdates, createRow, doneToPaidRow, drain, gateRow, lifeRow, listRow, spendRow, transitionRow,
} from './rows.ts'
import { makeTeam } from './scenarios.ts'
import { startSystem } from './system.ts'
import { startYardstick } from './yardstick.ts'

if (process.argv[2] === 'ledger') {
  const { benchLedger } = await import('./ledger.ts')
  process.exit(await benchLedger(process.argv.slice(3)))
}
if (process.argv[2] === 'growth') {
  const { benchGrowth } = await import('./growth.ts')
  process.exit(await benchGrowth(process.argv.slice(3)))
}
if (process.argv[2] === 'ui') {
  const { benchPage } = await import('./ui.ts')
  process.exit(await benchPage(process.argv.slice(3)))
}

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '6' },
    only: { type: 'string', default: '' },
  },
})
const seconds = options.smoke ? 1 : Number(options.seconds)
const concurrencies = options.smoke ? [1, 8] : [1, 8, 16, 32, 64]
const say = (text: string): void => console.error(text)
const wants = (name: string): boolean => !options.only || options.only.split(',').includes(name)

async function measureAll(bench: Bench): Promise<Row[]> {
  const rows: Row[] = []
  const bare = new Map<number, number>()
  const add = (row: Row): void => {
    rows.push(row)
    say(lineOf(row))
  }
  for (const callers of concurrencies) {
    // Interleaved: the yardstick right before what is compared with it.
    const figures = await bareUpdates(bench, callers)
    bare.set(callers, figures.rate)
    add({
      ...figures, name: 'bare Update', callers, ratio: 1, cpu: {}, peakUnsettled: 0, drainMs: 0,
    })
    if (wants('transition')) add(await transitionRow(bench, callers, figures.rate))
  }
  const at = (callers: number): number => bare.get(callers)!
  if (wants('create')) add(await createRow(bench, 8, at(8)))
  if (wants('gate')) add(await gateRow(bench, 8, at(8)))
  if (wants('spend')) add(await spendRow(bench, 8, at(8)))
  if (wants('life')) {
    for (const callers of options.smoke ? [8] : [8, 16]) {
      add(await lifeRow(bench, callers, { thinkMs: 0, bare: at(callers) }))
    }
    add(await lifeRow(bench, 8, { thinkMs: 50, bare: at(8) }))
  }
  if (wants('paid')) add(await doneToPaidRow(bench, options.smoke ? 5 : 40))
  if (wants('list')) add(await listRow(bench))
  return rows
}

const number = (value: number, digits = 1): string =>
  (Number.isFinite(value) ? value.toFixed(digits) : '–')

function lineOf(row: Row): string {
  const cpu = Object.entries(row.cpu).map(([name, ms]) => `${name} ${number(ms)}`).join(' ')
  const failed = Object.entries(row.failed).map(([code, count]) => `${code} ×${count}`).join(' ')
  return [
    row.name.padEnd(22), `c=${row.callers}`.padEnd(5), `${number(row.rate)}/s`.padStart(9),
    `p50 ${number(row.p50)}`.padEnd(10), `p95 ${number(row.p95)}`.padEnd(10),
    `p99 ${number(row.p99)}`.padEnd(10),
    row.ratio === null ? '' : `×${number(row.ratio, 2)}`.padEnd(6),
    row.drainMs ? `drain ${number(row.drainMs / 1000)} s, peak ${row.peakUnsettled}` : '',
    row.bytes ? `${(row.bytes / 1000).toFixed(0)} kB` : '', cpu && `cpu ms: ${cpu}`,
    failed && `FAILED ${failed}`,
  ].filter(Boolean).join('  ')
}

/** What the design demands; a floor that does not hold fails the run. */
function floors(rows: Row[]): string[] {
  const find = (name: string, callers: number) =>
    rows.find((row) => row.name === name && row.callers === callers)
  const checks: [string, boolean | undefined][] = [
    ...[8, 16].map((callers): [string, boolean | undefined] => {
      const ratio = find('transition', callers)?.ratio
      const holds = ratio == null ? undefined : ratio >= 1.5
      return [`transition ≥ 1.5 × bare Update at ${callers}`, holds]
    }),
    ['life ≥ 0.13 × bare Update at 8', (find('life', 8)?.ratio ?? 1) >= 0.13],
    ['no failed answer', rows.every(({ failed }) => Object.keys(failed).length === 0)],
  ]
  return checks.filter(([, holds]) => holds === false).map(([name]) => name)
}

const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
const machine = `${cpus().length} cores, ${memory}, Node ${process.version}`
say(`Starting the system under test on ${machine}, load ${loadavg()[0]!.toFixed(2)} …`)
const system = await startSystem()
const yardstick = await startYardstick(system.temporal.address, Math.max(...concurrencies))
const team = await makeTeam(system, Math.max(...concurrencies))
let broken: string[] = []
try {
  const bench: Bench = { system, team, yardstick, seconds }
  // Warm: code is compiled, plans are cached, caches are filled.
  await lifeRow({ ...bench, seconds: 1 }, 4, { thinkMs: 0, bare: null })
  await drain(system)
  const rows = await measureAll(bench)
  broken = options.smoke ? [] : floors(rows)
  if (options.json) console.log(JSON.stringify({ machine, load: loadavg(), rows, broken }))
  else {
    const heading = `Measured on ${machine}, load ${loadavg()[0]!.toFixed(2)}`
    console.log(['', heading, ...rows.map(lineOf)].join('\n'))
  }
  for (const floor of broken) say(`Floor broken: ${floor}`)
} finally {
  for (const caller of [team.lead, ...team.workers]) caller.close()
  await yardstick.stop()
  await system.stop()
}
process.exit(broken.length ? 1 : 0)
