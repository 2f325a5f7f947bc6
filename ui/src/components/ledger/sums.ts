/**
 * What was earned and spent, by day and by agent: sums of transfers in micro-credits, exact. An
 * amount becomes a number only where it becomes a length on the screen. Pure.
 */
import type { Micros } from '../../../../domain/credits.ts'
import { parseCredits } from '../../../../domain/credits.ts'

export type Moved = {
  amount: string
  /** A handle, or the kind of an account of the workspace. */
  from: string
  to: string
  /** The first of the two that is an agent. */
  agent: string | null
  createdAt: string
}
export type Sums = { earned: Micros; spent: Micros }
export type IsAgent = (name: string) => boolean

const none = (): Sums => ({ earned: 0n, spent: 0n })

type Side = [name: string, side: keyof Sums, amount: Micros]

/** Both sides of a transfer, if they belong to agents. */
function sidesOf({ amount, from, to, agent }: Moved, isAgent: IsAgent): Side[] {
  const micros = parseCredits(amount) ?? 0n
  const sides: Side[] = [[from, 'spent', micros], [to, 'earned', micros]]
  return sides.filter(([name]) => name === agent || isAgent(name))
}

/** By agent, whoever moved the most first. */
export function sumsByAgent(transfers: readonly Moved[], isAgent: IsAgent): [string, Sums][] {
  const all = new Map<string, Sums>()
  for (const transfer of transfers) {
    for (const [name, side, micros] of sidesOf(transfer, isAgent)) {
      const sums = all.get(name) ?? none()
      sums[side] += micros
      all.set(name, sums)
    }
  }
  const size = ({ earned, spent }: Sums): Micros => (earned > spent ? earned : spent)
  return [...all].toSorted(([, one], [, other]) => (size(other) > size(one) ? 1 : -1))
}

/** By day, for one agent or for all; days without transfers are there, too. */
export function sumsByDay(
  transfers: readonly Moved[], isAgent: IsAgent,
  { days, zone, agent }: { days: readonly string[]; zone: string; agent: string | null },
): [string, Sums][] {
  const all = new Map(days.map((day) => [day, none()]))
  const dayIn = dayNamer(zone)
  for (const transfer of transfers) {
    const sums = all.get(dayIn(transfer.createdAt))
    if (!sums) continue
    for (const [name, side, micros] of sidesOf(transfer, isAgent)) {
      if (agent === null || name === agent) sums[side] += micros
    }
  }
  return [...all]
}

export function total(parts: readonly (readonly [string, Sums])[]): Sums {
  return parts.reduce((sum, [, { earned, spent }]) =>
    ({ earned: sum.earned + earned, spent: sum.spent + spent }), none())
}

/** The calendar day of an instant in a time zone: `2026-11-21`. A zone that is none is UTC. */
export function dayNamer(zone: string): (at: string | number) => string {
  const format = formatIn(zone) ?? formatIn('UTC')!
  return (at) => format.format(new Date(at))
}

function formatIn(timeZone: string): Intl.DateTimeFormat | null {
  try {
    // The Swedish way to write a day is the ISO one.
    return new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' })
  } catch {
    return null
  }
}

/** So many days up to and including the one of `now`, the oldest first. */
export function daysUntil(now: number, count: number, zone: string): string[] {
  const [year, month, day] = dayNamer(zone)(now).split('-').map(Number) as [number, number, number]
  return Array.from({ length: count }, (_, index) =>
    new Date(Date.UTC(year, month - 1, day - count + 1 + index)).toISOString().slice(0, 10))
}

/** For lengths on the screen, not for sums. */
export const lengthOf = (micros: Micros): number => Number(micros) / 1e6
