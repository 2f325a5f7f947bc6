import { describe, expect, test } from 'vitest'
import { becomes, cases, decides, happens, refuses } from '../test/harness/cases.ts'
import {
  LATER, actor, assigned, bob, facts, gate, lead, lease, pending, person, policy, reviewed, task,
  working,
} from '../test/harness/facts.ts'
import { decideClaim, decideNext } from './claims.ts'
import { decideComment, decideUpdate } from './edits.ts'
import { decideExpiry, decideHeartbeat, decideRelease } from './leases.ts'
import type { Status, Task } from './tasks.ts'
import { moves, statuses } from './tasks.ts'
import {
  decideCancel, decideComplete, decideFail, decideStart, decideTransition,
} from './transitions.ts'

describe('the 49 pairs', () => {
  const operator = person()
  const pairs = statuses.flatMap((from) => statuses.map((to): [Status, Status] => [from, to]))
  const legal = pairs.filter(([from, to]) => moves[from].includes(to))
  const from = (status: Status): Task => assigned({
    status, attempt: 1, lease: status === 'in_progress' ? lease() : null,
  })

  test('14 are legal', () => expect(legal).toHaveLength(14))
  test.each(legal)('%s → %s', (start, to) => {
    becomes({ status: to })(decideTransition(facts({ actor: operator, task: from(start) }), { to }))
  })
  test.each(pairs.filter(([start, to]) => !moves[start].includes(to)))('not %s → %s', (start, to) => {
    refuses('invalid_transition', { from: start, to, allowed: [...moves[start]] })(
      decideTransition(facts({ actor: operator, task: from(start) }), { to }))
  })
})

cases('claim', decideClaim, [
  ['a ready task', [facts()], becomes({ status: 'in_progress', assignee_id: 'ada-id', attempt: 1 })],
  ['takes a lease', [facts()], decides({ lease: { do: 'take', holder_id: 'ada-id', expires_at: LATER } })],
  ['is one event', [facts()], happens('task.claimed')],
  ['its own', [facts({ task: assigned() })], becomes({ status: 'in_progress' })],
  ['after an expiry it is the next attempt', [facts({ task: task({ attempt: 2 }) })],
    becomes({ attempt: 2 })],
  ['by an operator: no lease', [facts({ actor: person() })], becomes({ assignee_id: 'olga-id' })],
  ['taken by another', [facts({ actor: bob, task: working() })], refuses('already_claimed', { by: 'ada' })],
  ['assigned to another', [facts({ actor: bob, task: assigned() })], refuses('already_claimed')],
  ['taken by itself', [facts({ task: working() })], refuses('already_claimed', { by: 'ada' })],
  ['in the backlog', [facts({ task: task({ status: 'backlog' }) })], refuses('invalid_transition')],
  ['done', [facts({ task: reviewed({ status: 'done' }) })], refuses('invalid_transition', { allowed: [] })],
  ['without the capability', [facts({ task: task({
    required_capabilities: [{ tag: 'rust', proficiency: null }] }) })],
  refuses('forbidden', { required: { capability: 'rust' } })],
  ['below the proficiency', [facts({ task: task({
    required_capabilities: [{ tag: 'typescript', proficiency: 'expert' }] }) })],
  refuses('forbidden', { required: { capability: { tag: 'typescript', proficiency: 'expert' } } })],
  ['at the proficiency', [facts({ task: task({
    required_capabilities: [{ tag: 'typescript', proficiency: 'standard' }] }) })],
  becomes({ status: 'in_progress' })],
  ['below its trust', [facts({ task: task({ min_trust: 51 }) })],
    refuses('forbidden', { required: { trust: 51 } })],
  ['urgent wants 71', [facts({ task: task({ priority: 'urgent' }) })],
    refuses('forbidden', { required: { trust: 71 } })],
  ['high wants 51', [facts({ task: task({ priority: 'high' }) })],
    refuses('forbidden', { required: { trust: 51 } })],
  ['urgent, where the workspace asks for nothing',
    [facts({ task: task({ priority: 'urgent' }), settings: { priority_trust: { urgent: null, high: null } } })],
    becomes({ status: 'in_progress' })],
  ['below the limit', [facts({ claims: 1, settings: { max_claims: 2 } })],
    decides({ claims: { agent_id: 'ada-id', count: 1 } })],
  ['at the limit', [facts({ claims: 2, settings: { max_claims: 2 } })], refuses('limit_reached', { limit: 2 })],
  ['a gated one is reserved', [facts({ policies: [policy('in_progress')] })],
    happens('task.held', 'gate.opened')],
  ['a reserved one waits', [facts({ task: assigned({ pending: { ...pending, step: [] } }), gate: gate() })],
    refuses('gate_required')],
])

describe('next', () => {
  const candidate = (id: string, over: Partial<Task>) => facts({ task: task({ id, ...over }) })
  const order = (...list: ReturnType<typeof candidate>[]) =>
    decideNext(list).map((decision) => decision.task!.id)
  const trusted = { priority_trust: { urgent: null, high: null } }
  const urgent = facts({ task: task({ id: 'urgent', priority: 'urgent' }), settings: trusted })
  test('priority, then due date, then age; no due date is last', () => {
    expect(order(
      candidate('young', { created_at: '2026-02-02T00:00:00.000Z' }),
      candidate('old', { created_at: '2026-01-01T00:00:00.000Z' }),
      candidate('due', { due_at: '2026-12-01T00:00:00.000Z' }),
      candidate('low', { priority: 'low', due_at: '2026-11-22T00:00:00.000Z' }), urgent,
    )).toEqual(['urgent', 'due', 'old', 'young', 'low'])
  })
  test('only what it may take', () => {
    expect(order(candidate('mine', {}), candidate('rust', {
      required_capabilities: [{ tag: 'rust', proficiency: null }],
    }))).toEqual(['mine'])
  })
})

cases('transition', decideTransition, [
  ['the assignee asks for review', [facts({ task: working() }), { to: 'review', output: { a: 1 } }],
    becomes({ status: 'review', output: { a: 1 } })],
  ['review ends the lease', [facts({ task: working() }), { to: 'review' }], decides({ lease: { do: 'clear' } })],
  ['a stranger', [facts({ actor: bob, task: working() }), { to: 'review' }], refuses('forbidden')],
  ['a manager', [facts({ actor: lead, task: working(), manages_assignee: true }), { to: 'review' }],
    becomes({ status: 'review' })],
  ['a former holder', [facts({ actor: bob, task: working(), former_holder: true }), { to: 'review' }],
    refuses('lease_lost', { assignee: 'ada' })],
  ['a former holder, when it is todo again', [facts({ former_holder: true }), { to: 'review' }],
    refuses('lease_lost')],
  ['an illegal move of a stranger is illegal first', [facts({ actor: bob, task: working() }), { to: 'done' }],
    refuses('invalid_transition')],
  ['the creator readies its own', [facts({ actor: lead, task: task({ status: 'backlog' }) }), { to: 'todo' }],
    becomes({ status: 'todo' })],
  ['the creator withdraws its own', [facts({ actor: lead }), { to: 'cancelled' }],
    becomes({ status: 'cancelled', outcome: 'abandoned' })],
  ['the creator does not block it', [facts({ actor: lead }), { to: 'blocked' }], refuses('forbidden')],
  ['the creator does not cancel what another works on',
    [facts({ actor: lead, task: working() }), { to: 'cancelled' }], refuses('forbidden')],
  ['start needs an assignee', [facts({ actor: person() }), { to: 'in_progress' }], refuses('forbidden')],
  ['rework counts a rejection',
    [facts({ actor: person(), task: reviewed() }), { to: 'in_progress', reason: 'tests' }],
    becomes({ rejections: 1, feedback: 'tests' })],
  ['taking back one’s own is no rejection', [facts({ task: reviewed() }), { to: 'in_progress' }],
    (decided) => expect(decided).not.toHaveProperty('task.set.rejections')],
  ['rework takes a new lease', [facts({ actor: person(), task: reviewed() }), { to: 'in_progress' }],
    decides({ lease: { do: 'take', holder_id: 'ada-id' } })],
  ['blocked says why', [facts({ task: working() }), { to: 'blocked', reason: 'no key' }],
    becomes({ block_reason: 'no key' })],
  ['unblocking keeps the assignee', [facts({ task: working({ status: 'blocked', lease: null }) }), { to: 'todo' }],
    (decided) => expect(decided).not.toHaveProperty('task.set.assignee_id')],
  ['done with issues', [facts({ actor: person(), task: reviewed() }), { to: 'done', outcome: 'completed_with_issues' }],
    becomes({ outcome: 'completed_with_issues' })],
  ['no outcome on the way', [facts({ task: working() }), { to: 'review', outcome: 'completed' }],
    refuses('invalid_input')],
  ['done is not failed', [facts({ actor: person(), task: reviewed() }), { to: 'done', outcome: 'failed' }],
    refuses('invalid_input')],
  ['a gate holds it', [facts({ task: reviewed(), policies: [policy('done')] }), { to: 'done' }],
    happens('task.held', 'gate.opened')],
  ['held once more is still the same gate',
    [facts({ task: reviewed({ pending: { ...pending, step: [] } }), gate: gate(), policies: [policy('done')] }), { to: 'done' }],
    decides({ events: [], extra: { result: 'pending' } })],
  ['another move overtakes the gate',
    [facts({ actor: person(), task: reviewed({ pending: { ...pending, step: [] } }), gate: gate() }), { to: 'in_progress' }],
    happens('gate.cancelled', 'task.transitioned')],
  ['a gate on review suspends the lease', [facts({ task: working(), policies: [policy('review')] }), { to: 'review' }],
    decides({ lease: { do: 'suspend' }, extra: { result: 'pending' } })],
])

cases('start', decideStart, [
  ['one’s own', [facts({ task: assigned() }), {}], becomes({ status: 'in_progress', attempt: 1 })],
  ['an orchestrator does not execute',
    [facts({ actor: actor({ mode: 'orchestrator' }), task: assigned() }), {}],
    refuses('forbidden', { required: { mode: 'worker' } })],
  ['at the limit', [facts({ task: assigned(), claims: 3, settings: { max_claims: 3 } }), {}], refuses('limit_reached')],
])

cases('complete', decideComplete, [
  ['goes all the way', [facts({ task: working() }), { output: 1 }],
    becomes({ status: 'done', outcome: 'completed', output: 1, version: 5 })],
  ['in two events', [facts({ task: working() }), {}], happens('task.transitioned', 'task.transitioned')],
  ['stops at review where done is gated', [facts({ task: working(), policies: [policy('done')] }), {}],
    happens('task.transitioned', 'task.held', 'gate.opened')],
  ['waits where review is gated', [facts({ task: working(), policies: [policy('review')] }), {}],
    happens('task.held', 'gate.opened')],
  ['from review', [facts({ task: reviewed() }), {}], happens('task.transitioned')],
  ['not from todo', [facts({ task: assigned() }), {}], refuses('invalid_transition', { from: 'todo' })],
  ['late, by a former holder', [facts({ former_holder: true }), {}], refuses('lease_lost')],
])

cases('fail', decideFail, [
  ['is cancelled as failed', [facts({ task: working() }), { reason: 'x' }],
    becomes({ status: 'cancelled', outcome: 'failed' })],
])
cases('cancel', decideCancel, [
  ['is cancelled as abandoned', [facts({ task: working() }), {}],
    becomes({ status: 'cancelled', outcome: 'abandoned' })],
])

cases('release', decideRelease, [
  ['its own', [facts({ task: working() }), {}],
    becomes({ status: 'todo', assignee_id: null, attempt: 2 })],
  ['not by a stranger', [facts({ actor: bob, task: working() }), {}], refuses('forbidden')],
  ['not what nobody works on', [facts({ task: assigned() }), {}], refuses('invalid_transition')],
  ['late', [facts({ former_holder: true }), {}], refuses('lease_lost')],
])

cases('heartbeat', decideHeartbeat, [
  ['extends the lease', [facts({ task: working() })], decides({ lease: { do: 'renew', expires_at: LATER } })],
  ['writes no event', [facts({ task: working() })], happens()],
  ['by another', [facts({ actor: bob, task: working() })], refuses('forbidden')],
  ['by a manager', [facts({ actor: lead, task: working(), manages_assignee: true })], refuses('forbidden')],
  ['by a former holder', [facts({ actor: bob, task: working(), former_holder: true })], refuses('lease_lost')],
])

const expired = { expires_at: '2026-11-21T11:59:59.000Z' }
cases('expiry', (over: Partial<Task>) => decideExpiry(facts({ task: working(over) })), [
  ['not before its time', [{}], (decided) => expect(decided).toBeNull()],
  ['not while a gate is open', [{ lease: lease({ ...expired, suspended: true }) }],
    (decided) => expect(decided).toBeNull()],
  ['returns the task', [{ lease: lease(expired) }],
    becomes({ status: 'todo', assignee_id: null, attempt: 2, expiries: 1, lost_by: ['ada-id'] })],
  ['the third blocks it', [{ lease: lease(expired), expiries: 2 }],
    becomes({ status: 'blocked', block_reason: 'lease_expired', expiries: 3 })],
  ['and is escalated', [{ lease: lease(expired), expiries: 2 }], happens('task.lease_expired', 'task.escalated')],
])

cases('update', decideUpdate, [
  ['a title', [facts({ actor: lead }), { title: 'New' }], becomes({ title: 'New', version: 4 })],
  ['settles itself', [facts({ actor: lead }), { title: 'New' }], decides({ task: { settles: true } })],
  ['nothing', [facts({ actor: lead }), { title: 'Do it' }], decides({ events: [] })],
  ['a stranger', [facts({ actor: bob }), { title: 'New' }], refuses('forbidden')],
  ['a final task', [facts({ actor: lead, task: task({ status: 'done' }) }), { title: 'New' }],
    refuses('invalid_transition')],
  ['a reward above the rate goes to escrow', [facts({ actor: lead }), { reward: '30000000' }],
    decides({ postings: [{ from: 'agent:lead-id', to: 'escrow', amount: '5000000' }] })],
  ['a lower reward comes back', [facts({ actor: lead, task: task({ reward: '30000000', escrow: '5000000' }) }), { reward: '26000000' }],
    decides({ postings: [{ from: 'escrow', to: 'agent:lead-id', amount: '4000000' }] })],
  ['no other price while someone works', [facts({ actor: lead, task: working() }), { reward: '1' }],
    refuses('forbidden')],
  ['the worker does not set its own pay', [facts({ task: assigned() }), { reward: '99000000' }],
    refuses('forbidden')],
])

cases('comment', decideComment, [
  ['is an event without a version', [facts(), { body: 'x' }], happens('task.commented')],
  ['keeps the lease alive', [facts({ task: working() }), { body: 'x' }], decides({ lease: { do: 'renew' } })],
])
