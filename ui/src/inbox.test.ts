/** The order of the inbox, and whose it is. */
import { describe, expect, test } from 'vitest'
import type { OpenGate, Person } from './inbox.ts'
import { byCostOfDelay, isAlike, nameOf, refusalFor, urgencyOf } from './inbox.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const after = (hours: number): string => new Date(now + hours * 3_600_000).toISOString()
const gate = (id: string, given: Partial<OpenGate> = {}): OpenGate => ({
  id, title: 'T', requestedBy: 'ada', createdAt: after(-1), expiresAt: after(48), evidence: { priority: 'normal' },
  subject: { kind: 'task', key: 'TASK-1', from: 'review', to: 'done' },
  policy: { approvers: ['role:operator'], quorum: 1, fourEyes: false }, votes: [], ...given,
})

describe('the order', () => {
  const urgent = { evidence: { priority: 'urgent' } }
  const low = { evidence: { priority: 'low' } }
  const cases: [string, OpenGate[], string][] = [
    ['what expires in half an hour beats an urgent one with days left',
      [gate('a', urgent), gate('b', { ...low, expiresAt: after(0.5) })], 'b a'],
    ['within one step of expiry, priority decides',
      [gate('a', { expiresAt: after(31) }), gate('b', { ...urgent, expiresAt: after(99) })], 'b a'],
    ['priorities in their order',
      ['low', 'high', 'normal', 'urgent'].map((priority) => gate(priority, { evidence: { priority } })), 'urgent high normal low'],
    ['then how much the one who asks has open', [gate('a'), gate('b', { requestedBy: 'bob' })], 'b a'],
    ['then age, the oldest first', [gate('a'), gate('b', { createdAt: after(-5) }), gate('c', { createdAt: after(-2) })], 'b c a'],
    ['what is over comes first',
      [gate('a', { ...urgent, expiresAt: after(0.2) }), gate('b', { ...urgent, expiresAt: after(-3), createdAt: after(-9) })], 'b a'],
    ['evidence may be anything', [gate('a', { evidence: null }), gate('b', { evidence: 'text' }), gate('c', urgent)], 'c a b'],
    ['equal ones always in the same order', [gate('b'), gate('a')], 'a b'],
    ['none', [], ''],
  ]
  test.each(cases)('%s', (_, gates, wanted) => {
    const behind = (handle: string): number => (handle === 'bob' ? 4 : 1)
    expect(byCostOfDelay(gates, now, behind).map(({ id }) => id).join(' ')).toBe(wanted)
  })
  test.each([[-1, 0], [1.5, 0], [1.51, 1], [6, 1], [24, 2], [30, 2], [100, 3], [101, 4]])('%s hours are step %s', (hours, step) => {
    expect(urgencyOf(after(hours), now)).toBe(step)
  })
})

describe('whose it is', () => {
  const owner: Person = { handle: 'owner', role: 'owner' }
  const cases: [string, Partial<OpenGate>, Person, RegExp | null][] = [
    ['an operator’s', {}, owner, null],
    ['not a viewer’s', {}, { handle: 'vera', role: 'viewer' }, /any operator/],
    ['not who asks', { requestedBy: 'owner' }, owner, /asked for this/],
    ['not who has voted', { votes: [{ by: 'owner', verdict: 'approve' }] }, owner, /has voted already/],
    ['not who did the work, with four eyes',
      { evidence: { assignee: 'owner' }, policy: { approvers: ['role:operator'], quorum: 1, fourEyes: true } }, owner, /Four eyes/],
    ['who did the work, without', { evidence: { assignee: 'owner' } }, owner, null],
    ['who is named', { policy: { approvers: ['human:vera'], quorum: 1, fourEyes: false } }, { handle: 'vera', role: 'viewer' }, null],
    ['nobody’s once it is over', { expiresAt: after(-1) }, owner, /expired/],
  ]
  test.each(cases)('%s', (_, given, person, wanted) => {
    const said = refusalFor(gate('g', given), person, new Date(now).toISOString())
    if (wanted) expect(said).toMatch(wanted)
    else expect(said).toBe(null)
  })
})

test('a title without what the row says anyway', () => {
  expect(nameOf(gate('a', { title: 'TASK-1 review → done: Write: it' }))).toBe('Write: it')
  expect(nameOf(gate('a', { title: 'Something else' }))).toBe('Something else')
  expect(nameOf(gate('a', {
    title: 'ada: 5 credits beyond the budget of ada', subject: { kind: 'spend', key: 'ada', from: null, to: null },
  }))).toBe('5 credits beyond the budget of ada')
})

test('alike is the same question', () => {
  const start = { kind: 'task', key: 'TASK-2', from: 'todo', to: 'in_progress' }
  expect(isAlike(gate('a'), gate('b', { subject: { ...gate('b').subject, key: 'TASK-9' } }))).toBe(true)
  expect(isAlike(gate('a'), gate('b', { subject: start }))).toBe(false)
})
