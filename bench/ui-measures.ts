/** The figures: bytes of a first visit, paint, live latency, a full board, what moves by itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { median, percentile } from './measure.ts'
import type { Stage } from './ui-stage.ts'
import { settled, views, visitor } from './ui-stage.ts'

export type Figure = {
  name: string
  value: number
  unit: 'kB' | 'ms' | ''
  target: string | null
  /** Whether the target is met; null where there is none. */
  holds: boolean | null
  /** Over the limit at which the run fails. */
  broken: boolean
  note?: string
}

const HARD_KB = 600
const figure = (
  name: string, value: number, unit: Figure['unit'], limit: number | null, note?: string,
): Figure => ({
  name, value: Math.round(value * 10_000) / 10_000, unit,
  target: limit === null ? null : limit === 0 ? '= 0' : `≤ ${limit} ${unit}`,
  holds: limit === null ? null : value <= limit, broken: false, ...(note ? { note } : {}),
})

const kinds: Record<string, string> = {
  Document: 'html', Script: 'js', Stylesheet: 'css', Image: 'images', Fetch: 'data', XHR: 'data',
}

/** What goes over the wire, headers included, until a view stands: by kind. */
async function weigh(stage: Stage, path: string): Promise<Record<string, number>> {
  const { context, page } = await visitor(stage)
  const debug = await context.newCDPSession(page)
  await debug.send('Network.enable')
  const kindOf = new Map<string, string>()
  const bytes: Record<string, number> = {}
  debug.on('Network.responseReceived', ({ requestId, type }) => {
    kindOf.set(requestId, kinds[type] ?? 'other')
  })
  debug.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kindOf.get(requestId) ?? 'other'
    bytes[kind] = (bytes[kind] ?? 0) + encodedDataLength
  })
  await page.goto(stage.system.url + path)
  await settled(page)
  await sleep(500)
  await context.close()
  return bytes
}

/** The first visit of somebody who was never here: the start page, and each other view. */
export async function firstLoads(stage: Stage): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const path of views) {
    const bytes = await weigh(stage, path)
    const total = Object.values(bytes).reduce((sum, one) => sum + one, 0) / 1000
    const parts = Object.entries(bytes).toSorted(([, a], [, b]) => b - a)
      .map(([kind, size]) => `${kind} ${(size / 1000).toFixed(1)}`).join(', ')
    figures.push({
      ...figure(`First load of ${path}`, total, 'kB', 300, parts), broken: total > HARD_KB,
    })
  }
  return figures
}

type Paints = { first: number; largest: number }

/** First contentful paint and the largest one, each visit with nothing kept. */
export async function paints(stage: Stage): Promise<Figure[]> {
  const first: number[] = []
  const largest: number[] = []
  for (let round = 0; round < stage.rounds; round++) {
    const { context, page } = await visitor(stage)
    await page.goto(`${stage.system.url}/inbox`)
    await settled(page)
    const paint = await page.evaluate<Paints>('probes.paints()')
    first.push(paint.first)
    largest.push(paint.largest)
    await context.close()
  }
  return [
    figure('First contentful paint', median(first), 'ms', 600, `of ${list(first)}`),
    figure('Largest contentful paint', median(largest), 'ms', null, `of ${list(largest)}`),
  ]
}

const CHANGES = 40

/** From an agent's call until its change stands on two open pages of one person. */
export async function liveLatency(stage: Stage): Promise<Figure[]> {
  const { url } = stage.system
  const [board, feed] = await Promise.all([visitor(stage), visitor(stage, 390)])
  await board.page.goto(`${url}/board?order=newest`)
  await feed.page.goto(`${url}/activity`)
  await Promise.all([settled(board.page), settled(feed.page)])
  for (const { page } of [board, feed]) await page.evaluate('probes.noteTitles()')
  const rounds: Record<string, number[][]> = { board: [], activity: [] }
  for (let round = 0; round < stage.rounds; round++) {
    const took: Record<string, number[]> = { board: [], activity: [] }
    for (let turn = 0; turn < CHANGES; turn++) {
      const title = `Live change ${round}/${turn}.`
      const sentAt = Date.now()
      await stage.team.workers[turn % 4]!.do('task.create', { title, status: 'todo' })
      took.board!.push(await whenShown(board.page, title) - sentAt)
      took.activity!.push(await whenShown(feed.page, title) - sentAt)
      await sleep(20)
    }
    for (const [name, times] of Object.entries(took)) {
      rounds[name]!.push(times.toSorted((a, b) => a - b))
    }
  }
  await Promise.all([board.context.close(), feed.context.close()])
  return Object.entries(rounds).flatMap(([name, all]) => [
    figure(`An agent’s change on ${name}, p50`, median(all.map((one) => percentile(one, 0.5))),
      'ms', null),
    figure(`An agent’s change on ${name}, p95`, median(all.map((one) => percentile(one, 0.95))),
      'ms', 500, `${stage.rounds} × ${CHANGES} changes`),
  ])
}

type Moved = { sum: number; movers: string[] }

/** What moves although nobody touched it, while a view loads and when something comes live. */
export async function shifts(stage: Stage): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const width of [390, 1440] as const) {
    for (const path of views) {
      const { context, page } = await visitor(stage, width)
      await page.goto(stage.system.url + path)
      await settled(page)
      await stage.team.lead.do('task.create', { title: 'Comes while somebody looks' })
      await sleep(700)
      const { sum, movers } = await page.evaluate<Moved>('probes.shifts()')
      figures.push(figure(`Layout shift of ${path} at ${width}`, sum, '', 0, movers.join(', ')))
      await context.close()
    }
  }
  return figures
}

const SLOWER = 4

/** A board with so many cards, on a device four times as slow: from another view, and at first. */
export async function boardOpens(stage: Stage, cards: number): Promise<Figure[]> {
  const stands = `probes.boardStands('${cards.toLocaleString('en')}')`
  const fromView: number[] = []
  const atFirst: number[] = []
  for (let round = 0; round < stage.rounds; round++) {
    const { context, page } = await visitor(stage)
    const debug = await context.newCDPSession(page)
    await page.goto(`${stage.system.url}/inbox`)
    await settled(page)
    await debug.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
    const from = await page.evaluate<number>(`probes.press('a[href="/board"]')`)
    fromView.push(await page.evaluate<number>(stands) - from)
    await page.goto(`${stage.system.url}/board`, { waitUntil: 'commit' })
    atFirst.push(await page.evaluate<number>(stands))
    await context.close()
  }
  const words = `at ${SLOWER}× CPU slowdown`
  return [
    figure(`Board of ${cards} ${words}`, median(fromView), 'ms', 1000, `of ${list(fromView)}`),
    figure('The same as the page’s first view', median(atFirst), 'ms', null, `of ${list(atFirst)}`),
  ]
}

const whenShown = (page: Page, title: string): Promise<number> =>
  page.evaluate<number>(`probes.whenShown(${JSON.stringify(title)})`)

const list = (values: number[]): string =>
  values.toSorted((a, b) => a - b).map((value) => Math.round(value)).join(' ')
