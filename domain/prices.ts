/**
 * What a model call costs by a price table, in micro-dollars. USD per million tokens is the same
 * number as micro-dollars per token, so a cost is tokens · price, exact, rounded up once.
 * Source: domain rules, "Observability" (overrides, then the library; unknown is unpriced, not 0).
 */
import type { Micros } from './credits.ts'
import type { Decimal } from './decimals.ts'
import { ceilAt, parseDecimal, plus, times } from './decimals.ts'
import type { Usage } from './usage.ts'

/** A workspace's own price; decimals as text. `provider` null = any; cached null = as input. */
export type PriceOverride = {
  provider: string | null
  model: string
  input_usd_per_mtok: string
  output_usd_per_mtok: string
  cached_input_usd_per_mtok: string | null
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

export type Priced = { usd_micros: bigint; source: 'override' | 'library'; matched: string }

export const DEFAULT_CREDITS_PER_USD = '100'

/** What a call costs; null = unpriced. An override that cannot be read prices nothing. */
export function priceOf(usage: Usage, table: PriceTable): Priced | null {
  const override = findOverride(usage, table.overrides)
  if (override) {
    const cost = costOf(usage, { ...override, usd_per_thousand_calls: null })
    return cost === null ? null : { usd_micros: cost, source: 'override', matched: override.model }
  }
  const price = table.library(usage)
  const cost = price && costOf(usage, price)
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

type Prices = Omit<LibraryPrice, 'matched'>

/** Micro-dollars; null when something was used that has no price. */
function costOf({ tokens }: Usage, prices: Prices): bigint | null {
  const cached = prices.cached_input_usd_per_mtok ?? prices.input_usd_per_mtok
  const parts = [
    part(tokens.input - tokens.cached_input, prices.input_usd_per_mtok),
    part(tokens.cached_input, cached),
    part(tokens.output, prices.output_usd_per_mtok),
    // USD per thousand calls: a thousand times as many micro-dollars for one.
    part(1000, prices.usd_per_thousand_calls ?? '0'),
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
