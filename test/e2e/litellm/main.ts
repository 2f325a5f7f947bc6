/**
 * `npm run e2e:litellm`: model calls through the real LiteLLM proxy to a made-up model, charged by a
 * real Guildhall. A line for each point; exits 1 when one does not hold. Needs Python 3 with venv and,
 * the first time, an index of Python packages: they go to .cache/litellm (750 MB).
 */
import { randomUUID } from 'node:crypto'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../../config.ts'
import { parseUsd } from '../../../domain/usage.ts'
import { signInLink } from '../../../ops/login.ts'
import type { Targets } from '../../faults/chaos/targets.ts'
import { startTargets } from '../../faults/chaos/targets.ts'
import { launchChromium } from '../../harness/chromium.ts'
import type { Expected } from './books.ts'
import { Books } from './books.ts'
import { startModel } from './model.ts'
import type { Call, Called, Proxy } from './proxy.ts'
import { cache, complete, installLitellm, startProxy } from './proxy.ts'
import { startTap } from './tap.ts'

const began = Date.now()
let failed = 0
let passed = 0
const say = (mark: string, text: string): void =>
  console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(3)} s  ${mark.padEnd(5)} ${text}`)
const note = (text: string): void => say('', text)
/** A point holds when nothing is wrong with it. */
function point(text: string, wrong: unknown[]): void {
  say(wrong.length ? 'FAILS' : 'holds', text)
  for (const one of wrong) console.log(`        ${String(one)}`)
  if (wrong.length) failed++
  else passed++
}
const unless = (isTrue: boolean, otherwise: string): string[] => (isTrue ? [] : [otherwise])

/** What was started, and how it ends; the last one first. */
const stops: (() => Promise<void>)[] = []
let stopping: Promise<void> | null = null
const stopAll = (): Promise<void> => (stopping ??= (async () => {
  for (let stop = stops.pop(); stop; stop = stops.pop()) await stop().catch((error: unknown) => console.error(error))
})())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => { void stopAll().then(() => process.exit(130)) })
}

type Way = Call & {
  about: string
  agent?: string
  isTaskless?: boolean
  /** The request that says the names; else they are its metadata. */
  named?: (names: Record<string, string>) => Call
}

/** The ways in which a call says whose it is. */
const ways: Way[] = [
  { about: 'named in its metadata' },
  { about: 'streamed', stream: true },
  { about: 'named for the log of spending', named: (names) => ({ metadata: { spend_logs_metadata: names } }) },
  { about: 'named in a header', named: (names) => ({ headers: { 'x-litellm-spend-logs-metadata': JSON.stringify(names) } }) },
  {
    about: 'named in tags',
    named: (names) => ({ metadata: { tags: Object.entries(names).map(([name, value]) => `${name}:${value}`) } }),
  },
  { about: 'by a key with an alias alone', key: 'sk-scout', agent: 'scout', isTaskless: true, named: () => ({}) },
  { about: 'by a key that says whose it is, whatever the caller says', key: 'sk-pinned', agent: 'warden' },
  { about: 'of a model whose price only the proxy knows', model: 'priced' },
  { about: 'the same, streamed', model: 'priced', stream: true },
]

/** Makes a call in every way, for a task; what the proxy says that one costs counts for streamed ones, too. */
async function everyWay(proxy: Proxy, task: string): Promise<Expected[]> {
  const names = { guildhall_agent: 'builder', guildhall_task: task }
  const costs = new Map<string, number>()
  const expected: Expected[] = []
  for (const { about, agent = 'builder', isTaskless, named, ...call } of ways) {
    const called = await complete(proxy, { ...call, ...(named?.(names) ?? { metadata: names }) })
    const model = call.model ?? 'known'
    if (called.cost !== null) costs.set(model, called.cost)
    expected.push({ about, called, agent, task: isTaskless ? null : task, micros: Number(parseUsd(costs.get(model))) })
  }
  return expected
}

const sumOf = (expected: Expected[], task: string): number =>
  expected.filter((one) => one.task === task).reduce((sum, { micros }) => sum + (micros ?? 0), 0)

const metadataOf = (task: string) => ({ guildhall_agent: 'builder', guildhall_task: task })

/** So many calls, one after the other, so long apart. */
async function calls(proxy: Proxy, task: string, count: number, apartMs = 0): Promise<Called[]> {
  const made: Called[] = []
  for (let at = 0; at < count; at++) {
    made.push(await complete(proxy, { stream: at % 2 === 1, metadata: metadataOf(task) }))
    await sleep(apartMs)
  }
  return made
}

/** By the callback alone, as the guide configures it. Answers a task that cost something. */
async function byCallback(books: Books, proxy: Proxy): Promise<string> {
  const task = await books.newTask('Every way to say whose a call is')
  const expected = await everyWay(proxy, task)
  await books.missing(expected.map(({ called }) => called))
  point(`${expected.length} calls, each named in another way: charged to its agent and task with the proxy’s cost`,
    await books.faults(expected))
  const cost = await books.costOf(task)
  point(`the task’s cost_usd is their sum, ${cost / 1e6}`, unless(cost === sumOf(expected, task), `not ${sumOf(expected, task) / 1e6}`))

  const { micros } = expected[0]!
  const crowd = await books.newTask('Fifty at once')
  const at = Date.now()
  const fifty = await Promise.all(Array.from({ length: 50 }, (_, index) =>
    complete(proxy, { stream: index % 2 === 1, metadata: metadataOf(crowd) })))
  const took = Date.now() - at
  await books.missing(fifty)
  const asBatch = fifty.map((called, index): Expected => ({ about: `call ${index}`, called, agent: 'builder', task: crowd, micros }))
  point(`50 calls at once (${took} ms), half of them streamed: each charged once`, await books.faults(asBatch))
  point('their task’s cost_usd is their sum', unless(await books.costOf(crowd) === 50 * micros!, String(await books.costOf(crowd))))

  const free = await books.newTask('Nothing to pay')
  const known = (await books.charges()).length
  const broken = await Promise.all([false, true].map((stream) => complete(proxy, { model: 'broken', stream, metadata: metadataOf(free) })))
  const unpriced = await complete(proxy, { model: 'unknown', metadata: metadataOf(free) })
  await books.missing([unpriced])
  const noted = await books.owner.do('event.list', { type: 'charge.unpriced', limit: 1000 })
  point('a call that fails, streamed or not, is not charged', [
    ...unless(broken.every(({ status }) => status === 500), `answered ${broken.map(({ status }) => status)}`),
    ...unless((await books.charges()).length === known + 1, 'there are other charges'),
  ])
  point('a model without a price is noted, and costs the task nothing', [
    ...await books.faults([{ about: 'unpriced', called: unpriced, agent: 'builder', task: free, micros: null }]),
    ...unless(noted.items.some((one: { data: { call_id: string } }) => one.data.call_id === unpriced.id), 'no event says so'),
    ...unless(await books.costOf(free) === 0, 'its task cost something'),
  ])

  const again = await books.newTask('Told twice')
  const id = `chatcmpl-${randomUUID()}`
  const twice: Called[] = []
  for (let turn = 0; turn < 2; turn++) {
    twice.push(await complete(proxy, { say: id, metadata: metadataOf(again) }), await complete(proxy, { metadata: metadataOf(again) }))
    await books.missing(twice)
  }
  point('the same response id in two batches is charged once', [
    ...unless(twice[0]!.id === id && twice[2]!.id === id, 'the ids are others'),
    ...unless(await books.costOf(again) === 3 * micros!, `its task cost ${await books.costOf(again) / 1e6}`),
  ])
  return crowd
}

type Away = { before: Called[]; meanwhile: Called[]; ms: number }

/** Keeps Guildhall away for some seconds while calls go on; answers those made before and meanwhile. */
async function away(targets: Targets, proxy: Proxy, task: string, forSeconds: number): Promise<Away> {
  // At once, and right after a batch: none is on its way when Guildhall ends.
  const before = await Promise.all(Array.from({ length: 10 }, () => complete(proxy, { metadata: metadataOf(task) })))
  await targets.kill('api')
  const at = Date.now()
  const meanwhile = await calls(proxy, task, 20, (forSeconds * 1000) / 20)
  await targets.start('api')
  return { before, meanwhile, ms: Date.now() - at }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** What the callback alone does when nobody answers it. */
async function whileAway(books: Books, targets: Targets, proxy: Proxy): Promise<void> {
  const task = await books.newTask('Guildhall was away')
  const { before, meanwhile, ms } = await away(targets, proxy, task, 8)
  const lostBefore = await books.missing(before, 60)
  const lost = await books.missing(meanwhile, 10)
  point(`Guildhall killed and away for ${seconds(ms)}: LiteLLM repeats what was called before`, lostBefore)
  note(`of ${meanwhile.length} calls made meanwhile its callback lost ${lost.length}: what comes while a batch waits is dropped by LiteLLM`)
  const later = await calls(proxy, task, 3)
  point('calls after that are charged as ever', await books.missing(later))
}

/** The same calls by the callback and by LiteLLM’s own spans. */
async function byBoth(
  books: Books, targets: Targets, options: { model: string; token: string },
): Promise<void> {
  const tap = await startTap(targets.url)
  stops.push(tap.stop)
  const proxy = await startProxy({
    name: 'both', stops, ...options, callback: `${tap.url}/intake/litellm`, traces: `${tap.url}/v1/traces`,
  })
  note(`a second proxy, with the callbacks guildhall and otel, answers after ${seconds(proxy.startedInMs)}`)
  const task = await books.newTask('Told by both')
  tap.holdMs = 10_000
  const expected = await everyWay(proxy, task)
  await books.missing(expected.map(({ called }) => called))
  point(`${expected.length} calls by LiteLLM’s spans, before its callback: the same agents, tasks and costs`, await books.faults(expected))
  const early = tap.callback.charged + tap.callback.repeated
  const until = Date.now() + 30_000
  while (tap.callback.charged + tap.callback.repeated < expected.length && Date.now() < until) await sleep(250)
  const told = `${tap.callback.repeated} repeated, ${tap.callback.charged} charged, ${tap.callback.rejected} rejected`
  point(`then its callback: ${told}; ${tap.traces.exports} exports of spans, ${tap.traces.partial} refused in part`, [
    ...unless(early === 0, 'the callback came first'), ...unless(tap.callback.repeated === expected.length, 'not all are repeated'),
    ...unless(tap.callback.rejected + tap.traces.partial === 0, 'something was refused'),
    ...unless(await books.costOf(task) === sumOf(expected, task), 'the task’s cost is another'),
  ])
  tap.holdMs = 0
  const gone = await books.newTask('Guildhall was away, told by both')
  const { before, meanwhile, ms } = await away(targets, proxy, gone, 12)
  point(`away for ${seconds(ms)} with both: of ${before.length + meanwhile.length} calls none is lost`,
    await books.missing([...before, ...meanwhile], 90))
  const cost = await books.costOf(gone)
  point('and none is charged twice', unless(cost === 30 * expected[0]!.micros!, `their task cost ${cost / 1e6}`))
}

/** What people see of it. */
async function takePictures({ url, engines }: Targets, task: string): Promise<void> {
  const browser = await launchChromium()
  try {
    const config = { ...readConfig(engines.environment), publicUrl: url }
    const page = await browser.newPage()
    await page.goto(await signInLink(config, { handle: 'owner', workspace: 'main' }))
    for (const [width, height] of [[390, 844], [1440, 900]] as const) {
      await page.setViewportSize({ width, height })
      for (const [name, path] of [['task', `/tasks/${task}`], ['ledger', '/ledger?show=transfers']] as const) {
        await page.goto(url + path)
        await page.waitForLoadState('networkidle')
        await page.screenshot({ path: join(cache, `${name}-${width}.png`) })
      }
    }
  } finally {
    await browser.close()
  }
}

async function run(): Promise<void> {
  note(`load ${loadavg()[0]!.toFixed(1)}; LiteLLM’s packages ${await installLitellm() ? 'are installed now' : 'were there'}`)
  const starting = startTargets()
  stops.push(async () => (await starting).stop())
  const targets = await starting
  const books = new Books(targets)
  stops.push(books.close)
  await books.hire()
  const model = await startModel()
  stops.push(model.stop)
  const options = { model: model.url, token: targets.engines.token }
  const proxy = await startProxy({ name: 'callback', stops, ...options, callback: `${targets.url}/intake/litellm` })
  note(`Guildhall, a model and the proxy with the guide’s callback answer; the proxy after ${seconds(proxy.startedInMs)}`)
  const task = await byCallback(books, proxy)
  await whileAway(books, targets, proxy)
  await byBoth(books, targets, options)
  const charged = await books.charges()
  point(`the books balance: ${charged.length} charges, ${new Set(charged.map(({ id }) => id)).size} calls`, await books.unbalanced())
  await takePictures(targets, task)
  note('pictures of the page are in .cache/litellm')
}

try {
  await run()
} catch (error) {
  // What breaks because it was ended is no news.
  if (!stopping) console.error(error)
  failed++
} finally {
  await stopAll()
}
say('', `${passed} points hold, ${failed} fail`)
process.exit(failed ? 1 : 0)
