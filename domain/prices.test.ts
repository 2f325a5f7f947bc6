import { expect, test } from 'vitest'
import { libraryPrice } from '../handlers/prices.ts'
import type { LibraryPrice, PriceOverride } from './prices.ts'
import { creditsOf, fixedCreditsOf, priceOf, refusePrice } from './prices.ts'
import type { Usage } from './usage.ts'

const usage = (model: string, tokens: Partial<Usage['tokens']> = {}, more: Partial<Usage> = {}): Usage => ({
  call_id: 'c', provider: 'openai', model, tokens: { input: 1000, output: 100, cached_input: 0, ...tokens },
  cost_usd_micros: null, at: '2026-09-01T12:00:00.000Z', agent: null, task: null, run: null, ...more,
})
const price = (model: string, input: string, output: string, more: Partial<PriceOverride> = {}): PriceOverride => ({
  provider: null, model, input_usd_per_mtok: input, output_usd_per_mtok: output, cached_input_usd_per_mtok: null,
  input_credits_per_mtok: null, output_credits_per_mtok: null, cached_input_credits_per_mtok: null, ...more,
})
/** A row that sets credits only. */
const fixed = (model: string, input: string, output: string, cached_input: string | null = null): PriceOverride => ({
  ...price(model, '0', '0'), input_usd_per_mtok: null, output_usd_per_mtok: null,
  input_credits_per_mtok: input, output_credits_per_mtok: output, cached_input_credits_per_mtok: cached_input,
})
const cached = (model: string, input: string, output: string, cached_input_usd_per_mtok: string): PriceOverride =>
  price(model, input, output, { cached_input_usd_per_mtok })
const nothing = (): null => null

test.each<[string, Usage, PriceOverride[], bigint, string]>([
  ['input and output', usage('house'), [price('house', '2', '10')], 3000n, 'house'],
  ['the exact model before a prefix', usage('gpt-4o'), [price('gpt-4', '1', '1'), price('gpt-4o', '2', '10')], 3000n, 'gpt-4o'],
  ['the longest prefix', usage('abcd'), [price('ab', '9', '9'), price('abc', '2', '10'), price('a', '9', '9')], 3000n, 'abc'],
  ['its provider before any', usage('m'), [price('m', '9', '9'), price('m', '2', '10', { provider: 'openai' })], 3000n, 'm'],
  ['… in either order', usage('m'), [price('m', '2', '10', { provider: 'openai' }), price('m', '9', '9')], 3000n, 'm'],
  ['exact before a prefix of its own', usage('mm'), [price('m', '9', '9', { provider: 'openai' }), price('mm', '2', '10')], 3000n, 'mm'],
  ['not another provider', usage('m'), [price('m', '9', '9', { provider: 'azure' }), price('m', '2', '10')], 3000n, 'm'],
  ['letters large and small', usage('GPT-X'), [price('gpt-x', '2', '10', { provider: 'OpenAI' })], 3000n, 'gpt-x'],
  ['cached input at its own price', usage('m', { cached_input: 600 }), [cached('m', '2', '10', '0.5')], 2100n, 'm'],
  ['cached input as input without one', usage('m', { cached_input: 600 }), [price('m', '2', '10')], 3000n, 'm'],
  ['cached input for nothing', usage('m', { cached_input: 1000 }), [cached('m', '2', '0', '0')], 0n, 'm'],
  ['free of charge is a price', usage('m'), [price('m', '0', '0')], 0n, 'm'],
  ['rounded up once, not for each part', usage('m', { input: 1, output: 1, cached_input: 0 }), [price('m', '0.5', '0.4')], 1n, 'm'],
  ['the smallest part of a micro-dollar', usage('m', { input: 1, output: 0 }), [price('m', '0.000000000001', '0')], 1n, 'm'],
  ['exactly where floats drift', usage('m', { input: 3, output: 0 }), [price('m', '0.1', '0')], 1n, 'm'],
  ['exactly at a whole number', usage('m', { input: 10, output: 20 }), [price('m', '0.1', '0.1')], 3n, 'm'],
  ['much', usage('m', { input: 1_000_000_000, output: 1_000_000_000 }), [price('m', '75', '600')], 675_000_000_000n, 'm'],
])('an override: %s', (_, call, overrides, usd_micros, matched) => {
  expect(priceOf(call, { overrides, library: nothing })).toEqual({ usd_micros, source: 'override', matched })
})

test.each<[string, PriceOverride[]]>([
  ['nobody knows the model', []],
  ['an empty name is no prefix of all', [price('', '1', '1')]],
  ['a longer name is no prefix', [price('house-model-large', '1', '1')]],
  ['a price that cannot be read does not fall back to another', [price('house', 'cheap', '1'), price('h', '1', '1')]],
  ['nor does one below zero', [price('house', '-1', '1')]],
])('unpriced: %s', (_, overrides) => {
  expect(priceOf(usage('house-model'), { overrides, library: nothing })).toBe(null)
})

const entry = (more: Partial<LibraryPrice>): LibraryPrice => ({
  matched: 'p/m', input_usd_per_mtok: '2', output_usd_per_mtok: '10', cached_input_usd_per_mtok: null,
  usd_per_thousand_calls: null, ...more,
})

test.each<[string, Usage, Partial<LibraryPrice>, bigint | null]>([
  ['by the token', usage('m'), {}, 3000n],
  ['by the call, too', usage('m'), { usd_per_thousand_calls: '5' }, 8000n],
  ['no price of output, and none', usage('m', { output: 0 }), { output_usd_per_mtok: null }, 2000n],
  ['no price of output, and some', usage('m'), { output_usd_per_mtok: null }, null],
  ['no price of input', usage('m'), { input_usd_per_mtok: null }, null],
])('the library: %s', (_, call, found, usd_micros) => {
  const priced = priceOf(call, { overrides: [], library: () => entry(found) })
  expect(priced).toEqual(usd_micros === null ? null : { usd_micros, source: 'library', matched: 'p/m' })
})

test('an override that cannot be read does not fall back to the library', () => {
  expect(priceOf(usage('m'), { overrides: [price('m', 'cheap', '1')], library: () => entry({}) })).toBe(null)
})

test('an override goes before the library, which is not asked then', () => {
  const library = (): never => { throw new Error('asked') }
  expect(priceOf(usage('gpt-4o'), { overrides: [price('gpt', '1', '1')], library })).toMatchObject({ source: 'override' })
})

const now = new Date('2026-09-01T12:00:00Z')

test.each<[string, string, string, Partial<Usage['tokens']>, string | null, bigint | null]>([
  ['an exact model', 'openai', 'gpt-4o-mini', {}, 'openai/gpt-4o-mini', 210n],
  ['cached input', 'openai', 'gpt-4o-mini', { cached_input: 1000 }, 'openai/gpt-4o-mini', 135n],
  ['a dated name of it', 'openai', 'gpt-4o-mini-2024-07-18', {}, 'openai/gpt-4o-mini', 210n],
  ['a model that its provider only hosts', 'azure', 'gpt-4o', {}, 'azure/gpt-4o', 3500n],
  ['a provider by its OpenTelemetry name', 'azure.ai.openai', 'gpt-4o', {}, 'azure/gpt-4o', 3500n],
  ['another of those', 'x_ai', 'grok-4', {}, 'x-ai/grok-4-0709', 4500n],
  ['letters large and small', 'OpenAI', 'GPT-4o-Mini', {}, 'openai/gpt-4o-mini', 210n],
  ['an unknown provider of a known model', 'unknown', 'gpt-4o', {}, 'openai/gpt-4o', 3500n],
  ['a gateway', 'litellm_proxy', 'openai/gpt-4o', {}, 'openai/gpt-4o', 3500n],
  ['the tier of a short prompt', 'vertex_ai', 'gemini-2.5-pro', { output: 0 }, 'google/gemini-2.5-pro', 1250n],
  ['… at its end', 'vertex_ai', 'gemini-2.5-pro', { input: 200_000, output: 0 }, 'google/gemini-2.5-pro', 250_000n],
  ['the tier of a long one', 'vertex_ai', 'gemini-2.5-pro', { input: 200_001, output: 0 }, 'google/gemini-2.5-pro', 500_003n],
  ['a price by the call', 'perplexity', 'sonar', {}, 'perplexity/sonar', 13_100n],
  ['an embedding', 'openai', 'text-embedding-3-small', { output: 0 }, 'openai/text-embedding-3-small', 20n],
  ['a model of another provider', 'ollama', 'gpt-4o', {}, null, null],
  ['no such model', 'openai', 'gpt-99-mega', {}, null, null],
  ['an odd model', 'openai', '__proto__', {}, null, null],
  ['an odd provider', 'constructor', 'gpt-4o', {}, null, null],
])('the real library: %s', (_, provider, model, tokens, matched, usd_micros) => {
  const priced = priceOf(usage(model, tokens, { provider }), { overrides: [], library: (call) => libraryPrice(call, now) })
  expect(priced).toEqual(matched === null ? null : { usd_micros, source: 'library', matched })
})

test.each<[bigint, string | undefined, bigint | null]>([
  [1n, undefined, 100n],
  [126n, '100', 12_600n],
  [1_000_000n, '100', 100_000_000n],
  [1n, '0.5', 1n],
  [3n, '0.5', 2n],
  [3n, '0.333333', 1n],
  [0n, '100', 0n],
  [5n, '0', 0n],
  [1_000_000_000_000n, '1000000', 1_000_000_000_000_000_000n],
  [1n, '-1', null],
  [1n, 'many', null],
  [1n, '', null],
])('%s micro-dollars at %s credits per dollar are %s micro-credits', (usd_micros, rate, credits) => {
  expect(creditsOf(usd_micros, rate)).toBe(credits)
})

test.each<[string, Usage, PriceOverride[], bigint | null]>([
  ['input and output', usage('m'), [fixed('m', '40', '160')], 56_000n],
  ['cached input at its own rate', usage('m', { cached_input: 600 }), [fixed('m', '40', '160', '10')], 38_000n],
  ['cached input as input without one', usage('m', { cached_input: 600 }), [fixed('m', '40', '160')], 56_000n],
  ['rounded up once, not for each part', usage('m', { input: 1, output: 1 }), [fixed('m', '0.5', '0.4')], 1n],
  ['the smallest part of a micro-credit', usage('m', { input: 1, output: 0 }), [fixed('m', '0.000000001', '0')], 1n],
  ['exactly where floats drift', usage('m', { input: 3, output: 0 }), [fixed('m', '0.1', '0')], 1n],
  ['for nothing', usage('m'), [fixed('m', '0', '0')], 0n],
  ['the longest prefix', usage('gpt-4o-mini'), [fixed('gpt', '9', '9'), fixed('gpt-4o', '40', '160')], 56_000n],
  ['a better row without a rate of credits', usage('gpt-4o'), [fixed('gpt', '9', '9'), price('gpt-4o', '1', '1')], null],
  ['no row', usage('m'), [fixed('other', '1', '1')], null],
  ['much', usage('m', { input: 1_000_000_000, output: 1_000_000_000 }), [fixed('m', '9999999', '1')], 10_000_000_000_000_000n],
])('a fixed rate of credits: %s', (_, call, overrides, credits) => {
  expect(fixedCreditsOf(call, overrides)).toBe(credits)
})

test('a row of credits leaves the dollars to the library; one of both sets both', () => {
  expect(priceOf(usage('m'), { overrides: [fixed('m', '40', '160')], library: () => entry({}) }))
    .toEqual({ usd_micros: 3000n, source: 'library', matched: 'p/m' })
  expect(priceOf(usage('m'), { overrides: [fixed('m', '40', '160')], library: nothing })).toBe(null)
  const both = { ...fixed('m', '40', '160'), input_usd_per_mtok: '1', output_usd_per_mtok: '1' }
  expect(priceOf(usage('m'), { overrides: [both], library: nothing })).toMatchObject({ usd_micros: 1100n, source: 'override' })
  expect(fixedCreditsOf(usage('m'), [both])).toBe(56_000n)
})

const parts = { ...price('m', '1', '1') }
test.each<[string, Partial<PriceOverride>, string | null]>([
  ['dollars', {}, null],
  ['credits', fixed('m', '1', '1'), null],
  ['neither', { input_usd_per_mtok: null, output_usd_per_mtok: null }, '/input_usd_per_mtok'],
  ['input without output', { output_usd_per_mtok: null }, '/output_usd_per_mtok'],
  ['output without input', { ...fixed('m', '1', '1'), input_credits_per_mtok: null }, '/input_credits_per_mtok'],
  ['cached alone', { cached_input_credits_per_mtok: '1' }, '/input_credits_per_mtok'],
])('a price of %s', (_, more, pointer) => {
  const errors = refusePrice({ ...parts, ...more })?.fields?.errors as { pointer: string }[] | undefined
  expect(errors?.[0]?.pointer ?? null).toBe(pointer)
})
