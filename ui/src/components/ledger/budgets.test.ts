import { describe, expect, test } from 'vitest'
import type { Amounts } from './budgets.ts'
import { amountIn, fillOf, inOrder, isOwn, said, scopeOf, whose } from './budgets.ts'

const budget = (used: string, held: string, more: Partial<Amounts> = {}): Amounts =>
  ({ unit: 'credits', limit: '10', used, held, available: '0', warnAt: [50, 80, 100], ...more })

test.each<[string, string, string]>([
  ['credits', '1234.5', '1,234.5'], ['tokens', '2000000', '2,000,000'],
  ['usd_micros', '0', '$0.00'], ['usd_micros', '1', '$0.000001'], ['usd_micros', '2500000', '$2.50'],
  ['usd_micros', '1234000000', '$1,234.00'], ['usd_micros', '1234567', '$1.234567'],
])('%s %s is %s', (unit, amount, expected) => expect(amountIn(unit, amount)).toBe(expected))

describe('said', () => {
  test.each<[Amounts, string]>([
    [budget('6', '2', { available: '2' }), '6 of 10 credits used, 2 held, 2 left'],
    [budget('0', '0', { available: '10' }), '0 of 10 credits used, 10 left'],
    [budget('8', '2'), '8 of 10 credits used, 2 held, 0 left'],
    [budget('12.5', '0'), '12.5 of 10 credits used, 2.5 over the limit'],
    [budget('1500000', '500000', { unit: 'usd_micros', limit: '10000000', available: '8000000' }),
      '$1.50 of $10.00 used, $0.50 held, $8.00 left'],
    [budget('2077', '0', { unit: 'tokens', limit: '4000', available: '1923' }), '2,077 of 4,000 tokens used, 1,923 left'],
  ])('%#: %s', (given, expected) => expect(said(given)).toBe(expected))
})

describe('fillOf', () => {
  test.each<[string, Amounts, object]>([
    ['room', budget('6', '2'), { used: 60, held: 20, limit: 100, lines: [50, 80, 100], reached: 80, state: 'room' }],
    ['a millionth below a line', budget('4.999999', '0'), { reached: null, state: 'room' }],
    ['full', budget('6', '4'), { reached: 100, state: 'full' }],
    ['over: the bar is what is in use', budget('15', '5'), { used: 75, held: 25, limit: 50, lines: [25, 40, 50], state: 'over' }],
    ['lines beyond the bar are not drawn', budget('1', '0', { warnAt: [50, 150] }), { lines: [50] }],
    ['a line beyond the limit that is reached', budget('20', '0', { warnAt: [150, 250] }), { lines: [75], reached: 150 }],
  ])('%s', (_, given, expected) => expect(fillOf(given)).toMatchObject(expected))
})

test('whose it is', () => {
  expect(scopeOf({ scope: { workspace: true } })).toEqual({ kind: 'workspace', name: '' })
  const all = [{ task: 'TASK-1' }, { agent: 'zoe' }, { agent: 'ada' }, { subtree: 'lead' }, { workstream: 'docs' },
    { workspace: true }]
  const budgets = all.map((scope, index) => ({ id: String(index), scope }) as never)
  expect(inOrder(budgets).map(whose)).toEqual(['The workspace', 'Workstream docs', 'Team of lead', 'ada', 'zoe', 'TASK-1'])
  expect(all.filter((scope) => isOwn({ scope }, 'lead'))).toEqual([{ subtree: 'lead' }])
  expect(isOwn({ scope: { task: 'ada' } }, 'ada')).toBe(false)
  expect(isOwn({ scope: { workstream: 'ada' } }, 'ada')).toBe(false)
})
