/**
 * What events say, after the name of who did it: `ada` + `took TASK-1`. A sentence asks for the
 * facts it needs; where one is missing the event shows as its type and data instead.
 */
import { words } from './words.ts'

/** A fact of the event, as text. Called with a name that must be there, or with one that may. */
export type Facts = {
  must: (name: string) => string
  may: (name: string) => string | null
  list: (name: string) => string[]
  /** Who did it, and the name of what it was done to. */
  actor: string
  subject: string
}
type Sentence = (facts: Facts) => string

const statusNamed = (status: string): string =>
  words.status[status as keyof typeof words.status] ?? status
const move = ({ must }: Facts): string =>
  `from ${statusNamed(must('from'))} to ${statusNamed(must('to'))}`
const outcomes: Record<string, string> = {
  completed: '', completed_with_issues: ', with issues', failed: ': it failed',
  abandoned: ': abandoned',
}
const kinds: Record<string, string> = {
  fee: 'management fee', escrow_fee: 'management fee from escrow', escrow_payout: 'escrow',
}
const times = (count: string): string =>
  ({ 1: 'the first time', 2: 'the second time', 3: 'the third time' })[count]
    ?? `the ${count}th time`
const forTask = ({ may }: Facts): string => (may('task') ? ` for ${may('task')}` : '')
const why = ({ may }: Facts): string => {
  const kind = may('kind')
  return kind ? ` (${kinds[kind] ?? kind.replaceAll('_', ' ')})` : ''
}
const approvers = ({ list }: Facts): string => list('approvers').join(', ')

function transitioned(facts: Facts): string {
  const { may, actor, subject } = facts
  const asked = may('mover') && may('mover') !== actor ? `, as ${may('mover')} had asked` : ''
  return `moved ${subject} ${move(facts)}${outcomes[may('outcome') ?? ''] ?? ''}${asked}`
}

function created({ subject, may }: Facts): string {
  const assignee = may('assignee')
  return `created ${subject}${may('title') ? ` “${may('title')}”` : ''}${
    assignee ? ` for ${assignee}` : ''}`
}

function changed({ may, list }: Facts): string {
  const settings = list('settings')
  const name = may('name')
  if (name) return `renamed the workspace to ${name}`
  return settings.length ? `changed the settings: ${settings.join(', ')}`
    : 'changed the workspace'
}

function spent(facts: Facts): string {
  const { must, actor } = facts
  const amount = words.credits(must('amount'))
  const model = facts.may('model')
  // Gateways report what others' calls cost.
  if (model) return `reported a call of ${model} by ${must('from')}: ${amount}${forTask(facts)}`
  return (must('from') === actor ? `spent ${amount}` : `took ${amount} from ${must('from')}`)
    + forTask(facts)
}

const units: Record<string, string> = {
  credits: 'credits', usd_micros: 'micro-dollars', tokens: 'tokens', runs: 'runs',
}
const unitNamed = (unit: string): string => units[unit] ?? unit

const gated = (facts: Facts): string => (facts.may('budget')
  ? `${facts.must('agent')} using ${facts.must('needed')} ${unitNamed(facts.must('unit'))} `
    + 'beyond a budget'
  : `moving ${facts.must('task')} ${move(facts)}`)

export const sentences: Readonly<Record<string, Sentence>> = {
  'workspace.created': ({ subject }) => `created the workspace ${subject}`,
  'workspace.updated': changed,
  'agent.registered': ({ subject, may }) =>
    `registered ${subject}${may('reports_to') ? ', who reports to ' + may('reports_to') : ''}`,
  'agent.key_created': ({ subject }) => `made a new key for ${subject}`,
  'agent.key_revoked': ({ subject }) => `revoked a key of ${subject}`,
  'agent.token_created': ({ subject }) => `made a token for ${subject}`,
  'agent.token_revoked': ({ subject }) => `revoked a token of ${subject}`,
  'workstream.created': ({ subject }) => `began the workstream ${subject}`,
  'workstream.updated': ({ subject, list }) =>
    `changed the workstream ${subject}: ${list('fields').join(', ')}`,
  'task.created': created,
  'task.updated': ({ subject, list }) => `edited ${subject}: ${list('fields').join(', ')}`,
  'task.claimed': ({ subject, actor, must }) =>
    (must('assignee') === actor ? `took ${subject}` : `let ${must('assignee')} take ${subject}`),
  'task.transitioned': transitioned,
  'task.released': ({ subject }) => `gave ${subject} back`,
  'task.lease_expired': ({ subject, must }) => `took ${subject} back from ${must('assignee')}: `
    + `the lease ran out for ${times(must('expiries'))}`,
  'task.escalated': ({ subject, must }) =>
    `escalated ${subject} to ${must('to')}: ${must('reason').replaceAll('_', ' ')}`,
  'task.held': (facts) => `asked to move ${facts.subject} ${move(facts)}; a gate holds it`,
  'task.unheld': ({ subject, must }) =>
    `let ${subject} stay in ${statusNamed(must('from'))}: the gate was ${must('verdict')}`,
  'task.commented': ({ subject }) => `commented on ${subject}`,
  'gate.opened': (facts) => `asked for a yes to ${gated(facts)}`,
  'gate.voted': (facts) => `voted to ${facts.must('verdict')} ${gated(facts)}`,
  'gate.approved': (facts) => `approved ${gated(facts)}`,
  'gate.denied': (facts) => `denied ${gated(facts)}`,
  'gate.expired': (facts) => `closed the gate on ${gated(facts)}: nobody decided in time`,
  'gate.cancelled': (facts) => `withdrew the gate on ${gated(facts)}`,
  'gate.reminded': (facts) => `reminded ${approvers(facts)} of an open gate`,
  'gate.escalated': (facts) => `passed the gate on ${
    facts.may('task') ?? facts.must('agent')} on to ${approvers(facts)}`,
  'gate.policy_created': () => 'made a gate policy',
  'gate.policy_deleted': () => 'deleted a gate policy',
  'credit.awarded': (facts) =>
    `paid ${facts.must('to')} ${words.credits(facts.must('amount'))}${forTask(facts)}${why(facts)}`,
  'credit.spent': spent,
  'credit.transferred': (facts) => `moved ${words.credits(facts.must('amount'))} from ${
    facts.must('from')} to ${facts.must('to')}${forTask(facts)}`,
  'credit.held': (facts) => `set ${words.credits(facts.must('amount'))} of ${
    facts.must('from')} aside${forTask(facts)}`,
  'credit.released': (facts) => `gave ${words.credits(facts.must('amount'))} set aside back to ${
    facts.may('to') ?? facts.must('from')}${forTask(facts)}`,
  'credit.settled': (facts) => `paid ${words.credits(facts.must('amount'))} from a hold of ${
    facts.must('from')}${forTask(facts)}`,
  'credit.reversed': ({ must }) => `took back a transfer: ${words.credits(must('amount'))} from ${
    must('from')} to ${must('to')}`,
  'credit.adjusted': ({ must }) => `moved ${words.credits(must('amount'))} from ${
    must('from')} to ${must('to')} as a correction`,
  'charge.unpriced': ({ must }) => `reported a call of ${must('model')}, which has no price`,
  'price.updated': ({ must }) => `set a price for ${must('model')}`,
  'price.removed': ({ must }) => `removed the price for ${must('model')}`,
  'rate.updated': ({ must, may }) => (may('amount') === null
    ? `switched the rate ${must('name')} off`
    : `set the rate ${must('name')} to ${words.credits(must('amount'))}`),
  'credit.velocity': ({ must, subject }) => `saw ${subject} pay ${
    words.credits(must('spent'))} in ${must('window_minutes')} minutes: more than ${must('limit')}`,
  'budget.created': ({ must }) => `limited ${unitNamed(must('unit'))} to ${must('limit')} a ${
    must('period')}`,
  'budget.updated': () => 'changed a budget',
  'budget.deleted': () => 'deleted a budget',
  'budget.warned': ({ must }) => `used ${must('percent')} % of a budget of ${must('limit')} ${
    unitNamed(must('unit'))}`,
  'budget.exceeded': ({ must }) => `passed a budget of ${must('limit')} ${unitNamed(must('unit'))}`,
  'budget.overrun': ({ must }) => `paid ${words.credits(must('settled'))} although ${
    must('held')} were held`,
  'grant.used': ({ must }) => `used ${must('amount')} ${unitNamed(must('unit'))} beyond a budget, `
    + 'as was approved',
  'credit.low': ({ must }) => `has ${words.credits(must('available'))} left for ${must('agent')}, `
    + `below ${must('line')}`,
  'credit.refused': ({ must }) => `could not pay: ${must('why')}`,
  'workflow.restarted': ({ subject, must }) => `started the workflow of ${subject} anew: `
    + `no progress after ${must('nudges')} nudges`,
}

/** Of types that have a name of their own in filters. */
export const typeNames: Readonly<Record<string, string>> = {
  'task.created': 'Task created',
  'task.updated': 'Task edited',
  'task.claimed': 'Task taken',
  'task.transitioned': 'Task moved',
  'task.released': 'Task given back',
  'task.lease_expired': 'Lease ran out',
  'task.escalated': 'Task escalated',
  'task.held': 'Move held by a gate',
  'task.unheld': 'Move turned back',
  'task.commented': 'Comment',
  'gate.opened': 'Gate opened',
  'gate.voted': 'Vote',
  'gate.approved': 'Gate approved',
  'gate.denied': 'Gate denied',
  'gate.expired': 'Gate expired',
  'gate.cancelled': 'Gate withdrawn',
  'gate.reminded': 'Reminder of a gate',
  'gate.escalated': 'Gate escalated',
  'gate.policy_created': 'Gate policy made',
  'gate.policy_deleted': 'Gate policy deleted',
  'credit.awarded': 'Credits paid',
  'credit.spent': 'Credits spent',
  'credit.transferred': 'Credits moved',
  'credit.held': 'Credits set aside',
  'credit.released': 'Credits given back',
  'credit.settled': 'Hold settled',
  'credit.adjusted': 'Correction',
  'charge.unpriced': 'Call without a price',
  'price.updated': 'Price set',
  'price.removed': 'Price removed',
  'rate.updated': 'Rate set',
  'credit.velocity': 'Fast spending',
  'budget.created': 'Budget made',
  'budget.updated': 'Budget changed',
  'budget.deleted': 'Budget deleted',
  'budget.warned': 'Budget nearly used',
  'budget.exceeded': 'Budget passed',
  'budget.overrun': 'Bill above its hold',
  'grant.used': 'Approval used',
  'credit.low': 'Credits run low',
  'credit.reversed': 'Transfer taken back',
  'credit.refused': 'Pay refused',
  'agent.registered': 'Agent registered',
  'agent.key_created': 'Key made',
  'agent.key_revoked': 'Key revoked',
  'agent.token_created': 'Token made',
  'agent.token_revoked': 'Token revoked',
  'workspace.created': 'Workspace created',
  'workspace.updated': 'Workspace changed',
  'workstream.created': 'Workstream begun',
  'workstream.updated': 'Workstream changed',
  'workflow.restarted': 'Workflow restarted',
}

/** Where things are that have no name in a sentence. */
export const placeNames = {
  gate: 'the gate', transfer: 'the ledger', hold: 'the hold', budget: 'the budget',
} as const
