/**
 * `npm run bench -- ui [--json] [--rounds N] [--cards N] [--smoke]`: what people wait for. The
 * production build in a real Chromium, on a system of its own with nothing else to do; medians of
 * five. Fails when the first load is over its hard limit; a target that is missed is said.
 */
import { cpus, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { launchChromium } from '../test/harness/chromium.ts'
import { drain } from './rows.ts'
import { makeTeam } from './scenarios.ts'
import { startSystem } from './system.ts'
import type { Stage } from './ui-stage.ts'
import { fillBoard, fillInbox } from './ui-stage.ts'
import type { Figure } from './ui-measures.ts'
import { boardOpens, firstLoads, liveLatency, paints, shifts } from './ui-measures.ts'

const REST_MS = 5000
const say = (text: string): void => console.error(text)

/** Runs all of it; answers the exit code. */
export async function benchPage(args: string[]): Promise<number> {
  const { values: options } = parseArgs({
    args, options: {
      json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' },
      cards: { type: 'string', default: '1000' },
      smoke: { type: 'boolean', default: false },
    },
  })
  const machine = `${cpus().length} cores, Node ${process.version}`
  say(`Starting the system under test on ${machine}, load ${loadavg()[0]!.toFixed(2)} …`)
  const system = await startSystem()
  const browser = await launchChromium()
  const team = await makeTeam(system, 4)
  try {
    const stage: Stage = { system, browser, team, rounds: Number(options.rounds) }
    const figures = await measureAll(stage, Number(options.cards), options.smoke)
    const chromium = browser.version()
    if (options.json) console.log(JSON.stringify({ machine, chromium, load: loadavg(), figures }))
    else console.log(tableOf(figures, `${machine}, Chromium ${chromium}`))
    return figures.some(({ broken }) => broken) ? 1 : 0
  } finally {
    for (const caller of [team.lead, ...team.workers]) caller.close()
    await browser.close()
    await system.stop()
  }
}

async function measureAll(stage: Stage, cards: number, isShort: boolean): Promise<Figure[]> {
  const figures: Figure[] = []
  const add = (some: Figure[]): void => {
    for (const figure of some) say(lineOf(figure))
    figures.push(...some)
  }
  await fillInbox(stage, 8)
  add(await firstLoads(stage))
  add(await paints(stage))
  if (!isShort) {
    add(await liveLatency(stage))
    add(await shifts(stage))
  }
  await fillBoard(stage, cards)
  // The servers are to be idle: so many tasks have their workflows to begin first.
  await drain(stage.system)
  await sleep(REST_MS)
  add(await boardOpens(stage, cards))
  return figures
}

function lineOf({ name, value, unit, target, holds, broken, note = '' }: Figure): string {
  const verdict = broken ? 'BROKEN' : holds === null ? '' : holds ? 'ok' : 'MISSED'
  const shown = Number.isInteger(value) ? String(value) : value.toFixed(unit === '' ? 4 : 1)
  return [
    name.padEnd(44), `${shown} ${unit}`.padStart(12), (target ?? '').padEnd(12), verdict.padEnd(7),
    note,
  ].join(' ').trimEnd()
}

const tableOf = (figures: Figure[], on: string): string => [
  '', `Measured on ${on}, load ${loadavg()[0]!.toFixed(2)}`, ...figures.map(lineOf),
].join('\n')
