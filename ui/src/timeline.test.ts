/** Where tasks lie in time. */
import { expect, test } from 'vitest'
import type { Card } from './board.ts'
import { barOf, frameOf, marksOf, usualRange } from './timeline.ts'

const DAY_MS = 86_400_000
const now = Date.parse('2026-11-21T12:00:00.000Z')
const at = (days: number): string => new Date(now + days * DAY_MS).toISOString()
const card = (given: Partial<Card>) =>
  ({ createdAt: at(-2), finishedAt: null, dueAt: null, waiting: null, ...given }) as Card
const frame = { from: now - 8 * DAY_MS, to: now + 2 * DAY_MS }

test('a bar goes from when it was made until it ended, or until now', () => {
  expect(barOf(card({}), frame, now)).toMatchObject({ left: 60, width: 20, before: 0, due: null, isLate: false })
  expect(barOf(card({ finishedAt: at(-1) }), frame, now)).toMatchObject({ left: 60, width: 10 })
  expect(barOf(card({ createdAt: at(-20) }), frame, now)).toMatchObject({ left: 0, width: 80 })
})

test('what came before the present state is told apart', () => {
  expect(barOf(card({ waiting: { since: at(-0.5) } }), frame, now)!.before).toBeCloseTo(75)
})

test('due: a mark in the frame, late once the end is after it', () => {
  expect(barOf(card({ dueAt: at(1) }), frame, now)).toMatchObject({ due: 90, isLate: false })
  expect(barOf(card({ dueAt: at(-1) }), frame, now)).toMatchObject({ due: 70, isLate: true })
  expect(barOf(card({ dueAt: at(9) }), frame, now)).toMatchObject({ due: null })
})

test('outside the frame there is no bar', () => {
  expect(barOf(card({ createdAt: at(-20), finishedAt: at(-10) }), frame, now)).toBeNull()
  expect(barOf(card({ createdAt: at(3), finishedAt: at(4) }), frame, now)).toBeNull()
})

test('all of it is from the first task to the last due date', () => {
  const { from, to } = frameOf('all', [card({ createdAt: at(-40) }), card({ dueAt: at(5) })], now)
  expect([from < now - 40 * DAY_MS, to > now + 5 * DAY_MS]).toEqual([true, true])
})

test('the usual range is the shortest that holds all beginnings, a month at most', () => {
  const ranges = [[-0.01, 'hour'], [-0.2, 'day'], [-3, 'week'], [-20, 'month'], [-400, 'month']] as const
  for (const [days, range] of ranges) expect(usualRange([card({ createdAt: at(days) })], now)).toBe(range)
})

test('marks are round and few', () => {
  for (const days of [0.04, 0.1, 1, 7, 30, 365, 3650]) {
    const marks = marksOf({ from: now - days * DAY_MS, to: now }, 8)
    expect(marks.length, `${days} days`).toBeGreaterThan(0)
    expect(marks.length, `${days} days`).toBeLessThanOrEqual(12)
    expect(marks.every((mark) => new Date(mark).getMinutes() % 5 === 0)).toBe(true)
  }
})
