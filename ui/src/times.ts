/** Instants in words. Distances come from the server's clock; see composables/useClock.ts. */

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600_000], ['month', 2_629_800_000], ['day', 86_400_000], ['hour', 3_600_000],
  ['minute', 60_000], ['second', 1000],
]
const long = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const narrow = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'narrow' })

/** `in 3 minutes`, `2 days ago`, `now`; `distanceMs` is negative for what is over. */
export function relatively(distanceMs: number, short = false): string {
  if (!Number.isFinite(distanceMs)) return ''
  const size = Math.abs(distanceMs)
  const [unit, length] = units.find(([, ms]) => size >= ms) ?? units.at(-1)!
  const count = Math.trunc(distanceMs / length)
  if (count === 0) return 'now'
  return (short ? narrow : long).format(count, unit)
}

/** How long something lasts: `2 d 4 h`, `12 min`, `8 s`. */
export function lasting(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60,
  ]
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`
  return minutes ? `${minutes} min` : `${seconds} s`
}

/** What is left of it, to the second: `1 h 4 min`, `4 min 12 s`, `8 s`. */
export function countedDown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  const minutes = Math.floor(seconds / 60)
  if (minutes >= 60) return lasting(minutes * 60_000)
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}

const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'long' })

/** Day, time and zone, as this person's system has it. */
export function exactly(at: string): string {
  const instant = new Date(at)
  return Number.isNaN(instant.getTime()) ? at : exact.format(instant)
}
