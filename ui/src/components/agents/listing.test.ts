import { describe, expect, test } from 'vitest'
import type { Agent } from '../../composables/useAgents.ts'
import type { Account } from '../../composables/useBalances.ts'
import { isWanted, nextSort, sortOf, sorted } from './listing.ts'

const agent = (handle: string, fields: Partial<Agent> = {}): Agent => ({
  id: handle, handle, name: handle, role: 'worker', mode: 'worker', level: 1, model: null,
  status: 'active', trust: 50, band: 'probation', reportsTo: null, openTasks: 0, lastSeenAt: null,
  capabilities: [], ...fields,
})
const account = (handle: string, available: string): [string, Account] => [handle, {
  handle, name: handle, status: 'active',
  balance: { posted: available, held: '0', available, floor: '0' },
}]

describe('sorted', () => {
  const agents = [
    agent('ada', { trust: 70, lastSeenAt: '2026-11-21T10:00:00Z' }), agent('bob', { trust: null }),
    agent('cy', { trust: 9, lastSeenAt: '2026-11-20T10:00:00Z' }),
  ]
  const accounts = new Map([account('ada', '9.5'), account('bob', '10'), account('cy', '-3')])
  test.each<[string | null, string]>([
    [null, 'ada bob cy'], ['-handle', 'cy bob ada'],
    ['trust', 'cy ada bob'], ['-trust', 'ada cy bob'],
    // As amounts, not as text: 10 is more than 9.5.
    ['-balance', 'bob ada cy'], ['balance', 'cy ada bob'],
    ['-seen', 'ada cy bob'], ['nonsense', 'ada bob cy'],
  ])('by %s', (sort, expected) => {
    expect(sorted(agents, sortOf(sort), accounts).map(({ handle }) => handle).join(' ')).toBe(expected)
  })
})

test('nextSort goes through the usual order, the other one and none', () => {
  expect([nextSort(null, 'trust'), nextSort('-trust', 'trust'), nextSort('trust', 'trust')])
    .toEqual(['-trust', 'trust', null])
  expect([nextSort('-trust', 'handle'), nextSort('handle', 'handle')]).toEqual(['handle', '-handle'])
})

describe('isWanted', () => {
  const ada = agent('ada', {
    name: 'Ada Lovelace', model: 'opus', capabilities: [{ tag: 'typescript', proficiency: 'expert' }],
  })
  const nothing = { typed: '', status: null, role: null }
  test.each<[{ typed?: string; status?: string; role?: string }, boolean]>([
    [{}, true], [{ typed: 'love' }, true], [{ typed: 'ADA type' }, true], [{ typed: 'opus' }, true],
    [{ typed: 'ada bob' }, false], [{ status: 'paused' }, false], [{ role: 'worker' }, true],
  ])('%o: %s', (wanted, expected) => expect(isWanted(ada, { ...nothing, ...wanted })).toBe(expected))
})
