import { expect, test } from 'vitest'
import type { UsageClaim } from './usage.ts'
import { callIdOf, parseUsd, readUsage } from './usage.ts'

const claim: UsageClaim = { call_id: 'chatcmpl-1', provider: 'openai', model: 'gpt-4o', input: 100, output: 10 }
const long = (length: number): string => 'a'.repeat(length)

test('a claim becomes a usage; what is not said is null, and no tokens are 0', () => {
  expect(readUsage({ call_id: 'c', model: 'm' })).toEqual({
    call_id: 'c', provider: 'unknown', model: 'm', tokens: { input: 0, output: 0, cached_input: 0 },
    cost_usd_micros: null, at: null, agent: null, task: null, run: null,
  })
})

test.each<[string, Partial<UsageClaim>, object]>([
  ['a cost as LiteLLM writes it', { cost_usd: 1.5e-5 }, { cost_usd_micros: 15n }],
  ['a cost of nothing', { cost_usd: 0 }, { cost_usd_micros: 0n }],
  ['tokens as digits, as OTLP has them', { input: '12', cached_input: '9' }, { tokens: { input: 12, output: 10, cached_input: 9 } }],
  ['tokens as a whole float', { input: 12.0 }, { tokens: { input: 12, output: 10, cached_input: 0 } }],
  ['minus zero is zero', { output: -0 }, { tokens: { input: 100, output: 0, cached_input: 0 } }],
  ['the most tokens', { input: 1_000_000_000 }, { tokens: { input: 1_000_000_000, output: 10, cached_input: 0 } }],
  ['all of the input from the cache', { cached_input: 100 }, { tokens: { input: 100, output: 10, cached_input: 100 } }],
  ['names are trimmed', { agent: ' builder ' }, { agent: 'builder' }],
  ['blank names are none', { agent: '  ', task: '', provider: '' }, { agent: null, task: null, provider: 'unknown' }],
  ['the longest name', { agent: long(200) }, { agent: long(200) }],
  ['another script', { agent: 'Работник' }, { agent: 'Работник' }],
  ['an instant in another zone', { at: '2026-11-21T15:00:00+01:00' }, { at: '2026-11-21T14:00:00.000Z' }],
  ['an instant in milliseconds', { at: 1_795_269_132_762 }, { at: '2026-11-21T13:52:12.762Z' }],
  ['nanoseconds are cut', { at: '2026-11-21T15:00:00.123456789Z' }, { at: '2026-11-21T15:00:00.123Z' }],
])('takes %s', (_, part, becomes) => {
  expect(readUsage({ ...claim, ...part })).toMatchObject(becomes)
})

test.each<[string, Partial<UsageClaim>, string, RegExp]>([
  ['no call id', { call_id: null }, '/call_id', /missing/],
  ['a blank call id', { call_id: '   ' }, '/call_id', /missing/],
  ['a number as call id', { call_id: 7 }, '/call_id', /text/],
  ['a long call id', { call_id: long(201) }, '/call_id', /200/],
  ['no model', { model: undefined }, '/model', /missing/],
  ['a NUL in a model', { model: 'gpt\0' }, '/model', /Control/],
  ['a line end in an agent', { agent: 'a\nb' }, '/agent', /Control/],
  ['half a character in a task', { task: '\ud800' }, '/task', /half/],
  ['a long agent', { agent: long(201) }, '/agent', /200/],
  ['a list as run', { run: ['r'] }, '/run', /text/],
  ['an object as provider', { provider: { toString: 1 } }, '/provider', /text/],
  ['tokens below zero', { input: -1 }, '/input', /whole/],
  ['tokens that are no number', { output: Number.NaN }, '/output', /whole/],
  ['endless tokens', { output: Number.POSITIVE_INFINITY }, '/output', /whole/],
  ['half a token', { input: 1.5 }, '/input', /whole/],
  ['half a token as text', { input: '1.5' }, '/input', /whole/],
  ['tokens in words', { input: 'many' }, '/input', /whole/],
  ['tokens below zero as text', { input: '-1' }, '/input', /whole/],
  ['blank tokens', { input: '' }, '/input', /whole/],
  ['true tokens', { input: true }, '/input', /whole/],
  ['a billion and one tokens', { input: 1_000_000_001 }, '/input', /At most/],
  ['a flood of digits', { input: '9'.repeat(100_000) }, '/input', /whole/],
  ['more from the cache than there was', { cached_input: 101 }, '/cached_input', /part of the input/],
  ['a cost below zero', { cost_usd: -0.01 }, '/cost_usd', /dollars/],
  ['a cost that is no number', { cost_usd: Number.NaN }, '/cost_usd', /dollars/],
  ['a cost in words', { cost_usd: '$1' }, '/cost_usd', /dollars/],
  ['a cost above a million', { cost_usd: '1000000.0000001' }, '/cost_usd', /dollars/],
  ['a day', { at: '2026-11-21' }, '/at', /RFC 3339/],
  ['the 45th', { at: '2026-11-45T00:00:00Z' }, '/at', /RFC 3339/],
  ['seconds for milliseconds', { at: 1_795_269_132 }, '/at', /RFC 3339/],
  ['nanoseconds for milliseconds', { at: 1.795e18 }, '/at', /RFC 3339/],
  ['an instant that is no number', { at: Number.NaN }, '/at', /RFC 3339/],
])('names %s', (_, part, pointer, message) => {
  expect(readUsage({ ...claim, ...part })).toEqual({ pointer, message: expect.stringMatching(message) })
})

test('a finding points into what was sent', () => {
  expect(readUsage({ ...claim, input: -1 }, { input: '/prompt_tokens' })).toMatchObject({ pointer: '/prompt_tokens' })
})

test.each<[unknown, bigint | null]>([
  ['1', 1_000_000n],
  [0.1, 100_000n],
  [0.00012539999999999999, 126n],
  [2.9999999999999997e-5, 30n],
  [3.0000000000000004e-5, 31n],
  ['1.6e-07', 1n],
  ['1e-60', 1n],
  ['0.000001', 1n],
  ['0.0000010', 1n],
  [-0, 0n],
  ['1000000', 1_000_000_000_000n],
  ['1e6', 1_000_000_000_000n],
  ['1e7', null],
  ['-1', null],
  ['NaN', null],
  ['Infinity', null],
  [true, null],
])('%s dollars are %s micro-dollars', (value, micros) => {
  expect(parseUsd(value)).toBe(micros)
})

test.each<[string, unknown, unknown, unknown]>([
  ['the response’s', 'chatcmpl-0123456789abcdef', 'call', 'chatcmpl-0123456789abcdef'],
  ['not one of a die', 'chatcmpl-831', 'call', 'call'],
  ['one of a die when there is no other', 'chatcmpl-831', null, 'chatcmpl-831'],
  ['the longest that is kept', long(200), 'call', long(200)],
  ['not one too long', long(201), 'call', 'call'],
  ['one too long when there is no other, to be named', long(201), null, long(201)],
  ['the other when there is none', null, 'call', 'call'],
  ['not a blank one', ' ', 'call', 'call'],
  ['what is no text stays, to be named', 7, 'call', 7],
])('a call’s id: %s', (_, response, other, id) => {
  expect(callIdOf(response, other)).toBe(id)
})
