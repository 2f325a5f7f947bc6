/** The lines of the feed: events, and a heading where a day begins. Pure. */
import { texts } from '../../texts.ts'
import type { FeedEvent } from './feed.ts'

export type Line =
  | { kind: 'day'; key: string; text: string }
  | { kind: 'event'; key: string; event: FeedEvent; index: number }

const named = new Intl.DateTimeFormat('en', {
  weekday: 'long', day: 'numeric', month: 'long', year: 'numeric',
})
/** The day in this person's time zone, as a number that only the same day has. */
function dayOf(at: number): number {
  const day = new Date(at)
  return day.getFullYear() * 10_000 + day.getMonth() * 100 + day.getDate()
}

const DAY_MS = 86_400_000

export function dayNamed(at: number, now: number): string {
  const day = dayOf(at)
  if (day === dayOf(now)) return texts.activity.today
  return day === dayOf(now - DAY_MS) ? texts.activity.yesterday : named.format(at)
}

/** `events` come newest first. */
export function linesOf(events: readonly FeedEvent[], now: number): Line[] {
  const lines: Line[] = []
  let last = Number.NaN
  for (const [index, event] of events.entries()) {
    const at = Date.parse(event.occurredAt)
    const day = dayOf(at)
    if (day !== last) lines.push({ kind: 'day', key: `day ${day}`, text: dayNamed(at, now) })
    last = day
    lines.push({ kind: 'event', key: event.id, event, index })
  }
  return lines
}
