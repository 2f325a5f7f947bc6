/** What the real LiteLLM proxy sent (test/harness/litellm), and what a broken sender might. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readLitellm } from '../../api/intake/litellm.ts'

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../fixtures/litellm', name), 'utf8')
type Record_ = { [name: string]: any }
const records: Record_[] = JSON.parse(fixture('array.json'))
/** The calls of calls.py, in the order in which it makes them. */
const [
  plain, inMetadata, inSpendLogs, inTags, inHeader, streamed, streamedWithUsage, byAlias, byUser, unknown, unknownStreamed,
  priced, free, failed, failedStream, noModel, filled, cached, embedding, pinned, responses, messages,
] = records as [Record_, ...Record_[]] & Record_[]

const read = (record: unknown) => readLitellm(JSON.stringify(record))
const changed = (change: (record: Record_) => void): Record_ => {
  const record = structuredClone(plain)
  change(record)
  return record
}
/** One that used no tokens. */
const unused = (response_cost: number): Record_ =>
  ({ ...plain, prompt_tokens: 0, completion_tokens: 0, response_cost, metadata: {} })
const spent = (names: object): Record_ => changed((one) => { one.metadata.spend_logs_metadata = names })

describe('what the proxy sends', () => {
  test('as an array, its default form: failures and cached answers are neither usages nor rejects', () => {
    const { usages, rejects } = readLitellm(fixture('array.json'))
    expect(rejects).toEqual([])
    expect(usages.length).toBe(18)
    expect(new Set(usages.map(({ call_id }) => call_id)).size).toBe(18)
  })
  test('as lines', () => {
    const { usages, rejects } = readLitellm(fixture('lines.ndjson'))
    expect(rejects).toEqual([])
    expect(usages).toEqual(readLitellm(fixture('array.json')).usages.slice(0, 3))
  })
  test('as one object', () => {
    const { usages } = readLitellm(fixture('single.json'))
    expect(usages).toEqual([expect.objectContaining({ model: 'gpt-4o-mini', cost_usd_micros: 126n })])
  })
  test('a call, whole', () => {
    expect(read(inMetadata).usages).toEqual([{
      call_id: inMetadata!.id, provider: 'openai', model: 'gpt-4o-mini',
      tokens: { input: 1200, output: 34, cached_input: 1000 }, cost_usd_micros: 126n,
      at: new Date(Math.floor(inMetadata!.endTime * 1000)).toISOString(),
      agent: 'builder', task: 'TASK-42', run: 'run-7',
    }])
  })

  const named = { agent: 'builder', task: 'TASK-42', run: 'run-7' }
  const nobody = { agent: null, task: null, run: null }
  test.each<[string, unknown, object]>([
    ['nobody', plain, nobody],
    ['named in metadata', inMetadata, named],
    ['named in spend_logs_metadata', inSpendLogs, named],
    ['named in tags', inTags, named],
    ['named in a header', inHeader, named],
    ['named before the user is asked', streamed, named],
    ['by the alias of the key', byAlias, { ...nobody, agent: 'builder' }],
    ['by the user', byUser, { ...nobody, agent: 'ada' }],
    ['by the key, whatever the caller says', pinned, { ...named, agent: 'warden' }],
  ])('whose call: %s', (_, record, names) => {
    expect(read(record).usages).toMatchObject([names])
  })

  test.each<[string, unknown, bigint | null]>([
    ['a float that drifted', plain, 126n],
    ['an exponent', priced, 44n],
    ['less than a micro-dollar', embedding, 1n],
    ['streamed', streamedWithUsage, 126n],
    ['a price that LiteLLM does not know is reported as 0 and is not said', unknown, null],
    ['… streamed', unknownStreamed, null],
    ['a price of 0 looks the same', free, null],
    ['the call that filled the cache', filled, 126n],
  ])('what it cost: %s', (_, record, cost_usd_micros) => {
    expect(read(record).usages).toMatchObject([{ cost_usd_micros }])
  })

  test.each<[string, unknown]>([
    ['a call that failed', failed],
    ['a stream that failed', failedStream],
    ['a model that there is not', noModel],
    ['an answer from the cache', cached],
    ['a listing of files', unused(0)],
  ])('nothing to charge: %s', (_, record) => {
    expect(read(record)).toEqual({ usages: [], rejects: [] })
  })
  test('an image costs without tokens', () => {
    const image = unused(0.04)
    expect(read(image).usages).toMatchObject([{ cost_usd_micros: 40_000n }])
  })
  test('an id that is not unique yields to the id of the call', () => {
    expect(read({ ...plain, id: 'chatcmpl-831' }).usages).toMatchObject([{ call_id: plain.litellm_call_id }])
  })
  test.each<[string, Record_ | undefined, object]>([
    ['Responses', responses, { agent: 'builder', task: 'TASK-42', run: 'run-7' }],
    ['Messages', messages, { agent: 'ada', task: null, run: null }],
  ])('an id that LiteLLM sealed yields, too: %s', (_, record, names) => {
    expect(record!.id.length).toBeGreaterThan(200)
    expect(read(record).usages).toMatchObject([{ call_id: record!.litellm_call_id, model: 'gpt-4o-mini', cost_usd_micros: 126n, ...names }])
  })
  test.each<[string, string, string]>([
    ['openai/gpt-4o', 'openai', 'gpt-4o'],
    ['openrouter/openai/gpt-4o', 'openrouter', 'openai/gpt-4o'],
    ['meta/llama-4', 'groq', 'meta/llama-4'],
    ['openaiish/gpt-4o', 'openai', 'openaiish/gpt-4o'],
  ])('the model %s of %s is %s', (model, custom_llm_provider, name) => {
    expect(read({ ...plain, model, custom_llm_provider }).usages).toMatchObject([{ model: name }])
  })
  test('a long user is passed over, a long name that was given is not', () => {
    expect(read({ ...plain, end_user: 'u'.repeat(201) }).usages).toMatchObject([{ agent: null }])
    const long = changed((one) => { one.metadata.requester_metadata.guildhall_agent = 'u'.repeat(201) })
    expect(read(long).rejects).toMatchObject([{ index: 0, pointer: '/metadata/requester_metadata/guildhall_agent' }])
  })
})

describe('what is wrong is named, and fails no other', () => {
  test.each<[string, unknown, string]>([
    ['no id at all', { ...plain, id: null, litellm_call_id: null }, '/id'],
    ['a number as id', { ...plain, id: 7 }, '/id'],
    ['no model', { ...plain, model: '' }, '/model'],
    ['no status', { ...plain, status: undefined }, '/status'],
    ['an odd status', { ...plain, status: 'SUCCESS' }, '/status'],
    ['tokens below zero', { ...plain, prompt_tokens: -1 }, '/prompt_tokens'],
    ['half a token', { ...plain, completion_tokens: 0.5 }, '/completion_tokens'],
    ['a cost below zero', { ...plain, response_cost: -1 }, '/response_cost'],
    ['a cost in words', { ...plain, response_cost: 'none' }, '/response_cost'],
    ['a cost of too much', { ...plain, response_cost: 1e300 }, '/response_cost'],
    ['an end in words', { ...plain, endTime: 'now' }, '/endTime'],
    ['an end in milliseconds', { ...plain, endTime: 1_795_269_132_762 }, '/endTime'],
    ['more from the cache than there was', { ...plain, prompt_tokens: 10 }, '/metadata/usage_object'],
    ['an agent that is a list', spent({ guildhall_agent: ['a'] }), '/metadata/spend_logs_metadata/guildhall_agent'],
    ['a task that is a number', spent({ guildhall_task: 42 }), '/metadata/spend_logs_metadata/guildhall_task'],
    ['a run too long for a name', { ...plain, request_tags: [`guildhall_run:${'r'.repeat(201)}`] }, '/request_tags'],
    ['null, which LiteLLM sends when it failed to make a record', null, ''],
    ['text', 'hello', ''],
    ['a list in the list', [plain], ''],
  ])('%s', (_, record, pointer) => {
    const { usages, rejects } = read([inMetadata, record, inTags])
    expect(rejects).toEqual([{ index: 1, pointer, message: expect.any(String) }])
    expect(usages.map(({ call_id }) => call_id)).toEqual([inMetadata!.id, inTags!.id])
  })
  test('a line that was cut off', () => {
    const { usages, rejects } = readLitellm(`${JSON.stringify(plain)}\n\n{"id":\n${JSON.stringify(inTags)}\r\n`)
    expect(rejects).toEqual([{ index: 1, pointer: '', message: expect.any(String) }])
    expect(usages.length).toBe(2)
  })
  test.each<[string, string]>([
    ['blank', ''],
    ['text', 'hello\nworld'],
    ['an array that was cut off', JSON.stringify(records).slice(0, -10)],
    ['an object over many lines, cut off', JSON.stringify(plain, null, 1).slice(0, -10)],
    ['not a number', '[NaN]'],
    ['too many', `[${'null,'.repeat(10_000)}null]`],
    ['too many lines', '{\n'.repeat(10_001)],
    ['a pit of lists', '['.repeat(1_000_000)],
  ])('a body that is none: %s', (_, body) => {
    expect(readLitellm(body)).toEqual({ usages: [], rejects: [{ index: null, pointer: '', message: expect.any(String) }] })
  })
  test('an empty batch is a batch', () => {
    expect(readLitellm('[]')).toEqual({ usages: [], rejects: [] })
  })
  test('a deep list within a record is no matter', () => {
    const deep = `${JSON.stringify(plain).slice(0, -1)},"messages":${'['.repeat(5000)}${']'.repeat(5000)}}`
    expect(readLitellm(deep).usages.length).toBe(1)
  })
  test('whatever stands in a record, it never throws, and a usage is sound', () => {
    const names = Object.keys(plain)
    fc.assert(fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
      const { usages, rejects } = read({ ...plain, [name]: value })
      expect(usages.length + rejects.length).toBeLessThanOrEqual(1)
      for (const { tokens } of usages) expect(tokens.cached_input).toBeLessThanOrEqual(tokens.input)
    }))
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (body) => { readLitellm(body) }))
  })
})
