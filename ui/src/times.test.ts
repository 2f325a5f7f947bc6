import { expect, test } from 'vitest'
import { countedDown } from './times.ts'

test.each([
  [-5000, '0 s'], [0, '0 s'], [1, '1 s'], [8000, '8 s'], [59_001, '1 min 0 s'], [252_000, '4 min 12 s'],
  [3_599_000, '59 min 59 s'], [3_600_000, '1 h'], [3_840_000, '1 h 4 min'], [86_400_000, '1 d'],
])('%i ms left: %s', (left, expected) => expect(countedDown(left)).toBe(expected))
