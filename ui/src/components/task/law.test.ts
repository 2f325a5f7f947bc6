/** What the panel offers is what the law allows. */
import { describe, expect, test } from 'vitest'
import { moves, statuses } from '../../../../domain/tasks.ts'
import type { Lawful } from './law.ts'
import { actsOn, needsWords, unblockers } from './law.ts'
import { mayChange } from './person.ts'

const now = '2026-11-21T10:00:00.000Z'
const operator = { handle: 'olga', role: 'operator' }
const task = (fields: Partial<Lawful>): Lawful =>
  ({ key: 'TASK-1', status: 'todo', assignee: 'ada', creator: 'lead', pending: null, waiting: null, ...fields })
const legal = (one: Lawful, person = operator): string[] =>
  actsOn(one, person, now).filter(({ why }) => why === null).map(({ id }) => id)
const whyNot = (one: Lawful, id: string): string | null => actsOn(one, operator, now).find((act) => act.id === id)!.why

describe('moves', () => {
  test.each(statuses)('from %s: those of the table, and no others', (status) => {
    const offered = legal(task({ status })).filter((id) => id.startsWith('to:'))
    expect(offered.toSorted()).toEqual(moves[status].map((to) => `to:${to}`).toSorted())
  })
  test('a viewer is offered none, the assignee and the creator theirs', () => {
    const viewer = { handle: 'vera', role: 'viewer' }
    expect(legal(task({ status: 'todo', assignee: null }), viewer)).not.toContain('to:cancelled')
    expect(mayChange(viewer)).toBe(false)
    expect(mayChange(operator)).toBe(true)
  })
  test.each([
    [task({ assignee: null }), 'to:in_progress', /has no assignee to start it/],
    [task({}), 'to:done', /^Not possible from To do\.$/],
    [task({}), 'claim', /is with ada/],
    [task({ status: 'review' }), 'release', /^Not possible from Review\.$/],
  ])('why not: %o %s', (one, id, why) => expect(whyNot(one, id)).toMatch(why))
})

const waiting = (...unblock: string[]) => ({ waiting: { unblock } })
test.each<[string, Partial<Lawful>, string[]]>([
  ['planned', { status: 'backlog', ...waiting('task.transition') }, ['to:todo']],
  ['to be taken', { assignee: null, ...waiting('task.claim', 'task.next') }, ['claim']],
  ['to be started by another', { ...waiting('task.start', 'task.claim') }, ['to:in_progress']],
  ['to be started by oneself', { assignee: 'olga', ...waiting('task.start', 'task.claim') }, ['to:in_progress', 'claim']],
  ['being worked on', { status: 'in_progress', ...waiting('task.complete', 'task.transition', 'task.release') },
    ['complete', 'to:review', 'release']],
  ['in review', { status: 'review', ...waiting('task.transition', 'task.complete') }, ['to:done', 'to:in_progress']],
  ['blocked', { status: 'blocked', ...waiting('task.transition') }, ['to:in_progress', 'to:todo']],
  ['blocked without anybody', { status: 'blocked', assignee: null, ...waiting('task.transition') }, ['to:todo']],
  ['gated', { status: 'review', ...waiting('gate.decide', 'gate.cancel') }, []],
  ['an operation of another time', waiting('task.teleport'), []],
])('what would unblock one %s', (_, fields, expected) => {
  const one = task(fields)
  expect(unblockers(one, actsOn(one, operator, now))).toEqual(expected)
})

test('what cannot be taken back, and what others read, asks first', () => {
  expect(needsWords('to:in_progress', 'review')).toBe(true)
  expect(needsWords('to:in_progress', 'todo')).toBe(false)
  expect(['to:done', 'complete', 'to:cancelled', 'to:blocked'].every((id) => needsWords(id as 'complete', 'todo'))).toBe(true)
})
