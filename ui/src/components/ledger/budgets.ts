/** A budget as it is looked at: whose it is, how full, and the words for it. Pure. */
import type { BudgetPeriod, BudgetUnit } from '../../../../domain/budgets.ts'
import { formatUnit } from '../../../../domain/budgets.ts'
import { formatCredits, parseCredits } from '../../../../domain/credits.ts'
import { grouped } from '../../amounts.ts'
import type { Budget } from '../../composables/useBudgets.ts'
import { texts } from '../../texts.ts'

export const scopeKinds = ['workspace', 'workstream', 'subtree', 'agent', 'task'] as const
export type ScopeKind = (typeof scopeKinds)[number]
/** The name is a handle, a key or a workstream’s; empty for the workspace. */
export type Scope = { kind: ScopeKind; name: string }

export type Amounts = Pick<Budget, 'unit' | 'limit' | 'used' | 'held' | 'available' | 'warnAt'>

const words = texts.ledger.budgets

/** `{agent: "ada"}` as the server has it. */
export function scopeOf({ scope }: Pick<Budget, 'scope'>): Scope {
  const [[kind, name] = ['workspace', '']] = Object.entries(scope as Record<string, unknown>)
  return { kind: kind as ScopeKind, name: typeof name === 'string' ? name : '' }
}

export function whose(budget: Pick<Budget, 'scope'>): string {
  const { kind, name } = scopeOf(budget)
  if (kind === 'workspace') return words.workspace
  if (kind === 'workstream') return words.workstreamNamed(name)
  return kind === 'subtree' ? words.teamOf(name) : name
}

/** Of this agent or of its team; not those that only reach it from above. */
export const isOwn = (budget: Pick<Budget, 'scope'>, handle: string): boolean => {
  const { kind, name } = scopeOf(budget)
  return (kind === 'agent' || kind === 'subtree') && name === handle
}

/** From the widest to the narrowest, then by name: an order in which nothing jumps. */
export const inOrder = (budgets: readonly Budget[]): Budget[] => budgets.toSorted((one, other) => {
  const [a, b] = [scopeOf(one), scopeOf(other)]
  return scopeKinds.indexOf(a.kind) - scopeKinds.indexOf(b.kind) || a.name.localeCompare(b.name)
    || (one.id < other.id ? -1 : 1)
})

/** Micro-dollars as dollars, with cents and never rounded: `2500000` → `$2.50`. */
export function dollars(micros: string): string {
  const [whole = '0', fraction = ''] = formatCredits(BigInt(micros)).split('.')
  return `$${grouped(whole)}.${fraction.padEnd(2, '0')}`
}

export const amountIn = (unit: string, amount: string): string =>
  (unit === 'usd_micros' ? dollars(amount) : grouped(amount))

/** `Credits each day`. */
export const countedAs = ({ unit, period }: Pick<Budget, 'unit' | 'period'>): string =>
  `${words.units[unit as BudgetUnit]} ${words.periods[period as BudgetPeriod]}`

const whole = (unit: string, amount: string): bigint =>
  (unit === 'credits' ? parseCredits(amount) ?? 0n : BigInt(amount))

/** What counts against the limit: what is used, and what is held. */
export const inUse = ({ unit, used, held }: Amounts): bigint =>
  whole(unit, used) + whole(unit, held)

/** `6 of 10 credits used, 2 held, 2 left`. */
export function said(budget: Amounts): string {
  const { unit, limit, used, held, available } = budget
  const over = inUse(budget) - whole(unit, limit)
  return [
    words.used(amountIn(unit, used), words.inUnit(amountIn(unit, limit), unit)),
    ...(held === '0' ? [] : [words.held(amountIn(unit, held))]),
    over > 0n ? words.over(amountIn(unit, formatUnit(unit as BudgetUnit, over)))
      : words.left(amountIn(unit, available)),
  ].join(', ')
}

export type Fill = {
  /** Percents of the bar's length. */
  used: number
  held: number
  limit: number
  lines: number[]
  /** The highest line that was reached, in percent of the limit. */
  reached: number | null
  state: 'room' | 'full' | 'over'
}

/** As lengths: the bar is the limit, or what is in use where that is more. */
export function fillOf(budget: Amounts): Fill {
  const { unit, warnAt } = budget
  const [limit, used] = [whole(unit, budget.limit), whole(unit, budget.used)]
  const now = inUse(budget)
  const length = Number(now > limit ? now : limit)
  const percent = (amount: number): number => (100 * amount) / length
  const lines = warnAt.map((line) => percent((Number(limit) * line) / 100))
  const reached = warnAt.filter((line) => now * 100n >= limit * BigInt(line))
  return {
    used: percent(Number(used)), held: percent(Number(now - used)), limit: percent(Number(limit)),
    lines: lines.filter((at) => at <= 100), reached: reached.length ? Math.max(...reached) : null,
    state: now > limit ? 'over' : now === limit ? 'full' : 'room',
  }
}
