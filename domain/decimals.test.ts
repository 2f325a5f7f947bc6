import { expect, test } from 'vitest'
import { ceilAt, parseDecimal, plus, times } from './decimals.ts'

test.each<[string, unknown, bigint | null, number]>([
  ['whole', '12', 12n, 0],
  ['a fraction', '0.15', 15n, 2],
  ['an exponent, as Python writes it', '1.5e-05', 15n, 6],
  ['an exponent, as JavaScript writes it', 1.5e-7, 15n, 8],
  ['a positive exponent', '1.5E+3', 1500n, 0],
  ['an exponent within the fraction', '1.25e1', 125n, 1],
  ['zero, however written', '-0.000e-300', 0n, 0],
  ['below zero', '-3.5', -35n, 1],
  ['as far as it goes', '1e-60', 1n, 60],
  ['farther', '1e-61', null, 0],
  ['far too large', '1e300', null, 0],
  ['a flood of digits', '9'.repeat(100_000), null, 0],
  ['NaN', Number.NaN, null, 0],
  ['Infinity', Number.POSITIVE_INFINITY, null, 0],
  ['hexadecimal', '0x10', null, 0],
  ['a plus sign', '+1', null, 0],
  ['a comma', '1,5', null, 0],
  ['no whole part', '.5', null, 0],
  ['no fraction', '1.', null, 0],
  ['blank', '', null, 0],
  ['a line end behind', '1\n', null, 0],
  ['null', null, null, 0],
  ['a list that prints as a number', ['1'], null, 0],
])('a decimal: %s', (_, value, digits, scale) => {
  expect(parseDecimal(value)).toEqual(digits === null ? null : { digits, scale })
})

test.each<[string, number, bigint]>([
  ['1.5', 0, 2n],
  ['-1.5', 0, -1n],
  ['0.000001', 6, 1n],
  ['0.0000001', 6, 1n],
  ['0.0000010000000000000000001', 6, 2n],
  ['2', 6, 2_000_000n],
  ['0', 6, 0n],
])('%s at %i places, rounded up, is %s', (text, places, units) => {
  expect(ceilAt(parseDecimal(text)!, places)).toBe(units)
})

test('sums and products are exact where floats drift', () => {
  const tenth = parseDecimal('0.1')!
  expect(plus(times(2n, tenth), tenth)).toEqual({ digits: 3n, scale: 1 })
  expect(plus(tenth, parseDecimal('0.02')!)).toEqual({ digits: 12n, scale: 2 })
})
