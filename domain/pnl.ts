/**
 * Profit and loss of an agent, a team, a workstream, a model or a time.
 * Source: ledger, "Earning and spending".
 * `margin` is what was earned, with fees, less what was spent and what models cost; rework and
 * waiting are parts and prices of that, told beside it and not subtracted again.
 */
import type { Micros } from './credits.ts'
import { formatCredits } from './credits.ts'

export const pnlGroups =
  ['agent', 'team', 'workstream', 'model', 'day', 'week', 'month', 'total'] as const
export type PnlGroup = (typeof pnlGroups)[number]

/** Figures by name, as whole numbers in text: micro-credits, micro-dollars, ms, tasks. */
export type PnlSums = { name: string } & Partial<Record<
  'earned' | 'fees' | 'spent' | 'model_cost' | 'usd_micros' | 'transfers_net' | 'rework'
  | 'waited_ms' | 'accepted', string>>

export type PnlRow = {
  name: string
  earned: string
  fees: string
  spent: string
  model_cost: string
  usd_spent: string
  transfers_net: string
  rework: string
  waiting_hours: string
  waiting: string
  margin: string
  tasks_accepted: number
  cost_per_accepted: string | null
}

const HOUR_MS = 3_600_000n

/** Costs are rounded up. */
const ceilDiv = (whole: bigint, by: bigint): bigint => (whole + by - 1n) / by

/** `hourRate`: micro-credits that an hour of waiting for people costs; null = nothing. */
export function pnlRowOf(sums: PnlSums, hourRate: Micros | null): PnlRow {
  const figure = (name: Exclude<keyof PnlSums, 'name'>): bigint => BigInt(sums[name] ?? 0)
  const credits = (name: Exclude<keyof PnlSums, 'name'>): string => formatCredits(figure(name))
  const [accepted, waited] = [figure('accepted'), figure('waited_ms')]
  const cost = figure('spent') + figure('model_cost')
  return {
    name: sums.name,
    earned: credits('earned'), fees: credits('fees'), spent: credits('spent'),
    model_cost: credits('model_cost'), usd_spent: credits('usd_micros'),
    transfers_net: credits('transfers_net'), rework: credits('rework'),
    // Six places of an hour, like credits.
    waiting_hours: formatCredits((waited * 1_000_000n) / HOUR_MS),
    waiting: formatCredits(ceilDiv(waited * (hourRate ?? 0n), HOUR_MS)),
    margin: formatCredits(figure('earned') + figure('fees') - cost),
    tasks_accepted: Number(accepted),
    cost_per_accepted: accepted === 0n ? null : formatCredits(ceilDiv(cost, accepted)),
  }
}

/** Lists of periods end somewhere: ten years of days. */
export const MAX_PERIODS = 3660
const DAY_MS = 86_400_000
const daysOf: Partial<Record<PnlGroup, number>> = { day: 1, week: 7, month: 28 }

/** Whether a range has more periods than are listed. */
export const hasTooManyPeriods = (by: PnlGroup, ms: number): boolean =>
  ms / (daysOf[by] ?? Infinity) / DAY_MS > MAX_PERIODS
