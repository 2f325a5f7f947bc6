/** Tasks over time: which instants are shown, where a task lies in them, and their marks. Pure. */
import type { Card } from './board.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** In days. */
export const ranges = { hour: 1 / 24, day: 1, week: 7, month: 30, quarter: 90, all: null } as const
export type Range = keyof typeof ranges
/** From and to, in ms. */
export type Frame = { from: number; to: number }

/** What of the frame is ahead of now, where nothing says more. */
const AHEAD = 0.2
const MARGIN = 0.03
const SHORTEST_MS = HOUR_MS

const endOf = (card: Card, now: number): number =>
  (card.finishedAt === null ? Math.max(now, Date.parse(card.createdAt))
    : Date.parse(card.finishedAt))

/** The shortest in which all of them began; a month where there is none. */
export function usualRange(cards: readonly Card[], now: number): Range {
  const first = cards.reduce((least, { createdAt }) => Math.min(least, Date.parse(createdAt)), now)
  const fits = (['hour', 'day', 'week', 'month'] as const)
    .find((range) => frameOf(range, [], now).from <= first)
  return fits ?? 'month'
}

/** `all` is from the first task to the last due date; the others are so many days around now. */
export function frameOf(range: Range, cards: readonly Card[], now: number): Frame {
  const days = ranges[range]
  if (days !== null) {
    return { from: now - days * (1 - AHEAD) * DAY_MS, to: now + days * AHEAD * DAY_MS }
  }
  let from = now - SHORTEST_MS
  let to = now
  for (const card of cards) {
    from = Math.min(from, Date.parse(card.createdAt))
    to = Math.max(to, card.dueAt === null ? now : Date.parse(card.dueAt))
  }
  const margin = (to - from) * MARGIN
  return { from: from - margin, to: to + margin }
}

export type Bar = {
  /** In percent of the frame; null where that is outside. */
  left: number
  width: number
  /** How much of the bar is before it came to where it is now; in percent of the bar. */
  before: number
  due: number | null
  isLate: boolean
}

const percent = (at: number, { from, to }: Frame): number => ((at - from) / (to - from)) * 100
const within = (value: number): number => Math.min(100, Math.max(0, value))

/** Where a task lies; null when none of it is in the frame. */
export function barOf(card: Card, frame: Frame, now: number): Bar | null {
  const begin = Date.parse(card.createdAt)
  const end = endOf(card, now)
  const dueAt = card.dueAt === null ? null : Date.parse(card.dueAt)
  if (end < frame.from || begin > frame.to) return null
  const left = within(percent(begin, frame))
  const width = within(percent(end, frame)) - left
  const since = card.finishedAt === null && card.waiting ? Date.parse(card.waiting.since) : begin
  const before = width > 0 ? within(((within(percent(since, frame)) - left) / width) * 100) : 0
  const due = dueAt === null ? null : percent(dueAt, frame)
  return {
    left, width, before, isLate: dueAt !== null && end > dueAt,
    due: due !== null && due >= 0 && due <= 100 ? due : null,
  }
}

const steps = [
  ...[5, 10, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 30, 60, 90, 180, 365].map((days) => days * DAY_MS),
]

/** Round instants of this person's day, at most so many. */
export function marksOf({ from, to }: Frame, most: number): number[] {
  const step = steps.find((length) => (to - from) / length <= most) ?? steps.at(-1)!
  const midnight = new Date(from).setHours(0, 0, 0, 0)
  const marks: number[] = []
  for (let at = midnight; at <= to; at += step) {
    // Days of 23 and 25 hours keep their midnight.
    const mark = step >= DAY_MS ? new Date(at + 2 * HOUR_MS).setHours(0, 0, 0, 0) : at
    if (mark >= from && mark <= to) marks.push(mark)
  }
  return marks
}

const asDay = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' })
const asHour = new Intl.DateTimeFormat('en', { hour: 'numeric', minute: '2-digit', hour12: false })

/** The day, or the hour where marks are closer than that. */
export function markText(at: number): string {
  const date = new Date(at)
  const isDay = date.getHours() === 0 && date.getMinutes() === 0
  return (isDay ? asDay : asHour).format(date)
}
