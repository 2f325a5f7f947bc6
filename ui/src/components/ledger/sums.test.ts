import { describe, expect, test } from 'vitest'
import type { Moved } from './sums.ts'
import { dayNamer, daysUntil, sumsByAgent, sumsByDay, total } from './sums.ts'

const moved = (from: string, to: string, amount: string, createdAt = '2026-11-21T10:00:00Z'): Moved => {
  const agents = [from, to].filter((name) => ['ada', 'bob'].includes(name))
  return { from, to, amount, createdAt, agent: agents[0] ?? null }
}
const isAgent = (name: string): boolean => ['ada', 'bob'].includes(name)
const days = ['2026-11-20', '2026-11-21']

describe('sumsByDay', () => {
  const of = (transfers: Moved[], agent: string | null = null, zone = 'UTC') =>
    sumsByDay(transfers, isAgent, { days, zone, agent }).map(([day, { earned, spent }]) => `${day} +${earned} -${spent}`)
  test('a day without transfers is there', () => {
    expect(of([])).toEqual(['2026-11-20 +0 -0', '2026-11-21 +0 -0'])
  })
  test('adds up exactly what tenths in binary do not', () => {
    expect(of([moved('treasury', 'ada', '0.1'), moved('treasury', 'ada', '0.2')])[1]).toBe('2026-11-21 +300000 -0')
  })
  test('counts agents only, and both sides between two of them', () => {
    expect(of([moved('ada', 'platform', '2'), moved('ada', 'bob', '1'), moved('treasury', 'platform', '5')])[1])
      .toBe('2026-11-21 +1000000 -3000000')
  })
  test('of one agent its own side', () => {
    expect(of([moved('ada', 'bob', '1')], 'bob')[1]).toBe('2026-11-21 +1000000 -0')
  })
  test('by the calendar of the workspace', () => {
    const late = [moved('treasury', 'ada', '1', '2026-11-20T23:30:00Z')]
    expect(of(late)[0]).toBe('2026-11-20 +1000000 -0')
    expect(of(late, null, 'Europe/Berlin')[1]).toBe('2026-11-21 +1000000 -0')
  })
})

test('sumsByAgent: the largest first', () => {
  const sums = sumsByAgent([moved('treasury', 'ada', '1'), moved('bob', 'platform', '3'), moved('treasury', 'bob', '2')], isAgent)
  expect(sums).toEqual([['bob', { earned: 2_000_000n, spent: 3_000_000n }], ['ada', { earned: 1_000_000n, spent: 0n }]])
  expect(total(sums)).toEqual({ earned: 3_000_000n, spent: 3_000_000n })
})

describe('days', () => {
  test.each([
    ['UTC', '2026-03-01T12:00:00Z', ['2026-02-27', '2026-02-28', '2026-03-01']],
    // The night the clocks go forward: no day is missed, none comes twice.
    ['Europe/Berlin', '2026-03-29T22:30:00Z', ['2026-03-28', '2026-03-29', '2026-03-30']],
  ])('in %s', (zone, now, expected) => expect(daysUntil(Date.parse(now), 3, zone)).toEqual(expected))
  test('a zone that is none is UTC', () => {
    expect(dayNamer('Nowhere/At_All')('2026-11-21T23:59:00Z')).toBe('2026-11-21')
  })
})
