/**
 * What a model call costs by a price table, in micro-dollars. USD per million tokens is the same
 * number as micro-dollars per token, so a cost is tokens · price, exact, rounded up once.
 * Source: domain rules, "Observability" (overrides, then the library; unknown is unpriced, not 0).
 */
import type { Micros } from './credits.ts'
import type { Decimal } from './decimals.ts'
import { ceilAt, parseDecimal, plus, times } from './decimals.ts'
import type { Refusal } from './errors.ts'
import { refuseField } from './errors.ts'
import type { Usage } from './usage.ts'

/**
 * A workspace's own price in dollars, a fixed rate of credits, or both; decimals as text.
 * `provider` null = any; input null = not set by this row; cached null = as input.
 */
export type PriceOverride = {
  provider: string | null
  model: string
  input_usd_per_mtok: string | null
  output_usd_per_mtok: string | null
  cached_input_usd_per_mtok: string | null
  input_credits_per_mtok: string | null
  output_credits_per_mtok: string | null
  cached_input_credits_per_mtok: string | null
}

/** What the price library says of a model; null = it has no such price. */
export type LibraryPrice = {
  /** The library's own names: `openai/gpt-4o-mini`. */
  matched: string
  input_usd_per_mtok: string | null
  output_usd_per_mtok: string | null
  cached_input_usd_per_mtok: string | null
  usd_per_thousand_calls: string | null
}

export type PriceTable = {
  overrides: readonly PriceOverride[]
  /** Looks a call up in the price library; null when it knows no such model. */
  library: (usage: Usage) => LibraryPrice | null
}

/** Who says what a call cost in dollars; `fixed`: nobody, but credits follow a fixed rate. */
export const chargeSources = ['reported', 'override', 'library', 'fixed', 'unpriced'] as const
export type ChargeSource = (typeof chargeSources)[number]

export type Priced = { usd_micros: bigint; source: 'override' | 'library'; matched: string }

export const DEFAULT_CREDITS_PER_USD = '100'

/** What a call costs; null = unpriced. An override that cannot be read prices nothing. */
export function priceOf(usage: Usage, table: PriceTable): Priced | null {
  const override = findOverride(usage, table.overrides)
  if (override && override.input_usd_per_mtok !== null) {
    const cost = sumOf(usage, {
      input: override.input_usd_per_mtok, output: override.output_usd_per_mtok,
      cached_input: override.cached_input_usd_per_mtok,
    })
    return cost === null ? null : { usd_micros: cost, source: 'override', matched: override.model }
  }
  const price = table.library(usage)
  const cost = price && sumOf(usage, {
    input: price.input_usd_per_mtok, output: price.output_usd_per_mtok,
    cached_input: price.cached_input_usd_per_mtok, thousand_calls: price.usd_per_thousand_calls,
  })
  return price && cost !== null
    ? { usd_micros: cost, source: 'library', matched: price.matched } : null
}

/** The override for a call: the exact model, else the longest prefix; its provider before any. */
export function findOverride(
  { provider, model }: Usage, overrides: readonly PriceOverride[],
): PriceOverride | null {
  const name = model.toLowerCase()
  const fits = (one: PriceOverride): boolean => one.model !== ''
    && name.startsWith(one.model.toLowerCase())
    && (one.provider === null || one.provider.toLowerCase() === provider.toLowerCase())
  const isBetter = (one: PriceOverride, than: PriceOverride): boolean =>
    one.model.length > than.model.length
    || (one.model.length === than.model.length && one.provider !== null && than.provider === null)
  return overrides.filter(fits)
    .reduce<PriceOverride | null>((best, one) => (!best || isBetter(one, best) ? one : best), null)
}

/**
 * Micro-credits of a call by the fixed rate for its model, rounded up once; null where there is
 * none. Credits per million tokens is the same number as micro-credits per token.
 */
export function fixedCreditsOf(usage: Usage, overrides: readonly PriceOverride[]): Micros | null {
  const rate = findOverride(usage, overrides)
  if (!rate || rate.input_credits_per_mtok === null) return null
  return sumOf(usage, {
    input: rate.input_credits_per_mtok, output: rate.output_credits_per_mtok,
    cached_input: rate.cached_input_credits_per_mtok,
  })
}

type PriceParts = Omit<PriceOverride, 'provider' | 'model'>

/** Whether a row says enough to count by: input and output, in dollars or credits or both. */
export function refusePrice(parts: PriceParts): Refusal | null {
  for (const unit of ['usd', 'credits'] as const) {
    const said = (part: 'input' | 'output' | 'cached_input'): boolean =>
      parts[`${part}_${unit}_per_mtok`] !== null
    const lacking = (['input', 'output'] as const).find((part) => !said(part))
    const some = said('input') || said('output') || said('cached_input')
    if (some && lacking) {
      return refuseField(`/${lacking}_${unit}_per_mtok`, 'Input and output go together')
    }
  }
  return parts.input_usd_per_mtok === null && parts.input_credits_per_mtok === null
    ? refuseField('/input_usd_per_mtok', 'Give dollars, credits, or both') : null
}

/** Decimal text of a price, 0 or more; null when it is not one. */
export function parsePrice(text: string): Decimal | null {
  const price = parseDecimal(text)
  return price && price.digits >= 0n ? price : null
}

/** Micro-credits for micro-dollars at `credits_per_usd`, rounded up; null when that is no rate. */
export function creditsOf(usd_micros: bigint, rate = DEFAULT_CREDITS_PER_USD): Micros | null {
  const price = parsePrice(rate)
  return price && ceilAt(times(usd_micros, price), 0)
}

/** For a million tokens of each kind, and for a thousand calls; null = no such price. */
type Prices = {
  input: string | null
  output: string | null
  cached_input: string | null
  thousand_calls?: string | null
}

/** Millionths of what the prices are in; null when something was used that has no price. */
function sumOf({ tokens }: Usage, prices: Prices): bigint | null {
  const parts = [
    part(tokens.input - tokens.cached_input, prices.input),
    part(tokens.cached_input, prices.cached_input ?? prices.input),
    part(tokens.output, prices.output),
    // A price per thousand calls: a thousand times as many millionths for one.
    part(1000, prices.thousand_calls ?? '0'),
  ]
  let sum: Decimal = { digits: 0n, scale: 0 }
  for (const one of parts) {
    if (!one) return null
    sum = plus(sum, one)
  }
  return ceilAt(sum, 0)
}

function part(count: number, price: string | null): Decimal | null {
  if (price === null) return count === 0 ? { digits: 0n, scale: 0 } : null
  const each = parsePrice(price)
  return each && times(BigInt(count), each)
}
