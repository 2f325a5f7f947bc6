import { describe, expect, test } from 'vitest'
import { becomes, cases, decides, happens, isValue, refuses } from '../test/harness/cases.ts'
import {
  NOW, actor, bob, facts, gate, gateFacts, lead, lease, pending, person, policy, reviewed, task, working,
} from '../test/harness/facts.ts'
import { remindersOf, tally } from './gates.ts'
import type { Vote } from './gates.ts'
import { isApprover, matches, nextPolicy, policyOf } from './policies.ts'
import { decideGateCancel, decideGateClock, decideVote } from './verdicts.ts'

const yes = { verdict: 'approve', comment: null } as const
const no = { verdict: 'deny', comment: 'The tests are missing.' } as const
const abstain = { verdict: 'abstain', comment: null } as const
const voted = (by: string, verdict: Vote['verdict'] = 'approve'): Vote => ({
  by_id: `${by}-id`, by, by_kind: 'human', verdict, comment: null, at: NOW, on_behalf_of: null,
})
const asks = (over: Parameters<typeof policyOf>[0]) => gate({ policy: policyOf(over, 3600) })
const agentGate = asks({ approvers: ['agent:lead', 'level:7'] })

cases('vote', decideVote, [
  ['yes moves the task', [gateFacts(), yes], becomes({ status: 'done', outcome: 'completed', pending: null })],
  ['yes, in this order', [gateFacts(), yes], happens('gate.voted', 'gate.approved', 'task.transitioned')],
  ['the requester counts as the mover', [gateFacts(), yes],
    decides({ events: [{}, {}, { data: { mover_id: 'ada-id', approvers: [{ handle: 'olga' }] } }] })],
  ['no sends it back', [gateFacts(), no],
    becomes({ status: 'in_progress', rejections: 1, feedback: 'The tests are missing.' })],
  ['no gives a new lease', [gateFacts(), no], decides({ lease: { do: 'take', holder_id: 'ada-id' } })],
  ['abstaining decides nothing', [gateFacts(), abstain], happens('gate.voted')],
  ['one of two', [gateFacts({ subject: asks({ quorum: 2 }) }), yes], happens('gate.voted')],
  ['the second of two',
    [gateFacts({ subject: { ...asks({ quorum: 2 }), votes: [voted('otto')] } }), yes],
    happens('gate.voted', 'gate.approved', 'task.transitioned')],
  ['the first no ends it', [gateFacts({ subject: asks({ quorum: 2 }) }), no],
    happens('gate.voted', 'gate.denied', 'task.transitioned')],
  ['one no is no majority', [gateFacts({ subject: asks({ quorum: 2, deny: 'majority' }) }), no],
    happens('gate.voted')],
  ['twice', [gateFacts({ subject: gate({ votes: [voted('olga')] }) }), yes], refuses('duplicate')],
  ['by the requester', [gateFacts({ actor: actor({ level: 9 }) }), yes], refuses('self_approval')],
  ['by whom the requester manages',
    [gateFacts({ standing: { managed_by_requester: true } }), yes], refuses('self_approval')],
  ['four eyes', [gateFacts({ subject: asks({ four_eyes: true }), standing: { is_assignee: true } }), yes],
    refuses('self_approval')],
  ['two eyes', [gateFacts({ standing: { is_assignee: true } }), yes], becomes({ status: 'done' })],
  ['by an agent nobody named', [gateFacts({ actor: lead }), yes], refuses('forbidden')],
  ['by a named agent', [gateFacts({ actor: lead, subject: agentGate }), yes], becomes({ status: 'done' })],
  ['by a named agent below level 5',
    [gateFacts({ actor: { ...lead, level: 4 }, subject: agentGate }), yes], refuses('forbidden')],
  ['by a viewer', [gateFacts({ actor: person('viewer') }), yes], refuses('forbidden')],
  ['on a closed gate', [gateFacts({ subject: gate({ state: 'denied' }) }), yes],
    refuses('gate_closed', { state: 'denied' })],
  ['after the end', [gateFacts({ subject: gate({ expires_at: NOW }) }), yes],
    refuses('gate_closed', { state: 'expired' })],
  ['a second policy still has to say yes',
    [gateFacts({ policies: [policy('done'), { ...policy('done'), id: 'second' }] }), yes],
    happens('gate.voted', 'gate.approved', 'task.held', 'gate.opened')],
  ['who said yes first is remembered',
    [gateFacts({ policies: [policy('done'), { ...policy('done'), id: 'second' }] }), yes],
    becomes({ pending: { approvers: [{ handle: 'olga', gate: 'gate-id' }] } })],
  ['whoever said yes, at any of its gates, is in the move', [gateFacts({
    task: reviewed({ pending: { ...pending, step: ['first'], approvers: [
      { id: 'otto-id', handle: 'otto', kind: 'human', gate: 'first-gate' }] } }),
  }), yes], decides({ events: [{}, {}, { data: { approvers: [
    { handle: 'otto', gate: 'first-gate' }, { handle: 'olga', gate: 'gate-id' }] } }] })],
  ['goes on towards its goal', [gateFacts({
    task: working({ pending: { ...pending, step: [], from: 'in_progress', to: 'review' } }),
    subject: gate({ from: 'in_progress', to: 'review', policy_id: 'policy-review' }),
    policies: [policy('review')],
  }), yes], becomes({ status: 'done' })],
  ['stops at the next gate on its way', [gateFacts({
    task: working({ pending: { ...pending, step: [], from: 'in_progress', to: 'review' } }),
    subject: gate({ from: 'in_progress', to: 'review', policy_id: 'policy-review' }),
    policies: [policy('review'), policy('done')],
  }), yes], happens('gate.voted', 'gate.approved', 'task.transitioned', 'task.held', 'gate.opened')],
  ['a denied submission stays in progress', [gateFacts({
    task: working({
      pending: { ...pending, step: [], from: 'in_progress', to: 'review' },
      lease: lease({ suspended: true }),
    }),
    subject: gate({ from: 'in_progress', to: 'review' }),
  }), no], decides({ lease: { do: 'take' }, task: { set: { rejections: 1, pending: null } } })],
  ['a denied claim frees the task', [gateFacts({
    task: task({
      assignee_id: 'ada-id', assignee: 'ada', attempt: 1,
      pending: { ...pending, step: [], from: 'todo', to: 'in_progress', goal: 'in_progress' },
    }),
    subject: gate({ from: 'todo', to: 'in_progress' }),
  }), no], becomes({ assignee_id: null, pending: null })],
  ['an approved claim is a claim', [gateFacts({
    task: task({
      assignee_id: 'ada-id', assignee: 'ada', assignee_kind: 'agent', attempt: 1,
      pending: { ...pending, step: [], from: 'todo', to: 'in_progress', goal: 'in_progress' },
    }),
    subject: gate({ from: 'todo', to: 'in_progress' }),
  }), yes], happens('gate.voted', 'gate.approved', 'task.claimed')],
])

cases('withdraw', decideGateCancel, [
  ['by the requester', [gateFacts({ actor: actor() }), {}], happens('gate.cancelled', 'task.unheld')],
  ['leaves the task where it is', [gateFacts({ actor: actor() }), {}],
    (decided) => expect(decided).not.toHaveProperty('task.set.status')],
  ['by another agent', [gateFacts({ actor: bob }), {}], refuses('forbidden')],
  ['a closed one', [gateFacts({ subject: gate({ state: 'approved' }) }), {}], refuses('gate_closed')],
])

const at = (now: string, over: Parameters<typeof gate>[0] = {}) =>
  [{ ...gateFacts({ subject: gate(over) }), now }] as [ReturnType<typeof gateFacts>]
const end = '2026-11-21T13:00:00.000Z'
cases('the clock of a gate', decideGateClock, [
  ['nothing at first', at(NOW), isValue(null)],
  ['reminds at half-time', at('2026-11-21T12:30:00.000Z'), happens('gate.reminded')],
  ['once', at('2026-11-21T12:31:00.000Z', { reminded: 1 }), isValue(null)],
  ['and near the end', at('2026-11-21T12:54:00.000Z', { reminded: 1 }), happens('gate.reminded')],
  ['expires', at(end), happens('gate.expired', 'task.transitioned')],
  ['expiry sends the task back with feedback', at(end), becomes({ status: 'in_progress', rejections: 1 })],
  ['or approves, if the policy says so', at(end, { policy: policyOf({ on_expiry: 'approve' }, 3600) }),
    happens('gate.approved', 'task.transitioned')],
  ['or goes up, once', at(end, { policy: policyOf({ on_expiry: 'escalate' }, 3600) }),
    happens('gate.escalated')],
  ['and then expires', at(end, { policy: policyOf({ on_expiry: 'escalate' }, 3600), escalated: true }),
    happens('gate.expired', 'task.transitioned')],
  ['not when closed', at(end, { state: 'approved' }), isValue(null)],
])

describe('tally', () => {
  const rule = (over: Parameters<typeof policyOf>[0]) => policyOf(over, 60)
  cases('of votes', (over: Parameters<typeof policyOf>[0], ...votes: Vote['verdict'][]) =>
    tally(rule(over), votes.map((verdict) => ({ verdict }))), [
    ['none', [{}], isValue(null)],
    ['one yes', [{}, 'approve'], isValue('approved')],
    ['one no', [{}, 'deny'], isValue('denied')],
    ['abstentions', [{}, 'abstain', 'abstain'], isValue(null)],
    ['two of three', [{ quorum: 3 }, 'approve', 'approve'], isValue(null)],
    ['a majority against', [{ quorum: 2, deny: 'majority' }, 'approve', 'deny', 'deny'], isValue('denied')],
    ['no one against enough', [{ quorum: 2, deny: 'majority' }, 'deny', 'approve', 'approve'], isValue('approved')],
  ])
})

cases('approvers', (approvers: string[], who: Parameters<typeof isApprover>[1]) => isApprover(approvers, who), [
  ['an operator', [['role:operator'], person()], isValue(true)],
  ['an owner is an operator too', [['role:operator'], person('owner')], isValue(true)],
  ['an operator is no admin', [['role:admin'], person()], isValue(false)],
  ['by name', [['human:olga'], person()], isValue(true)],
  ['another name', [['human:otto'], person()], isValue(false)],
  ['an agent by name', [['agent:lead'], lead], isValue(true)],
  ['an agent by level', [['level:5'], lead], isValue(true)],
  ['a higher level', [['level:6'], lead], isValue(false)],
  ['an agent by role', [['role:lead'], lead], isValue(true)],
  ['a person has no level', [['level:5'], person()], isValue(false)],
  ['nobody', [[], person('owner')], isValue(false)],
])

cases('policies', (match: object, from: 'review' | 'blocked', over: Parameters<typeof task>[0] = {}) =>
  matches(policy('in_progress', {}, match).match, task(over), from, 'in_progress'), [
  ['any way there', [{}, 'review'], isValue(true)],
  ['only from review', [{ from: 'review' }, 'blocked'], isValue(false)],
  ['by tag', [{ tags: ['legal'] }, 'review', { tags: ['legal', 'x'] }], isValue(true)],
  ['another tag', [{ tags: ['legal'] }, 'review', { tags: ['x'] }], isValue(false)],
  ['by priority', [{ priority: 'high' }, 'review'], isValue(false)],
  ['rich tasks', [{ min_reward: '10' }, 'review', { reward: '10000000' }], isValue(true)],
  ['poor tasks', [{ min_reward: '10' }, 'review', { reward: '9999999' }], isValue(false)],
])

test('every matching policy has to say yes, one after the other', () => {
  const both = [policy('done'), { ...policy('done'), id: 'second' }]
  const next = (passed: string[]) => nextPolicy(both, reviewed(), 'review', 'done', passed)?.id ?? null
  expect([next([]), next(['policy-done']), next(['policy-done', 'second'])])
    .toEqual(['policy-done', 'second', null])
})

test('reminders are at 50 % and 90 % of the time to live', () => {
  expect(remindersOf(gate())).toEqual(['2026-11-21T12:30:00.000Z', '2026-11-21T12:54:00.000Z'])
  expect(facts().gate).toBeNull()
})
