/** Stock OpenTelemetry exporters, as programs use them, charge model calls over HTTP. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import type { DiagLogger } from '@opentelemetry/api'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { OTLPTraceExporter as Json } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as Protobuf } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let count = 0
/** What the exporters say of themselves. */
const said: string[] = []
/** How what they send is packed. */
const packed: unknown[] = []
const seePacking = (message: unknown): void => {
  packed.push((message as { request: ClientRequest }).request.getHeader('content-encoding'))
}
beforeAll(async () => {
  subscribe('http.client.request.start', seePacking)
  world = await openWorld()
  const note = (...words: unknown[]): void => { said.push(words.map(String).join(' ')) }
  const logger: DiagLogger = { error: note, warn: note, info: note, debug: note, verbose: note }
  diag.setLogger(logger, DiagLogLevel.WARN)
})
afterEach(() => { said.length = packed.length = 0 })
afterAll(async () => {
  unsubscribe('http.client.request.start', seePacking)
  diag.disable()
  await world.close()
})

type Exporter = Protobuf | Json
type Options = NonNullable<ConstructorParameters<typeof Protobuf>[0]>
type Attributes = Record<string, string | number | string[]>
type Outcome = { code: number; error?: Error & { code?: number; data?: string } }
const forms = [['protobuf', Protobuf], ['JSON', Json]] as const
const compressions = ['none', 'gzip'] as const
const options = (compression: 'none' | 'gzip' = 'none', token = world.owner.token) => ({
  url: `${world.url}/v1/traces`, headers: { authorization: `Bearer ${token}` }, compression, timeoutMillis: 10_000,
}) as Options

/** Ends these spans in a program that exports them so; answers what each export came to. */
async function traced(exporters: Exporter[], spans: Attributes[], resource: Attributes = { 'guildhall.agent': 'ada' }): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const exporter of exporters) {
    const stock = exporter.export.bind(exporter)
    exporter.export = (batch, done) => stock(batch, (outcome) => {
      outcomes.push(outcome)
      done(outcome)
    })
  }
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'crew', ...resource }),
    spanProcessors: exporters.map((exporter) => new BatchSpanProcessor({ exporter })),
  })
  const tracer = provider.getTracer('crew')
  const root = tracer.startSpan('POST /answer', { attributes: { 'http.request.method': 'POST' } })
  for (const attributes of spans) tracer.startSpan('chat', { attributes }).end()
  root.end()
  await provider.shutdown().catch(() => undefined)
  return outcomes
}

const fresh = (): string => `chatcmpl-of-an-exporter-${++count}`
const call = (more: Attributes = {}): Attributes => ({
  'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o-mini',
  'gen_ai.response.model': 'gpt-4o-mini-2024-07-18', 'gen_ai.response.id': fresh(), 'gen_ai.response.finish_reasons': ['stop'],
  'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 500, ...more,
})
const newTask = async (): Promise<string> => (await world.owner.do('task.create', { title: 'Thought about', status: 'todo' })).key
const costOf = async (task: string): Promise<string> => (await world.owner.do('task.get', { id: task })).cost_usd
const posted = async (agent = 'ada') => Number((await world.owner.do('credits.balance', { agent })).posted)
/** What the library says that a call of these tokens costs. */
const price = 0.00045
type Charge = { agent: string; task: string | null; model: string; source: string; usd: string; run: string | null }
const charges = (id: string) => world.sql<Charge>(
  `select a.handle as agent, t.key as task, c.model, c.source, c.usd_micros::text as usd, c.run from charges c
   join actors a on a.id = c.agent_id left join tasks t on t.id = c.task_id where c.call_id = $1`, [id])

describe.each(forms)('as %s', (_, Form) => {
  test.each(compressions)('a call charges its task, compression %s', async (compression) => {
    const task = await newTask()
    const before = await posted()
    const one = call({ 'guildhall.task': task, 'guildhall.run': 'run-7' })
    expect(await traced([new Form(options(compression))], [one])).toMatchObject([{ code: 0 }])
    expect(await charges(one['gen_ai.response.id'] as string)).toEqual([
      { agent: 'ada', task, run: 'run-7', model: 'gpt-4o-mini-2024-07-18', source: 'library', usd: '450' },
    ])
    expect(await costOf(task)).toBe(String(price))
    expect(before - await posted()).toBeCloseTo(price * 100, 6)
    expect([said, packed]).toEqual([[], [compression === 'gzip' ? 'gzip' : undefined]])
  })
  test('500 calls of one batch', async () => {
    const task = await newTask()
    const spans = Array.from({ length: 500 }, () => call({ 'guildhall.task': task }))
    expect(await traced([new Form(options('gzip'))], spans)).toMatchObject([{ code: 0 }])
    expect(await costOf(task)).toBe('0.225')
  })
  test('the older names of the conventions', async () => {
    const task = await newTask()
    expect(await traced([new Form(options())], [{
      'gen_ai.system': 'anthropic', 'gen_ai.request.model': 'claude-sonnet-4-5', 'guildhall.agent': 'bob', 'guildhall.task': task,
      'gen_ai.usage.prompt_tokens': 50, 'gen_ai.usage.completion_tokens': 5, 'gen_ai.usage.cost': 0.25,
    }])).toMatchObject([{ code: 0 }])
    expect(await costOf(task)).toBe('0.25')
    expect((await world.owner.do('credits.history', { agent: 'bob', limit: 1 })).items[0]).toMatchObject({ kind: 'model', amount: '25' })
  })
  test('a model that nobody knows is noted and costs nothing', async () => {
    const task = await newTask()
    const before = await posted()
    const one = call({ 'gen_ai.response.model': 'house-blend-7', 'guildhall.task': task })
    expect(await traced([new Form(options())], [one])).toMatchObject([{ code: 0 }])
    expect(await charges(one['gen_ai.response.id'] as string)).toMatchObject([{ source: 'unpriced', usd: null, task }])
    expect(await posted()).toBe(before)
    expect((await world.owner.do('event.list', { type: 'charge.unpriced', limit: 1000 })).items.at(-1))
      .toMatchObject({ severity: 'warning', subject: { key: 'ada' }, data: { model: 'house-blend-7', call_id: one['gen_ai.response.id'] } })
  })
  test('a token that is none: the exporter’s own error, and nothing is charged', async () => {
    const one = call()
    const [outcome] = await traced([new Form(options('none', 'gh_none'))], [one])
    expect(outcome).toMatchObject({ code: 1, error: { name: 'OTLPExporterError', code: 401 } })
    expect(JSON.parse(outcome!.error!.data!)).toMatchObject({ code: 'unauthenticated' })
    expect(await charges(one['gen_ai.response.id'] as string)).toEqual([])
  })
  test('one span of three is refused: the exporter reads which, and the others are charged', async () => {
    const task = await newTask()
    const one = (more: Attributes = {}) => call({ 'guildhall.task': task, ...more })
    expect(await traced([new Form(options())], [one(), one({ 'guildhall.agent': 'nobody' }), one()])).toMatchObject([{ code: 0 }])
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/^Received Partial Success response: /)
    const { rejectedSpans, errorMessage } = JSON.parse(said[0]!.slice(said[0]!.indexOf('{')))
    expect([Number(rejectedSpans), errorMessage]).toEqual([1, 'There is no agent nobody here'])
    expect(await costOf(task)).toBe(String(2 * price))
  })
  test('an agent with its own token reports its own calls, and no other’s', async () => {
    const token = world.agents.bob!.client.token
    const [own, other] = [call(), call({ 'guildhall.agent': 'ada' })]
    expect(await traced([new Form(options('none', token))], [own, other], {})).toMatchObject([{ code: 0 }])
    expect(await charges(own['gen_ai.response.id'] as string)).toMatchObject([{ agent: 'bob' }])
    expect(await charges(other['gen_ai.response.id'] as string)).toEqual([])
    expect(said).toEqual([expect.stringContaining('bob does not report calls of ada')])
  })
})

test('one call by both exporters, with a response id and without, is charged once', async () => {
  const task = await newTask()
  const { 'gen_ai.response.id': _, ...nameless } = call({ 'guildhall.task': task })
  const both = [new Protobuf(options('gzip')), new Json(options())]
  expect(await traced(both, [call({ 'guildhall.task': task }), nameless])).toMatchObject([{ code: 0 }, { code: 0 }])
  expect(await costOf(task)).toBe(String(2 * price))
  expect(said).toEqual([])
  expect((await world.owner.do('credits.verify')).ok).toBe(true)
})

test('an exporter that is configured by its environment alone', async () => {
  const names = {
    OTEL_EXPORTER_OTLP_ENDPOINT: world.url, OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${world.owner.token}`,
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
  }
  Object.assign(process.env, names)
  try {
    const task = await newTask()
    expect(await traced([new Protobuf()], [call({ 'guildhall.task': task })])).toMatchObject([{ code: 0 }])
    expect(await costOf(task)).toBe(String(price))
    expect(packed).toEqual(['gzip'])
  } finally {
    for (const name of Object.keys(names)) delete process.env[name]
  }
})
