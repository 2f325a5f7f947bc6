import { describe, expect, test } from 'vitest'
import type { Branch } from './hierarchy.ts'
import { forestOf, leadingTo } from './hierarchy.ts'

type Row = { handle: string; reportsTo: string | null }
const row = (handle: string, reportsTo: string | null = null): Row => ({ handle, reportsTo })
/** `a(b,c(d))`. */
const drawn = (forest: Branch<Row>[]): string => forest.map(({ row: { handle }, branches }) =>
  (branches.length ? `${handle}(${drawn(branches)})` : handle)).join(',')

describe('forestOf', () => {
  test.each<[string, Row[], string]>([
    ['nobody', [], ''],
    ['roots alone', [row('a'), row('b')], 'a,b'],
    ['a report that comes before its manager', [row('b', 'a'), row('a')], 'a(b)'],
    ['several levels', [row('a'), row('b', 'a'), row('c', 'b'), row('d', 'a')], 'a(b(c),d)'],
    ['a manager who is not here', [row('b', 'gone')], 'b'],
    ['a circle', [row('a', 'b'), row('b', 'a'), row('c')], 'c,a(b)'],
    ['somebody who reports to themselves', [row('a', 'a')], 'a'],
  ])('%s', (_, rows, expected) => expect(drawn(forestOf(rows))).toBe(expected))

  test('counts everyone below', () => {
    const [top] = forestOf([row('a'), row('b', 'a'), row('c', 'b')])
    expect(top!.below).toBe(2)
  })
})

test('leadingTo keeps the way to what is wanted', () => {
  const forest = forestOf([row('a'), row('b', 'a'), row('c', 'b'), row('d', 'a'), row('e')])
  expect(drawn(leadingTo(forest, ({ handle }) => handle === 'c'))).toBe('a(b(c))')
  expect(drawn(leadingTo(forest, () => false))).toBe('')
})
