/** Model calls: charged once, by whichever way they are reported; priced; counted in budgets. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestClient } from '../harness/client.ts'
import type { Spawned, World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let second: Spawned
let ada: TestClient
let count = 0
beforeAll(async () => {
  world = await openWorld()
  second = await world.spawn('api')
  ada = world.agents.ada!.client
})
afterAll(() => world.close())

const fresh = (): string => `a-call-that-is-long-enough-${++count}`
const call = (more: object = {}) => ({
  call_id: fresh(), provider: 'openai', model: 'gpt-4o-mini', tokens: { input: 1000, output: 500 }, ...more,
})
const posted = async (agent = 'ada') => Number((await world.owner.do('credits.balance', { agent })).posted)
const fixture = (name: string) => readFileSync(join(import.meta.dirname, '..', 'fixtures', name))
const report = (path: string, body: Buffer | string, type: string, more: Record<string, string> = {}, url = world.url) =>
  fetch(url + path, {
    method: 'POST', body: body as never,
    headers: { authorization: `Bearer ${world.owner.token}`, 'content-type': type, ...more },
  })

describe('what a call costs', () => {
  test('what the provider says, first', async () => {
    const before = await posted()
    const charge = await ada.do('credits.charge', call({ cost_usd: '0.012345' }))
    expect(charge).toMatchObject({ agent: 'ada', cost_usd: '0.012345', credits: '1.2345', source: 'reported', reported_by: 'ada' })
    expect(before - await posted()).toBeCloseTo(1.2345, 6)
    const { items: [transfer] } = await world.owner.do('credits.history', { agent: 'ada', limit: 1 })
    expect(transfer).toMatchObject({ id: charge.transfer, kind: 'model', to: 'model_spend', amount: '1.2345' })
  })
  test('an own price before the library’s, exact before prefix; then the library; then nothing', async () => {
    const library = await ada.do('credits.charge', call({ tokens: { input: 1_000_000, output: 0 } }))
    expect(library.source).toBe('library')
    expect(Number(library.cost_usd)).toBeGreaterThan(0)
    const price = { input_usd_per_mtok: '2', output_usd_per_mtok: '4' }
    await world.owner.do('credits.price_update', { price: 'gpt-4o', ...price })
    expect(await ada.do('credits.charge', call())).toMatchObject({ source: 'override', cost_usd: '0.004', credits: '0.4' })
    await world.owner.do('credits.price_update', { price: 'gpt-4o-mini', ...price, output_usd_per_mtok: '10' })
    expect(await ada.do('credits.charge', call())).toMatchObject({ source: 'override', cost_usd: '0.007', credits: '0.7' })
    for (const model of ['gpt-4o', 'gpt-4o-mini']) {
      await world.owner.do('credits.price_update', { price: model, ...price, remove: true })
    }
    expect((await world.owner.do('credits.price_list')).items).toEqual([])
    const before = await posted()
    expect(await ada.do('credits.charge', call({ model: 'house-blend-7' })))
      .toMatchObject({ source: 'unpriced', cost_usd: null, credits: '0', transfer: null })
    expect(await posted()).toBe(before)
    const { items } = await world.owner.do('event.list', { type: 'charge.unpriced' })
    expect(items.at(-1)).toMatchObject({ severity: 'warning', subject: { key: 'ada' }, data: { model: 'house-blend-7' } })
  })
  test('the rate of the workspace, rounded up to the micro-credit', async () => {
    await world.owner.do('workspace.update', { settings: { credits_per_usd: '33.333333' } })
    expect(await ada.do('credits.charge', call({ cost_usd: '0.000001' }))).toMatchObject({ credits: '0.000034' })
    await world.owner.do('workspace.update', { settings: { credits_per_usd: '100' } })
  })
  test('a bill passes the floor and every budget, is counted, and leaves no room', async () => {
    const budget = await world.owner.do('credits.budget_create',
      { scope: { agent: 'bob' }, unit: 'usd_micros', period: 'once', limit: '1000' })
    const bob = world.agents.bob!.client
    await bob.do('credits.charge', call({ cost_usd: '0.5' }))
    expect(await world.owner.do('credits.balance', { agent: 'bob' })).toMatchObject({ posted: '-50', usd_spent: '0.5' })
    const { items } = await world.owner.do('credits.budget_list')
    expect(items.find(({ id }: any) => id === budget.id)).toMatchObject({ used: '500000', available: '0' })
    await world.owner.do('credits.adjust', { agent: 'bob', amount: '100', reason: 'Funded' })
    expect(await bob.call('credits.hold', { amount: '1', ttl_seconds: 5, usd_micros: 1 }))
      .toMatchObject({ body: { code: 'budget_exceeded', budget: budget.id } })
    await world.owner.do('credits.budget_delete', { budget: budget.id })
  })
  test('a task is known by it; one that nobody knows does not stop the bill', async () => {
    const task = await world.owner.do('task.create', { title: 'Thought about', status: 'todo' })
    expect(await ada.do('credits.charge', call({ cost_usd: '0.01', task: task.key }))).toMatchObject({ task: task.key })
    await ada.do('credits.charge', call({ cost_usd: '0.025', task: task.id }))
    expect(await world.owner.do('task.get', { id: task.key })).toMatchObject({ cost_usd: '0.035' })
    expect(await ada.do('credits.charge', call({ cost_usd: '0.01', task: 'NONE-7' }))).toMatchObject({ task: null })
  })
})

describe('a fixed rate of credits for tokens', () => {
  const rate = { input_credits_per_mtok: '40', output_credits_per_mtok: '160.5', cached_input_credits_per_mtok: '4' }
  const tokens = { input: 1000, output: 100, cached_input: 500 }
  // 500 · 40 + 500 · 4 + 100 · 160.5 micro-credits.
  const credits = '0.03805'
  const set = (model: string, more: object = {}) => world.owner.do('credits.price_update', { price: model, ...rate, ...more })
  test('credits by tokens; dollars by the provider, an own price or the library; both counted in budgets', async () => {
    await set('gpt-4o-mini')
    await set('house-fixed', { input_usd_per_mtok: '1', output_usd_per_mtok: '2' })
    const budget = await world.owner.do('credits.budget_create',
      { scope: { agent: 'ada' }, unit: 'credits', period: 'once', limit: '1000' })
    const before = await posted()
    expect(await ada.do('credits.charge', call({ tokens, cost_usd: '5' }))).toMatchObject({ credits, cost_usd: '5', source: 'reported' })
    expect(await ada.do('credits.charge', call({ tokens }))).toMatchObject({ credits, source: 'library' })
    expect(await ada.do('credits.charge', call({ tokens, model: 'house-fixed-2' })))
      .toMatchObject({ credits, cost_usd: '0.0012', source: 'override' })
    expect(before - await posted()).toBeCloseTo(3 * Number(credits), 6)
    const { items } = await world.owner.do('credits.budget_list')
    expect(items.find(({ id }: any) => id === budget.id)).toMatchObject({ used: '0.11415' })
    await world.owner.do('credits.budget_delete', { budget: budget.id })
  })
  test('where nobody knows dollars: paid once, noted when they are told, and no alarm', async () => {
    await set('fixed-only')
    const unpriced = async () => (await world.owner.do('event.list', { type: 'charge.unpriced', limit: 1000 })).items.length
    const [alarms, before] = [await unpriced(), await posted()]
    const spent = async () => (await world.owner.do('credits.balance', { agent: 'ada' })).usd_spent
    const dollars = Number(await spent())
    const one = call({ tokens, model: 'fixed-only-1' })
    expect(await ada.do('credits.charge', one)).toMatchObject({ credits, cost_usd: null, source: 'fixed' })
    expect(await ada.do('credits.charge', one)).toMatchObject({ credits, cost_usd: null, source: 'fixed' })
    const told = await ada.do('credits.charge', { ...one, cost_usd: '0.02' })
    expect(told).toMatchObject({ credits, cost_usd: '0.02', source: 'reported' })
    expect(told.transfer).not.toBe(null)
    expect(await ada.do('credits.charge', { ...one, cost_usd: '0.03' })).toMatchObject({ cost_usd: '0.02' })
    expect(before - await posted()).toBeCloseTo(Number(credits), 6)
    expect(Number(await spent()) - dollars).toBeCloseTo(0.02, 6)
    expect(await unpriced()).toBe(alarms)
  })
  test('by LiteLLM, too', async () => {
    const record = JSON.parse(fixture('litellm/single.json').toString())
    await set(/^[\w.-]+/.exec(record.model)![0])
    const id = fresh()
    const body = { ...record, id, metadata: { requester_metadata: { guildhall_agent: 'ada' } } }
    const answer = await (await report('/intake/litellm', JSON.stringify(body), 'application/json')).json() as any
    expect(answer).toMatchObject({ charged: 1 })
    const [row] = await world.sql<Record<string, any>>('select * from charges where call_id = $1', [id])
    const { input_tokens: input, output_tokens: output, cached_tokens: cached } = row!
    expect(Number(row!.credits)).toBe(Math.ceil((input - cached) * 40 + cached * 4 + output * 160.5))
    expect(row).toMatchObject({ source: 'reported', usd_micros: expect.anything() })
  })
  test('removed: credits follow the dollars again', async () => {
    for (const { model } of (await world.owner.do('credits.price_list')).items) {
      await world.owner.do('credits.price_update', { price: model, remove: true })
    }
    expect((await world.owner.do('credits.price_list')).items).toEqual([])
    expect(await ada.do('credits.charge', call({ cost_usd: '0.01' }))).toMatchObject({ credits: '1', source: 'reported' })
    expect((await world.owner.do('credits.verify')).ok).toBe(true)
  })
})

describe('once', () => {
  test('twenty reports of one call on two servers', async () => {
    const one = call({ cost_usd: '0.1' })
    const before = await posted()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? second.client(ada.token) : ada).call('credits.charge', { ...one, cost_usd: String(0.1 + index) })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') !== 'true')).toHaveLength(1)
    expect(new Set(answers.map(({ body }) => body.transfer)).size).toBe(1)
    expect(before - await posted()).toBeCloseTo(Number(answers[0]!.body.credits), 6)
  })
  test('unpriced first, priced by a later report', async () => {
    const one = call({ model: 'house-blend-8' })
    expect(await ada.do('credits.charge', one)).toMatchObject({ source: 'unpriced' })
    expect(await ada.do('credits.charge', { ...one, cost_usd: '0.02' })).toMatchObject({ source: 'reported', credits: '2' })
    expect(await ada.do('credits.charge', { ...one, cost_usd: '0.03' })).toMatchObject({ source: 'reported', credits: '2' })
  })
  test.each([
    ['with a price at last', [null, '0.02'], ['unpriced', 'reported']],
    ['without one again', [null, null], ['unpriced', 'unpriced']],
    ['with a price first', ['0.02', null], ['reported', 'reported']],
  ])('reported twice, %s: its tokens count once, and once it is said to be unpriced', async (_, costs, sources) => {
    const budget = await world.owner.do('credits.budget_create',
      { scope: { agent: 'ada' }, unit: 'tokens', period: 'once', limit: '1000000' })
    const unpriced = async () => (await world.owner.do('event.list', { type: 'charge.unpriced', limit: 1000 })).items.length
    const before = await unpriced()
    const one = call({ model: 'house-blend-9' })
    for (const [turn, cost_usd] of costs.entries()) {
      expect(await ada.do('credits.charge', cost_usd ? { ...one, cost_usd } : one)).toMatchObject({ source: sources[turn] })
    }
    const { items } = await world.owner.do('credits.budget_list')
    expect(items.find(({ id }: any) => id === budget.id)).toMatchObject({ used: '1500' })
    expect(await unpriced() - before).toBe(costs[0] ? 0 : 1)
    await world.owner.do('credits.budget_delete', { budget: budget.id })
  })
  test('the same call by LiteLLM, by its trace and by the agent: charged once', async () => {
    const body = fixture('litellm/array.json')
    for (const record of JSON.parse(body.toString())) {
      for (const name of ['user_api_key_auth_metadata', 'requester_metadata', 'spend_logs_metadata']) {
        const handle = record.metadata?.[name]?.guildhall_agent
        if (handle) await world.owner.call('agent.register', { handle, reports_to: 'lead' })
      }
      const alias = record.metadata?.user_api_key_alias
      if (alias) await world.owner.call('agent.register', { handle: alias, reports_to: 'lead' })
    }
    const spent = async () => Number((await world.sql<{ sum: string }>(
      "select coalesce(sum(amount), 0)::text as sum from transfers where kind = 'model'"))[0]!.sum)
    const first = await (await report('/intake/litellm', body, 'application/json')).json() as any
    expect(first.charged).toBeGreaterThan(3)
    const after = await spent()
    const again = await (await report('/intake/litellm', gzipSync(body), 'application/json',
      { 'content-encoding': 'gzip' }, second.url)).json() as any
    expect(again).toMatchObject({ charged: 0, repeated: first.charged })
    const trace = await report('/v1/traces', fixture('otlp/litellm.pb'), 'application/x-protobuf')
    expect(trace.status).toBe(200)
    expect(trace.headers.get('content-type')).toContain('application/x-protobuf')
    expect(await spent()).toBe(after)
    const [known] = await world.sql<{ call_id: string; handle: string }>(
      "select c.call_id, a.handle from charges c join actors a on a.id = c.agent_id where c.source <> 'unpriced' limit 1")
    await world.owner.do('credits.charge', call({ call_id: known!.call_id, agent: known!.handle, cost_usd: '9' }))
    expect(await spent()).toBe(after)
    expect((await world.owner.do('credits.verify')).ok).toBe(true)
  })
})

describe('the intakes', () => {
  test('a stock exporter’s spans, JSON and protobuf', async () => {
    for (const [name, type] of [['json', 'application/json'], ['pb', 'application/x-protobuf']] as const) {
      const answer = await report('/v1/traces', fixture(`otlp/exporter.${name}`), type)
      expect(answer.status).toBe(200)
    }
  })
  test('each record by itself: what is wrong is named, the rest is charged', async () => {
    const good = JSON.parse(fixture('litellm/single.json').toString())
    const record = (more: object) => ({ ...good, ...more, metadata: { requester_metadata: { guildhall_agent: 'ada' } } })
    const records = [
      record({ id: fresh(), response_cost: 0.01 }), record({ id: fresh(), prompt_tokens: -1, metadata: {} }),
      { ...record({ id: fresh() }), metadata: { requester_metadata: { guildhall_agent: 'nobody' } } },
    ]
    const answer = await (await report('/intake/litellm', JSON.stringify(records), 'application/json')).json() as any
    expect(answer.charged).toBeGreaterThanOrEqual(1)
    expect(answer.rejected.length).toBeGreaterThanOrEqual(1)
    expect(answer.rejected.at(-1)).toMatchObject({ call_id: records[2]!.id, code: 'not_found' })
  })
  test('1,000 records at once', async () => {
    const good = JSON.parse(fixture('litellm/single.json').toString())
    const metadata = { requester_metadata: { guildhall_agent: 'ada' } }
    const records = Array.from({ length: 1000 }, () => ({ ...good, id: fresh(), response_cost: 0.001, metadata }))
    const body = Buffer.from(JSON.stringify(records))
    const began = performance.now()
    const answer = await (await report('/intake/litellm', body, 'application/json')).json() as any
    console.log(`1,000 LiteLLM records (${(body.length / 1e6).toFixed(1)} MB) charged in ${Math.round(performance.now() - began)} ms`)
    expect(answer).toMatchObject({ charged: 1000, repeated: 0, rejected: [] })
    expect((await world.owner.do('credits.verify')).ok).toBe(true)
  })
  test.each<[string, string, () => Buffer | string, string, Record<string, string>, number, string]>([
    ['no JSON', '/intake/litellm', () => '{', 'application/json', {}, 400, 'invalid_input'],
    ['broken protobuf', '/v1/traces', () => Buffer.from([0x0a, 0xff, 0xff]), 'application/x-protobuf', {}, 400, 'invalid_input'],
    ['text', '/v1/traces', () => 'x', 'text/plain', {}, 415, 'unsupported_media_type'],
    ['17 MB', '/intake/litellm', () => Buffer.alloc(17 * 1024 * 1024, 0x20), 'application/json', {}, 413, 'payload_too_large'],
    ['a bomb', '/intake/litellm', () => gzipSync(Buffer.alloc(65 * 1024 * 1024)), 'application/json',
      { 'content-encoding': 'gzip' }, 413, 'payload_too_large'],
    ['no gzip', '/intake/litellm', () => '[]', 'application/json', { 'content-encoding': 'gzip' }, 400, 'invalid_input'],
    ['nobody', '/intake/litellm', () => '[]', 'application/json', { authorization: 'Bearer gh_none' }, 401, 'unauthenticated'],
  ])('%s is refused whole', async (_, path, body, type, headers, status, code) => {
    const answer = await report(path, body(), type, headers)
    expect([answer.status, ((await answer.json()) as any).code]).toEqual([status, code])
  })
})

test.each<[string, object, string]>([
  ['no call id', { call_id: '' }, '/call_id'], ['no model', { model: ' ' }, '/model'],
  ['minus tokens', { tokens: { input: -1, output: 0 } }, '/tokens/input'],
  ['half a token', { tokens: { input: 0.5, output: 0 } }, '/tokens/input'],
  ['more cached than there was', { tokens: { input: 1, output: 0, cached_input: 2 } }, '/tokens/cached_input'],
  ['a cost below 0', { cost_usd: '-1' }, '/cost_usd'], ['no number', { cost_usd: 'NaN' }, '/cost_usd'],
])('bad input: %s', async (_, more, pointer) => {
  const before = await posted()
  const { status, body } = await ada.call('credits.charge', call(more))
  expect([status, body.code, body.errors[0].pointer]).toEqual([400, 'invalid_input', pointer])
  expect(await posted()).toBe(before)
})
