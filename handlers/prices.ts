/**
 * The price library `@pydantic/genai-prices` as `domain/prices.ts` asks for it. Only its bundled
 * data is used: it fetches nothing unless told to, and nothing here tells it.
 */
import { calcPrice } from '@pydantic/genai-prices'
import type { LibraryPrice } from '../domain/prices.ts'
import type { Usage } from '../domain/usage.ts'

type Calculated = NonNullable<ReturnType<typeof calcPrice>>
type LibraryUnit = Calculated['model_price'][string]

/** Names of OpenTelemetry's conventions that the library does not know. */
const aliases = new Map([
  ['x_ai', 'x-ai'],
  ['az.ai.openai', 'azure'],
  ['azure.ai.openai', 'azure'],
  ['azure.ai.inference', 'azure'],
])
/** Who passes calls on: the model's own name says whose it is (`openai/gpt-4o`). */
const gateways = ['unknown', 'litellm', 'litellm_proxy']

/** Looks a call up; `now` dates those that say nothing (prices change over time, and by hour). */
export function libraryPrice(usage: Usage, now: Date): LibraryPrice | null {
  const found = lookUp(usage, usage.at === null ? now : new Date(usage.at))
  if (!found) return null
  const priceAt = (unit: LibraryUnit): string | null => textOf(unit, usage.tokens.input)
  const { input_mtok, output_mtok, cache_read_mtok, requests_kcount } = found.model_price
  return {
    matched: `${found.provider.id}/${found.model.id}`,
    input_usd_per_mtok: priceAt(input_mtok),
    output_usd_per_mtok: priceAt(output_mtok),
    cached_input_usd_per_mtok: priceAt(cache_read_mtok),
    usd_per_thousand_calls: priceAt(requests_kcount),
  }
}

/** The library's entry; its own sums are floats and are not used. */
function lookUp({ provider, model }: Usage, timestamp: Date): Calculated | null {
  const name = provider.toLowerCase()
  const providerId = gateways.includes(name) ? 'litellm' : aliases.get(name) ?? name
  try {
    return calcPrice({}, model, { providerId, timestamp })
  } catch {
    // It throws for data it cannot use: as good as not knowing the model.
    return null
  }
}

/** A price as text; of tiers the one that the whole input reaches, as the library counts. */
function textOf(unit: LibraryUnit, inputTokens: number): string | null {
  if (unit === undefined) return null
  if (typeof unit === 'number') return String(unit)
  const tier = unit.tiers.filter(({ start }) => inputTokens > start)
    .reduce<{ start: number; price: number } | null>(
      (top, one) => (top && top.start > one.start ? top : one), null)
  return String(tier?.price ?? unit.base)
}
