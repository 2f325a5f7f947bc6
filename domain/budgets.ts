/** What a scope may use in a period: units, periods and what happens at the limit. */
import { MAX_MICROS, formatCredits, parseCredits } from './credits.ts'

export const budgetUnits = ['credits', 'usd_micros', 'tokens', 'runs'] as const
export type BudgetUnit = (typeof budgetUnits)[number]
export const budgetPeriods = ['day', 'week', 'month', 'once'] as const
export type BudgetPeriod = (typeof budgetPeriods)[number]
export const budgetActions = ['block', 'gate', 'alert'] as const
export type BudgetAction = (typeof budgetActions)[number]

/** How people read a unit after an amount. */
export const unitWords: Record<BudgetUnit, string> =
  { credits: 'credits', usd_micros: 'micro-dollars', tokens: 'tokens', runs: 'runs' }

/** The usual lines at which a budget warns, in percent of its limit. */
export const USUAL_LINES = [50, 80, 100]

const WHOLE = /^\d{1,18}$/

/** Reads an amount above 0 in a unit: credits as decimals (to micro-credits), others whole. */
export function parseUnit(unit: BudgetUnit, value: string | number): bigint | null {
  const text = typeof value === 'number' ? String(value) : value
  const amount = unit === 'credits' ? parseCredits(text) : WHOLE.test(text) ? BigInt(text) : null
  return amount !== null && amount > 0n && amount <= MAX_MICROS ? amount : null
}

/** How clients read it: `"12.5"` credits, `"1500000"` micro-dollars. */
export const formatUnit = (unit: BudgetUnit, amount: bigint): string =>
  (unit === 'credits' ? formatCredits(amount) : amount.toString())
