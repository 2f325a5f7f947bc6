/** What events say. The data are those that the server writes. */
import { expect } from 'vitest'
import { cases, isValue } from '../../../../test/harness/cases.ts'
import type { Told } from './sentence.ts'
import { inWords, mentionOf, partsOf, placeOf, tell } from './sentence.ts'

const on = (kind: string, key: string | null = null) => ({ kind, id: '0190-x', key })
const task = on('task', 'TASK-4')
const gate = on('gate')
const event = (
  type: string, data: unknown = {}, { actor = 'ada', subject = task, reason = null as string | null } = {},
): [Told] => [{ type, data, actor: { handle: actor }, subject, reason }]
const moved = (from: string, to: string, more: object = {}) => ({ from, to, attempt: 1, mover: 'ada', assignee: 'ada', ...more })
const asked = { from: 'review', to: 'done', task: 'TASK-4', attempt: 1 }
const paid = { kind: 'reward', amount: '25', from: 'treasury', to: 'ada', task: 'TASK-4' }
const books = { actor: 'system', subject: on('transfer') }

cases('inWords', inWords, [
  ['a workspace', event('workspace.created', {}, { actor: 'system', subject: on('workspace', 'main') }),
    isValue('system created the workspace main')],
  ['settings', event('workspace.updated', { name: null, settings: { lease_seconds: 4, time_zone: 'UTC' } }, { actor: 'owner' }),
    isValue('owner changed the settings: lease_seconds, time_zone')],
  ['a name', event('workspace.updated', { name: 'acme', settings: {} }), isValue('ada renamed the workspace to acme')],
  ['an agent', event('agent.registered', { role: 'lead', level: 5, reports_to: 'talent' }, { subject: on('agent', 'bob') }),
    isValue('ada registered bob, who reports to talent')],
  ['an agent under nobody', event('agent.registered', { role: 'lead', reports_to: null }, { subject: on('agent', 'bob') }),
    isValue('ada registered bob')],
  ['a token', event('agent.token_created', { scopes: ['*'] }, { subject: on('agent', 'bob') }), isValue('ada made a token for bob')],
  ['a new task', event('task.created', { title: 'Test the form', assignee: 'bob' }), isValue('ada created TASK-4 “Test the form” for bob')],
  ['an edit', event('task.updated', { fields: ['title', 'tags'] }), isValue('ada edited TASK-4: title, tags')],
  ['taken', event('task.claimed', moved('todo', 'in_progress')), isValue('ada took TASK-4')],
  ['taken after a yes', event('task.claimed', moved('todo', 'in_progress'), { actor: 'owner' }), isValue('owner let ada take TASK-4')],
  ['a move', event('task.transitioned', moved('in_progress', 'review')), isValue('ada moved TASK-4 from In progress to Review')],
  ['done', event('task.transitioned', moved('review', 'done', { outcome: 'completed' })), isValue('ada moved TASK-4 from Review to Done')],
  ['with issues', event('task.transitioned', moved('review', 'done', { outcome: 'completed_with_issues' })),
    isValue('ada moved TASK-4 from Review to Done, with issues')],
  ['failed', event('task.transitioned', moved('in_progress', 'cancelled', { outcome: 'failed' })),
    isValue('ada moved TASK-4 from In progress to Cancelled: it failed')],
  ['a yes that moves', event('task.transitioned', moved('review', 'done'), { actor: 'owner' }),
    isValue('owner moved TASK-4 from Review to Done, as ada had asked')],
  ['given back', event('task.released', moved('in_progress', 'todo')), isValue('ada gave TASK-4 back')],
  ['a lease', event('task.lease_expired', { assignee: 'ada', expiries: 1 }, { actor: 'system' }),
    isValue('system took TASK-4 back from ada: the lease ran out for the first time')],
  ['the third lease', event('task.lease_expired', { assignee: 'ada', expiries: 3 }, { actor: 'system' }),
    isValue('system took TASK-4 back from ada: the lease ran out for the third time')],
  ['escalated', event('task.escalated', { reason: 'assignee_inactive', to: 'operators' }, { actor: 'system' }),
    isValue('system escalated TASK-4 to operators: assignee inactive')],
  ['held', event('task.held', asked), isValue('ada asked to move TASK-4 from Review to Done; a gate holds it')],
  ['turned back', event('task.unheld', { ...asked, verdict: 'denied' }, { actor: 'owner' }),
    isValue('owner let TASK-4 stay in Review: the gate was denied')],
  ['a gate', event('gate.opened', { ...asked, approvers: ['role:operator'] }, { subject: gate }),
    isValue('ada asked for a yes to moving TASK-4 from Review to Done')],
  ['a vote', event('gate.voted', { ...asked, verdict: 'approve' }, { subject: gate }),
    isValue('ada voted to approve moving TASK-4 from Review to Done')],
  ['a no', event('gate.denied', asked, { subject: gate }), isValue('ada denied moving TASK-4 from Review to Done')],
  ['a reminder', event('gate.reminded', { approvers: ['role:operator', 'agent:lead'] }, { actor: 'system', subject: gate }),
    isValue('system reminded role:operator, agent:lead of an open gate')],
  ['pay', event('credit.awarded', paid, books), isValue('system paid ada 25 credits for TASK-4 (reward)')],
  ['a fee', event('credit.awarded', { ...paid, kind: 'fee', amount: '2.5' }, books),
    isValue('system paid ada 2.5 credits for TASK-4 (management fee)')],
  ['spent', event('credit.spent', { kind: 'spend', amount: '3', from: 'ada', to: 'platform' }, { subject: on('transfer') }),
    isValue('ada spent 3 credits')],
  ['a model call', event('credit.spent',
    { kind: 'model', amount: '1.26', from: 'bob', to: 'model_spend', model: 'gpt-4o-mini', task: 'TASK-4' },
    { subject: on('transfer') }), isValue('ada reported a call of gpt-4o-mini by bob: 1.26 credits for TASK-4')],
  ['escrow', event('credit.held', { ...paid, kind: 'escrow', from: 'lead', to: 'escrow' }, books),
    isValue('system set 25 credits of lead aside for TASK-4')],
  ['a hold', event('credit.held', { amount: '5', from: 'ada', expires_at: 'x' }, { subject: on('hold') }),
    isValue('ada set 5 credits of ada aside')],
  ['what a hold gives back', event('credit.released', { amount: '2', from: 'ada' }, { actor: 'system', subject: on('hold') }),
    isValue('system gave 2 credits set aside back to ada')],
  ['a settled hold', event('credit.settled', { amount: '3', from: 'ada', to: 'model_spend' }, { subject: on('transfer') }),
    isValue('ada paid 3 credits from a hold of ada')],
  ['a warning', event('budget.warned', { percent: 80, limit: '10', unit: 'tokens' }, { subject: on('budget') }),
    isValue('ada used 80 % of a budget of 10 tokens')],
  ['a type we do not know', event('host.approved', { tier: 'gpu' }), isValue('ada host.approved {"tier":"gpu"}')],
  ['a type we do not know, without data', event('host.approved'), isValue('ada host.approved')],
  ['a fact that is missing', event('task.claimed', { to: 'in_progress' }), isValue('ada task.claimed {"to":"in_progress"}')],
  ['data that are no object', event('task.claimed', 'x'), isValue('ada task.claimed "x"')],
  ['a type that objects have', event('constructor', {}), isValue('ada constructor')],
])

const quotes = (told: Told) => tell(told).quote
cases('the quote', quotes, [
  ['a comment', event('task.commented', { body: 'Nearly there', by: 'ada' }), isValue('Nearly there')],
  ['why not', event('gate.denied', { ...asked, comment: 'No currency' }, { subject: gate }), isValue('No currency')],
  ['an empty comment: the reason', event('gate.approved', { ...asked, comment: '' }, { reason: 'checked' }), isValue('checked')],
  ['none', event('task.claimed', moved('todo', 'in_progress')), isValue(null)],
])

const nameOf = (told: Told) => placeOf(told)?.to.name ?? null
cases('placeOf', nameOf, [
  ['a task', event('task.created'), isValue('task')],
  ['a gate', event('gate.opened', {}, { subject: gate }), isValue('gate')],
  ['an agent', event('agent.registered', {}, { subject: on('agent', 'bob') }), isValue('agent')],
  ['a transfer', event('credit.awarded', {}, { subject: on('transfer') }), isValue('ledger')],
  ['a workspace', event('workspace.created', {}, { subject: on('workspace', 'main') }), isValue(null)],
])

const linked = (told: Told) => partsOf(tell(told).says, mentionOf(told)).map(({ text, place }) => (place ? `[${text}]` : text)).join('')
cases('partsOf', linked, [
  ['the task', event('task.claimed', moved('todo', 'in_progress')), isValue('took [TASK-4]')],
  ['the task of a gate', event('gate.denied', asked, { subject: gate }), isValue('denied moving [TASK-4] from Review to Done')],
  ['not a longer key', event('task.commented', {}, { subject: on('task', 'TASK-4') }), isValue('commented on [TASK-4]')],
  ['a key that is part of another word', [{ ...event('x', {})[0]!, type: 'of TASK-44', subject: task }], isValue('of TASK-44')],
  ['a handle with signs', event('agent.registered', {}, { subject: on('agent', 'b.o(b') }), isValue('registered [b.o(b]')],
  ['nothing to link', event('gate.policy_created', {}, { subject: on('workspace') }), isValue('made a gate policy')],
])

cases('tell', tell, [
  ['never undefined', event('task.created', { title: null }), (told) => expect(JSON.stringify(told)).not.toMatch(/undefined|null”/)],
])
