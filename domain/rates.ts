/**
 * Rates by name: what an award pays. Every change is a version of its own; version 0 is what a
 * name has before anyone set it.
 */
import type { Settings } from './settings.ts'
import { defaultSettings } from './settings.ts'

/** Credits as decimal text; null = switched off. */
export type RateAmount = string | null

export type RateVersion = {
  name: string
  amount: RateAmount
  version: number
  updated_at: string | null
  updated_by: string | null
  reason: string | null
}

/** Among the wanted ones those that are not so already. */
export const changedRates = (
  { rates }: Settings, wanted: Record<string, RateAmount>,
): [name: string, amount: RateAmount][] =>
  Object.entries(wanted).filter(([name, amount]) => rates[name] !== amount)

/** What a name has before anyone set it; null where it has nothing. */
export function usualRate(name: string): RateVersion | null {
  const amount = Object.hasOwn(defaultSettings.rates, name) ? defaultSettings.rates[name]! : null
  return amount === null ? null
    : { name, amount, version: 0, updated_at: null, updated_by: null, reason: null }
}

/** What every name has now, by name: the latest versions, and what nobody set. */
export function currentRates(latest: readonly RateVersion[]): RateVersion[] {
  const set = new Set(latest.map(({ name }) => name))
  const usual = Object.keys(defaultSettings.rates).filter((name) => !set.has(name))
  return [...latest, ...usual.map((name) => usualRate(name)!)]
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
}
