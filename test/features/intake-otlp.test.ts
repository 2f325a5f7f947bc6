/**
 * What stock exporters sent (test/harness/otlp, test/harness/litellm), and what a broken or a
 * hostile sender might.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readLitellm } from '../../api/intake/litellm.ts'
import { readOtlp } from '../../api/intake/otlp.ts'
import { bytes, doubleOf, message, text, varint } from '../harness/wire.ts'

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../fixtures', name))
/** What cannot be made text or a number: trying throws. */
const hostile = { toString: 1, valueOf: 1, low: 1 }
const refusedWhole = { usages: [], rejects: [{ index: null, pointer: expect.any(String), message: expect.any(String) }] }
const readJson = (body: unknown) => readOtlp(Buffer.from(JSON.stringify(body)), 'json')

const traceId = '5b8efff798038103d269b633813fc60c'
const spanId = 'eee19b7ec3c1b174'
type Attributes = Record<string, unknown>
const any = (value: unknown) => (typeof value === 'string' ? { stringValue: value }
  : Number.isInteger(value) ? { intValue: String(value) } : typeof value === 'number' ? { doubleValue: value } : value)
const listed = (attributes: Attributes) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: any(value) }))
const span = (attributes: Attributes, more: object = {}) =>
  ({ traceId, spanId, name: 'chat', endTimeUnixNano: '1795269132762000000', attributes: listed(attributes), ...more })
const traces = (spans: unknown, resource: Attributes = {}) =>
  ({ resourceSpans: [{ resource: { attributes: listed(resource) }, scopeSpans: [{ spans }] }] })
const input = 'gen_ai.usage.input_tokens'
const output = 'gen_ai.usage.output_tokens'
const read = 'gen_ai.usage.cache_read.input_tokens'
const call: Attributes = { 'gen_ai.system': 'openai', 'gen_ai.request.model': 'gpt-4o', [input]: 100, [output]: 10 }
const readCall = (attributes: Attributes, resource: Attributes = {}) => readJson(traces([span({ ...call, ...attributes })], resource))

describe('what stock exporters send', () => {
  test('JSON and protobuf of the same spans are the same; agents’ sums and tools are passed over', () => {
    const json = readOtlp(fixture('otlp/exporter.json'), 'json')
    expect(readOtlp(fixture('otlp/exporter.pb'), 'protobuf')).toEqual(json)
    expect(json.rejects).toEqual([])
    expect(json.usages).toEqual([
      {
        call_id: 'chatcmpl-0123456789abcdef0123456789abcdef', provider: 'openai', model: 'gpt-4o-mini-2024-07-18',
        tokens: { input: 1200, output: 34, cached_input: 1000 }, cost_usd_micros: null, at: expect.stringMatching(/^2026-/),
        agent: 'builder', task: 'TASK-42', run: 'run-7',
      },
      {
        call_id: expect.stringMatching(/^[\da-f]{32}-[\da-f]{16}$/), provider: 'anthropic', model: 'claude-sonnet-4-5',
        tokens: { input: 50, output: 5, cached_input: 0 }, cost_usd_micros: 225n, at: expect.stringMatching(/^2026-/),
        agent: 'scout', task: null, run: null,
      },
    ])
  })
  test('LiteLLM’s spans name the same calls, costs and instants as its callback', () => {
    const { usages, rejects } = readOtlp(fixture('otlp/litellm.pb'), 'protobuf')
    expect(rejects).toEqual([])
    const facts = (from: typeof usages) => new Map(from.map((one) => [one.call_id, [one.cost_usd_micros, one.at, one.tokens.output]]))
    const called = facts(readLitellm(fixture('litellm/array.json').toString()).usages)
    // An answer from its cache has a span with the id of the first answer: the same charge.
    const first = usages.filter(({ call_id }, index) => usages.findIndex((one) => one.call_id === call_id) === index)
    expect(usages.length).toBe(first.length + 1)
    expect(facts(first)).toEqual(called)
    expect(new Set(usages.map(({ model }) => model))).toContain('gpt-4o-mini')
  })
})

describe('a span', () => {
  const id = 'chatcmpl-0123456789abcdef'
  test.each<[string, Attributes, Attributes, object]>([
    ['the id of the response', { 'gen_ai.response.id': id }, {}, { call_id: id }],
    ['not one of a die', { 'gen_ai.response.id': 'chatcmpl-831' }, {}, { call_id: `${traceId}-${spanId}` }],
    ['LiteLLM’s id of the call before the span’s', { 'litellm.call_id': 'abc' }, {}, { call_id: 'abc' }],
    ['the provider by its new name', { 'gen_ai.provider.name': 'azure.ai.openai' }, {}, { provider: 'azure.ai.openai' }],
    ['the model that answered', { 'gen_ai.response.model': 'gpt-4o-2024-11-20' }, {}, { model: 'gpt-4o-2024-11-20' }],
    ['the model, not its group', { 'gen_ai.response.model': 'fast', 'litellm.provider.model': 'openai/gpt-4o' }, {}, { model: 'gpt-4o' }],
    ['new names of tokens before old ones', { 'gen_ai.usage.prompt_tokens': 7 }, {}, { tokens: { input: 100 } }],
    ['tokens from the cache', { 'gen_ai.usage.cache_read_input_tokens': 60 }, {}, { tokens: { cached_input: 60 } }],
    ['the cost', { 'gen_ai.usage.cost': 1.5e-5 }, {}, { cost_usd_micros: 15n }],
    ['a cost as text', { 'operation.cost': '0.0000155' }, {}, { cost_usd_micros: 16n }],
    ['a cost of 0 is not said', { 'gen_ai.cost.total_cost': 0 }, {}, { cost_usd_micros: null }],
    ['whose it is, on the span', { 'guildhall.agent': 'a' }, { 'guildhall.agent': 'b' }, { agent: 'a' }],
    ['whose, on the resource', { 'gen_ai.agent.name': 'c' }, { 'guildhall.agent': 'b', 'guildhall.task': 'T' }, { agent: 'b', task: 'T' }],
    ['whose it is, by the conventions', { 'gen_ai.agent.name': 'c' }, {}, { agent: 'c' }],
    ['a service is no agent', {}, { 'service.name': 'crew' }, { agent: null }],
    ['blank names are none', { 'guildhall.agent': '', 'gen_ai.agent.name': 'c' }, {}, { agent: 'c' }],
    ['when it ended', {}, {}, { at: '2026-11-21T13:52:12.762Z' }],
  ])('says %s', (_, attributes, resource, becomes) => {
    expect(readCall(attributes, resource)).toMatchObject({ usages: [becomes], rejects: [] })
  })
  describe('of LiteLLM, which writes metadata as Python does, says', () => {
    const names = "'guildhall_agent': 'builder', 'guildhall_task': 'TASK-42', 'guildhall_run': 'run-7'"
    const requester = `{${names}, 'trace_id': '0a3d', 'headers': {}}`
    const none = { agent: null, task: null, run: null }
    test.each<[string, Attributes, object]>([
      ['whose it is, of what it is', { requester_metadata: requester }, { agent: 'builder', task: 'TASK-42', run: 'run-7' }],
      ['first what the key says', { user_api_key_auth_metadata: "{'guildhall_agent': 'warden'}", requester_metadata: requester },
        { agent: 'warden', task: 'TASK-42' }],
      ['what was said for the log of spending', { spend_logs_metadata: "{'guildhall_task': 'TASK-42'}", requester_metadata: "{'a': 1}" },
        { agent: null, task: 'TASK-42' }],
      ['what was said there within', { requester_metadata: "{'spend_logs_metadata': {'guildhall_task': 'TASK-42'}}" }, { task: 'TASK-42' }],
      ['tags', { requester_metadata: "{'tags': ['guildhall_agent:builder', 'guildhall_task:TASK-42']}" },
        { agent: 'builder', task: 'TASK-42' }],
      ['a name before a tag', { requester_metadata: "{'tags': ['guildhall_agent:a'], 'guildhall_agent': 'b'}" }, { agent: 'b' }],
      ['what is said for us before the alias of a key', { requester_metadata: requester, user_api_key_alias: 'ada' }, { agent: 'builder' }],
      ['the alias of a key', { user_api_key_auth_metadata: '{}', user_api_key_alias: 'ada' }, { agent: 'ada', task: null }],
      ['a name with a quote in it', { requester_metadata: `{'guildhall_agent': "it's", 'guildhall_run': 'a \\'b\\' "c"'}` },
        { agent: "it's", run: 'a \'b\' "c"' }],
      ['JSON, too', { requester_metadata: '{"guildhall_agent": "builder"}' }, { agent: 'builder' }],
      ['nothing where nothing is', { requester_metadata: "{'guildhall_agent': None, 'guildhall_task': 7, 'my_guildhall_run': 'x'}" }, none],
      ['nothing of what was cut off', { requester_metadata: "{'guildhall_agent': 'buil" }, none],
      ['nothing of a number', { requester_metadata: 7 }, none],
    ])('%s', (_, metadata, becomes) => {
      const named = Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`metadata.${name}`, value]))
      expect(readCall(named)).toMatchObject({ usages: [becomes], rejects: [] })
    })
    test('of itself first, then what LiteLLM was told, then what its resource says', () => {
      const told = { 'metadata.requester_metadata': requester }
      expect(readCall({ 'guildhall.agent': 'own', ...told }).usages).toMatchObject([{ agent: 'own', task: 'TASK-42' }])
      expect(readCall(told, { 'guildhall.agent': 'crew' }).usages).toMatchObject([{ agent: 'builder' }])
    })
    test('megabytes of quotes are read in time', () => {
      const started = performance.now()
      for (const part of ["'", "\\'", "'guildhall_agent': '", `'guildhall_agent': "\\`, "'guildhall_agent:"]) {
        readCall({ 'metadata.requester_metadata': part.repeat(1_000_000 / part.length) })
      }
      expect(performance.now() - started).toBeLessThan(5000)
    })
  })
  test.each<[string, unknown]>([
    ['one that is no call', span({ 'http.request.method': 'GET' })],
    ['one of a call without usage', span({ 'gen_ai.system': 'openai', 'gen_ai.request.model': 'gpt-4o' })],
    ['one that used nothing', span({ ...call, 'gen_ai.usage.input_tokens': 0, 'gen_ai.usage.output_tokens': 0 })],
    ['the sum of an agent', span({ ...call, 'gen_ai.operation.name': 'invoke_agent' })],
    ['a tool', span({ ...call, 'gen_ai.operation.name': 'execute_tool' })],
    ['one without anything', {}],
  ])('is passed over: %s', (_, one) => {
    expect(readJson(traces([one]))).toEqual({ usages: [], rejects: [] })
  })
  test('a hostile operation is none that is passed over', () => {
    expect(readCall({ 'gen_ai.operation.name': { stringValue: hostile } }).usages.length).toBe(1)
  })
  test('a resource cannot say for all its spans what they used', () => {
    expect(readJson(traces([span({})], call))).toEqual({ usages: [], rejects: [] })
  })
  test.each<[string, unknown, string]>([
    ['no model', span({ 'gen_ai.usage.input_tokens': 1 }), '/attributes/gen_ai.request.model'],
    ['tokens below zero', span({ ...call, 'gen_ai.usage.input_tokens': -1 }), '/attributes/gen_ai.usage.input_tokens'],
    ['half a token', span({ ...call, 'gen_ai.usage.output_tokens': 0.5 }), '/attributes/gen_ai.usage.output_tokens'],
    ['tokens that are no number', span({ ...call, [output]: { doubleValue: 'NaN' } }), `/attributes/${output}`],
    ['a list of tokens', span({ ...call, [input]: { arrayValue: { values: [] } } }), `/attributes/${input}`],
    ['a hostile number', span({ ...call, [input]: { intValue: hostile } }), `/attributes/${input}`],
    ['a hostile cost', span({ ...call, 'gen_ai.usage.cost': { stringValue: hostile } }), '/attributes/gen_ai.usage.cost'],
    ['a hostile name', span({ ...call, 'guildhall.agent': { stringValue: hostile } }), '/attributes/guildhall.agent'],
    ['more from the cache than there was', span({ ...call, [read]: 101 }), `/attributes/${read}`],
    ['a cost below zero', span({ ...call, 'gen_ai.usage.cost': -1 }), '/attributes/gen_ai.usage.cost'],
    ['a long agent', span({ ...call, 'guildhall.agent': 'a'.repeat(201) }), '/attributes/guildhall.agent'],
    ['no id', span(call, { spanId: undefined }), '/spanId'],
    ['an id of zeros', span(call, { traceId: '0'.repeat(32) }), '/spanId'],
    ['an id that is no hex', span(call, { traceId: 'z'.repeat(32) }), '/spanId'],
    ['an id as an object', span(call, { traceId: hostile }), '/spanId'],
    ['an end in words', span(call, { endTimeUnixNano: 'now' }), '/endTimeUnixNano'],
    ['an end that is an object', span(call, { endTimeUnixNano: hostile }), '/endTimeUnixNano'],
    ['an end far away', span(call, { endTimeUnixNano: '99999999999999999999' }), '/endTimeUnixNano'],
    ['too many attributes', span(call, { attributes: Array(1001).fill({ key: 'a', value: { stringValue: 'b' } }) }), '/attributes'],
    ['attributes that are no list', span(call, { attributes: { a: 1 } }), '/attributes'],
    ['no span', null, ''],
    ['text', 'span', ''],
  ])('is named, and fails no other: %s', (_, one, pointer) => {
    const { usages, rejects } = readJson(traces([span(call), one, span(call, { spanId: 'aaa19b7ec3c1b174' })]))
    expect(rejects).toEqual([{ index: 1, pointer, message: expect.any(String) }])
    expect(usages.length).toBe(2)
  })
})

/** Bytes by hand: the field numbers of opentelemetry-proto's trace/v1 and common/v1. */
const keyValue = (key: string, value: Buffer): Buffer => message(9, text(1, key), message(2, value))
const wireSpan = (...parts: Buffer[]): Buffer => message(2,
  bytes(1, Buffer.from(traceId, 'hex')), bytes(2, Buffer.from(spanId, 'hex')),
  keyValue('gen_ai.request.model', text(1, 'gpt-4o')), keyValue('gen_ai.usage.input_tokens', varint(3, 100)), ...parts)
const wireTraces = (...spans: Buffer[]): Buffer => message(1, message(2, ...spans))
const readWire = (body: Buffer) => readOtlp(body, 'protobuf')

describe('protobuf', () => {
  test('by hand, with fields that nobody knows', () => {
    const unknown = [text(99, 'new'), varint(98, 1), doubleOf(97, 1.5)]
    expect(readWire(wireTraces(wireSpan(...unknown, keyValue('gen_ai.cost.total_cost', doubleOf(4, 1.5e-5)))))).toMatchObject({
      usages: [{ call_id: `${traceId}-${spanId}`, model: 'gpt-4o', tokens: { input: 100 }, cost_usd_micros: 15n }], rejects: [],
    })
  })
  test('an empty body is an empty request', () => {
    expect(readWire(Buffer.alloc(0))).toEqual({ usages: [], rejects: [] })
  })
  test('a number above what a float counts is named, not rounded', () => {
    const body = wireTraces(wireSpan(keyValue('gen_ai.usage.output_tokens', varint(3, 2n ** 62n))))
    expect(readWire(body).rejects).toMatchObject([{ index: 0, pointer: '/attributes/gen_ai.usage.output_tokens' }])
  })
  const whole = fixture('otlp/exporter.pb')
  test.each<[string, Buffer]>([
    ['JSON', Buffer.from(JSON.stringify(traces([span(call)])))],
    ['text', Buffer.from('hello world')],
    ['zeros', Buffer.alloc(1000)],
    ['cut off', whole.subarray(0, whole.length / 2)],
    ['its last byte lost', whole.subarray(0, -1)],
    ['its first byte lost', whole.subarray(1)],
    ['spans as a number', varint(1, 5)],
    ['an attribute cut off inside', wireTraces(wireSpan(keyValue('gen_ai.system', Buffer.from([0x0a, 0x7f]))))],
    ['a length of four billion', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a number without an end', Buffer.alloc(1000, 0xff)],
    ['a pit of groups', Buffer.alloc(1_000_000, 0x7b)],
  ])('a body that is none: %s', (_, body) => {
    expect(readWire(body)).toEqual(refusedWhole)
  })
  test('a list in a list in a list, as a value, is not followed', () => {
    let deep: Buffer = text(1, 'x')
    for (let at = 0; at < 3000; at++) deep = message(5, message(1, deep))
    const { rejects } = readWire(wireTraces(wireSpan(keyValue('gen_ai.system', deep))))
    expect(rejects).toMatchObject([{ pointer: '/attributes/gen_ai.system' }])
    expect(readWire(wireTraces(wireSpan(keyValue('other', deep)))).usages.length).toBe(1)
  })
  test('a million attributes are named in time', () => {
    const many = Buffer.concat(Array(1_000_000).fill(keyValue('a', text(1, 'b'))))
    const started = performance.now()
    expect(readWire(wireTraces(wireSpan(many))).rejects).toMatchObject([{ index: 0, pointer: '/attributes' }])
    expect(performance.now() - started).toBeLessThan(10_000)
  })
  test('whatever byte is lost or changed, it never throws', () => {
    fc.assert(fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
      const body = Buffer.from(whole)
      body[at] = byte
      readWire(isCut ? body.subarray(0, at) : body)
    }), { numRuns: 2000 })
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (body) => { readOtlp(body, 'protobuf') }))
  })
})

describe('JSON', () => {
  test.each<[string, string]>([
    ['blank', ''],
    ['cut off', fixture('otlp/exporter.json').toString().slice(0, -5)],
    ['a list', '[]'],
    ['null', 'null'],
    ['the names of protobuf', '{"resource_spans":[]}'],
    ['spans as text', '{"resourceSpans":"all"}'],
    ['scopes as text', '{"resourceSpans":[{"scopeSpans":"all"}]}'],
    ['spans of a scope as text', '{"resourceSpans":[{"scopeSpans":[{"spans":"all"}]}]}'],
    ['attributes of a resource as text', '{"resourceSpans":[{"resource":{"attributes":"all"}}]}'],
    ['too many spans', JSON.stringify(traces(Array(10_001).fill({})))],
    ['a pit of lists', '['.repeat(1_000_000)],
  ])('a body that is none: %s', (_, body) => {
    expect(readOtlp(Buffer.from(body), 'json')).toEqual(refusedWhole)
  })
  test.each(['{}', '{"resourceSpans":[]}', '{"resourceSpans":[{}]}', '{"resourceSpans":[null]}'])('an empty request: %s', (body) => {
    expect(readOtlp(Buffer.from(body), 'json')).toEqual({ usages: [], rejects: [] })
  })
  test('whatever stands in a span, it never throws', () => {
    const parts = fc.constantFrom('traceId', 'spanId', 'endTimeUnixNano', 'attributes')
    fc.assert(fc.property(parts, fc.jsonValue(), (name, value) => { readJson(traces([span(call, { [name]: value })])) }))
    const keys = fc.constantFrom(...Object.keys(call), 'guildhall.agent', 'gen_ai.response.id', 'gen_ai.usage.cost', 'litellm.call_id')
    fc.assert(fc.property(keys, fc.jsonValue(), fc.jsonValue(), (key, one, two) => {
      readJson(traces([span({ ...call, [key]: one }), span({ ...call, [key]: { stringValue: two, intValue: one } })]))
    }))
  })
})
