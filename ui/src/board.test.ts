/** The rules of the board: places, order, filters, keys, and which moves the menu offers. */
import { describe, expect, test } from 'vitest'
import { moves, statuses } from '../../domain/tasks.ts'
import type { Status } from '../../domain/tasks.ts'
import type { Card, Filter } from './board.ts'
import { columns, group, nextPlace, passes, placeOf, reachedFrom, stability } from './board.ts'
import { choicesFor } from './components/board/choices.ts'

const now = '2026-11-21T12:00:00.000Z'
const day = (of: number): string => `2026-11-${String(of).padStart(2, '0')}T12:00:00.000Z`
const card = (id: string, given: Partial<Card> = {}): Card => ({
  id, key: `TASK-${id}`, title: `Title ${id}`, status: 'todo', outcome: null, priority: 'normal', tags: [],
  assignee: null, creator: 'owner', workstream: null, dueAt: null, reward: null, rejections: 0, blockReason: null, gate: null,
  pending: null, waiting: null, version: 1, createdAt: day(1), updatedAt: day(1), finishedAt: null, ...given,
})
const ids = (cards: readonly Card[]): string[] => cards.map(({ id }) => id)
const nowhere = new Map<string, Status>()

test('every status has a column, once', () => {
  expect([...columns].sort()).toEqual([...statuses].sort())
})

describe('order', () => {
  const some = [
    card('a', { priority: 'low' }), card('b', { dueAt: day(9) }), card('c', { dueAt: day(3) }),
    card('d', { priority: 'urgent', updatedAt: day(8) }), card('e', { createdAt: day(2) }),
  ]
  test('urgency is priority, due date, age: as agents take them', () => {
    expect(ids(group(some, 'urgency', nowhere).todo)).toEqual(['d', 'c', 'b', 'e', 'a'])
  })
  test('newest and last changed', () => {
    expect(ids(group(some, 'newest', nowhere).todo)).toEqual(['e', 'd', 'c', 'b', 'a'])
    expect(ids(group(some, 'changed', nowhere).todo)).toEqual(['d', 'e', 'c', 'b', 'a'])
  })
  test('what is over begins with what ended last', () => {
    const over = [card('a', { status: 'done', finishedAt: day(2), priority: 'urgent' }),
      card('b', { status: 'done', finishedAt: day(4) })]
    expect(ids(group(over, 'urgency', nowhere).done)).toEqual(['b', 'a'])
  })
  test('a card on its way stands where it goes', () => {
    const grouped = group([card('a')], 'urgency', new Map([['a', 'review']]))
    expect([ids(grouped.todo), ids(grouped.review)]).toEqual([[], ['a']])
  })
  test('a column that says the same is the same', () => {
    const stable = stability()
    const [a, b] = [card('a'), card('b', { status: 'review' })]
    const first = stable(group([a, b], 'urgency', nowhere))
    const second = stable(group([a, card('b', { status: 'review', version: 2 })], 'urgency', nowhere))
    expect(second.todo).toBe(first.todo)
    expect(second.review).not.toBe(first.review)
  })
})

describe('filters', () => {
  const none: Filter = { search: null, assignee: null, tag: null, priority: null, workstream: null }
  const one = card('7', { workstream: 'docs', assignee: 'ada', tags: ['x', 'y'], priority: 'high', title: 'Ship IT', description: 'Über' })
  const cases: [Partial<Filter>, boolean][] = [
    [{}, true], [{ assignee: 'ada' }, true], [{ assignee: 'bob' }, false], [{ tag: 'y' }, true], [{ tag: 'z' }, false],
    [{ priority: 'high' }, true], [{ priority: 'low' }, false], [{ search: 'ship it' }, true],
    [{ search: 'task-7' }, true], [{ search: 'über' }, true], [{ search: 'nothing' }, false],
    [{ assignee: 'ada', tag: 'z' }, false], [{ workstream: 'docs' }, true], [{ workstream: 'launch' }, false],
  ]
  test.each(cases)('%j → %s', (filter, expected) => {
    expect(passes(one, { ...none, ...filter })).toBe(expected)
  })
})

describe('keys', () => {
  const lists = [[card('a'), card('b')], [], [card('c')]]
  const cases: [string, string, string | null][] = [
    ['a', 'ArrowDown', 'b'], ['b', 'ArrowDown', null], ['b', 'ArrowUp', 'a'], ['a', 'ArrowUp', null],
    ['b', 'ArrowRight', 'c'], ['c', 'ArrowLeft', 'a'], ['c', 'ArrowRight', null], ['a', 'End', 'b'], ['b', 'Home', 'a'],
    ['a', 'x', null],
  ]
  test.each(cases)('from %s by %s to %s', (from, key, to) => {
    const next = nextPlace(lists, placeOf(lists, from)!, key)
    expect(next && lists[next.list]![next.index]!.id).toBe(to)
  })
})

describe('the Move menu', () => {
  const owner = { handle: 'owner', role: 'owner' }
  const possible = (given: Partial<Card>, person = owner) =>
    choicesFor(card('1', given), person, now).filter(({ why }) => why === null).map(({ id }) => id)

  test('offers exactly the moves of the table to an operator', () => {
    for (const status of statuses) {
      const offered = possible({ status, assignee: 'ada' })
      expect(offered.toSorted(), status).toEqual([...moves[status]].sort())
    }
  })
  test('says why not, in words of the page', () => {
    const why = (given: Partial<Card>, to: Status) =>
      choicesFor(card('1', given), owner, now).find(({ id }) => id === to)!.why
    expect(why({ status: 'backlog' }, 'done')).toBe('Only from Review')
    expect(why({ status: 'todo', assignee: 'ada' }, 'backlog')).toBe('Nothing goes back there')
    expect(why({ status: 'done' }, 'todo')).toBe('Done is final')
    expect(why({ status: 'todo' }, 'in_progress')).toMatch(/no assignee to start it/)
    expect(why({ status: 'review', assignee: 'ada', pending: { goal: 'done' } }, 'done')).toMatch(/approval already/)
    expect(reachedFrom('backlog')).toEqual([])
  })
  test('lets one start what nobody has', () => {
    expect(possible({ status: 'todo' })).toContain('claim')
    expect(possible({ status: 'todo', assignee: 'ada' })).not.toContain('claim')
  })
  test('offers a viewer nothing, with the reason', () => {
    const choices = choicesFor(card('1', { status: 'review', assignee: 'ada' }), { handle: 'eve', role: 'viewer' }, now)
    expect(choices.filter(({ why }) => why === null)).toEqual([])
    expect(choices.find(({ id }) => id === 'done')!.why).toMatch(/operator/)
  })
})
