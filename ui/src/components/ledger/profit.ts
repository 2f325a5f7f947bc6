/** Rows of profit and loss as the page shows them: their names, their order, their bars. Pure. */
import type { PnlGroup } from '../../../../domain/pnl.ts'
import { texts } from '../../texts.ts'
import { dayLabel } from './labels.ts'

export type Figures = {
  name: string
  earned: string
  fees: string
  spent: string
  modelCost: string
  margin: string
}

const words = texts.ledger.profit
const month = new Intl.DateTimeFormat('en', { month: 'short', year: 'numeric', timeZone: 'UTC' })

export const isTime = (by: PnlGroup): boolean => ['day', 'week', 'month'].includes(by)

/** `2026-11-16` → `Week of Nov 16`; agents, teams and models have their own names. */
export function labelOf(by: PnlGroup, name: string): string {
  if (by === 'day') return dayLabel(name)
  if (by === 'week') return words.names.week(dayLabel(name))
  if (by === 'month') return month.format(new Date(`${name}-15T12:00:00Z`))
  if (by === 'team') return words.names.team(name)
  if (by === 'workstream' && name === '(none)') return words.names.noWorkstream
  return by === 'total' ? words.names.total : name
}

/** Whether anything at all is to be told. */
export const isBusy = ({ name: _, ...figures }: Figures): boolean =>
  Object.values(figures).some((value) => value !== null && Number(value) !== 0)

/** Times as they pass; all else with the largest margin first. */
export const inOrder = <Row extends Figures>(by: PnlGroup, rows: readonly Row[]): Row[] =>
  (isTime(by) ? [...rows]
    : rows.toSorted((one, other) => Number(other.margin) - Number(one.margin)))

/** Upwards what came in, downwards what it cost, as shares of the height from the top. */
export type Bar = {
  name: string
  top: number
  income: number
  costs: number
  margin: number
}
/** `zero`: where nothing is; `up` and `down`: the longest of each, in credits. */
export type Bars = { bars: Bar[]; zero: number; up: number; down: number }

/** Lengths on a screen: the only place where amounts are numbers. */
export function barsOf(rows: readonly Figures[]): Bars {
  const lengths = rows.map(({ name, earned, fees, spent, modelCost, margin }) => ({
    name, income: Number(earned) + Number(fees), costs: Number(spent) + Number(modelCost),
    margin: Number(margin),
  }))
  const up = Math.max(0, ...lengths.map(({ income }) => income))
  const down = Math.max(0, ...lengths.map(({ costs }) => costs))
  const whole = up + down || 1
  const zero = up + down ? up / whole : 0.5
  return {
    zero, up, down,
    bars: lengths.map(({ name, income, costs, margin }) => ({
      name, top: zero - income / whole, income: income / whole, costs: costs / whole,
      margin: zero - margin / whole,
    })),
  }
}
