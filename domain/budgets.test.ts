import { expect, test } from 'vitest'
import type { BudgetUnit } from './budgets.ts'
import { formatUnit, parseUnit } from './budgets.ts'

test.each<[BudgetUnit, string | number, bigint | null]>([
  ['credits', '12.5', 12_500_000n], ['credits', 3, 3_000_000n], ['credits', '0.0000001', null],
  ['credits', '0', null], ['credits', '-1', null], ['credits', '1e3', null],
  ['credits', 'NaN', null], ['credits', Number.POSITIVE_INFINITY, null], ['credits', '', null],
  ['credits', '10000000000000', null],
  ['tokens', '1000', 1000n], ['tokens', 5, 5n], ['tokens', '0.5', null], ['tokens', 0.5, null],
  ['tokens', '-5', null], ['tokens', '0', null], ['tokens', 1e21, null], ['tokens', ' 5', null],
  ['usd_micros', '2500000', 2_500_000n], ['usd_micros', '9999999999999999999', null],
])('%s: %s', (unit, given, expected) => {
  expect(parseUnit(unit, given)).toBe(expected)
})

test('amounts are written in their unit', () => {
  expect(formatUnit('credits', 12_500_000n)).toBe('12.5')
  expect(formatUnit('tokens', 12_500_000n)).toBe('12500000')
})
