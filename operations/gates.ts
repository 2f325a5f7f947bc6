/** Gates: everything that needs a yes, and the policies that say when. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { command, query } from './define.ts'
import {
  Credits, CreditsOrZeroInput, DenyRule, ExpiryRule, GateState, Instant, Json, Priority, Ref,
  Status, Tag, Verdict, pageOf, paging,
} from './shapes.ts'
import { formatCredits } from '../domain/credits.ts'

const anyone: Who = { agent: { mode: 'observer' }, human: 'viewer' }

const policyFields = {
  approvers: z.array(z.string()),
  quorum: z.int(),
  deny: DenyRule,
  four_eyes: z.boolean(),
  reminders: z.array(z.number()),
  ttl_seconds: z.int(),
  on_expiry: ExpiryRule,
  step_up: z.boolean(),
}
export const Policy = z.object(policyFields).meta({ id: 'Policy' })

const approverForms = [
  'role:(viewer|operator|admin|owner|founder|talent|lead|worker)',
  'agent:[a-z0-9][a-z0-9_-]*',
  'human:[a-z0-9][a-z0-9_-]*',
  'level:([5-9]|10)',
]
const Approver = z.string().regex(
  new RegExp(`^(${approverForms.join('|')})$`),
  'role:operator, agent:<handle>, human:<handle> or level:<5…10>')

/** What a caller may say of a policy; the rest is filled in from the workspace. */
export const PolicyInput = z.strictObject({
  approvers: z.array(Approver).min(1).max(20).optional(),
  quorum: z.int().min(1).max(20).optional(),
  deny: DenyRule.optional(),
  four_eyes: z.boolean().optional(),
  reminders: z.array(z.number().gt(0).lt(1)).max(5).optional(),
  ttl_seconds: z.int().min(1).max(90 * 86_400).optional(),
  on_expiry: ExpiryRule.optional(),
}).meta({ id: 'PolicyInput' })

const Match = z.object({
  from: Status.nullable(),
  to: Status,
  tags: z.array(z.string()),
  priority: Priority.nullable(),
  min_reward: Credits.nullable(),
}).meta({ id: 'Match' })

const MatchInput = z.strictObject({
  from: Status.nullable().default(null),
  to: Status,
  tags: z.array(Tag).max(20).default([]),
  priority: Priority.nullable().default(null),
  min_reward: CreditsOrZeroInput.transform((micros) => formatCredits(BigInt(micros)))
    .meta({ id: 'MinRewardInput' }).nullable().default(null),
}).meta({ id: 'MatchInput' })

const Scope = z.object({
  workspace: z.boolean().nullable(),
  task: z.string().nullable(),
}).meta({ id: 'Scope' })

const ScopeInput = z.strictObject({
  workspace: z.literal(true).optional(),
  task: Ref.optional(),
}).refine((scope) => Object.keys(scope).length === 1, 'Exactly one of workspace and task')
  .meta({ id: 'ScopeInput' })

export const GatePolicy = z.object({
  id: z.string(), scope: Scope, match: Match, policy: Policy, created_at: Instant,
}).meta({ id: 'GatePolicy' })

const Vote = z.object({
  by: z.string(),
  verdict: Verdict,
  comment: z.string().nullable(),
  at: Instant,
  on_behalf_of: z.string().nullable(),
}).meta({ id: 'Vote' })

export const Gate = z.object({
  id: z.string(),
  subject: z.object({
    kind: z.string(),
    id: z.string(),
    key: z.string().nullable(),
    from: z.string().nullable(),
    to: z.string().nullable(),
  }).meta({ id: 'GateSubject' }),
  title: z.string(),
  state: GateState,
  requested_by: z.string(),
  policy: Policy,
  votes: z.array(Vote),
  evidence: Json,
  created_at: Instant,
  expires_at: Instant,
  decided_at: Instant.nullable(),
  decision_comment: z.string().nullable(),
  version: z.int(),
}).meta({ id: 'Gate' })

export const list = query('gate.list', {
  summary: 'The gates, newest first; `state=open` is the inbox.',
  who: anyone,
  input: {
    ...paging,
    state: GateState.optional(),
    task: Ref.optional(),
  },
  answers: pageOf(Gate, 'GatePage'),
  examples: [{
    title: 'what waits for a yes', given: { task: { status: 'review', pending: 'done' } },
    input: { state: 'open', task: '$task' },
    answers: { items: [{ state: 'open', subject: { kind: 'task', key: '$task', to: 'done' } }] },
  }],
})

export const get = query('gate.get', {
  summary: 'One gate with its votes.',
  description: 'With `wait`, answers when it is decided or the time is over.',
  on: 'gate',
  who: anyone,
  answers: Gate,
  everyday: true,
  waits: true,
  examples: [
    {
      title: 'an open one', given: { task: { status: 'review', pending: 'done' } },
      input: { id: '$gate' }, answers: { state: 'open', requested_by: 'ada' },
    },
    {
      title: 'none', input: { id: '01900000-0000-7000-8000-000000000000' }, refused: 'not_found',
    },
  ],
})

export const decide = command('gate.decide', {
  summary: 'Vote on an open gate.',
  description: 'The deciding vote closes it and moves its subject, in the same transaction.',
  on: 'gate',
  who: { agent: { mode: 'orchestrator', level: 5 }, human: 'operator' },
  input: {
    verdict: Verdict,
    comment: z.string().max(10_000).nullable().optional(),
  },
  answers: Gate,
  errors: ['gate_closed', 'self_approval', 'duplicate'],
  examples: [
    {
      title: 'yes', given: { task: { status: 'review', pending: 'done' } },
      input: { id: '$gate', verdict: 'approve', comment: 'Well done.' },
      answers: { state: 'approved', votes: [{ by: 'owner', verdict: 'approve' }] },
    },
    {
      title: 'no', given: { task: { status: 'review', pending: 'done' } },
      input: { id: '$gate', verdict: 'deny', comment: 'The tests are missing.' },
      answers: { state: 'denied', decision_comment: 'The tests are missing.' },
    },
    {
      title: 'not by an agent that nobody named', as: 'lead', refused: 'forbidden',
      given: { task: { status: 'review', pending: 'done' } },
      input: { id: '$gate', verdict: 'approve' },
    },
  ],
})

export const cancel = command('gate.cancel', {
  summary: 'Withdraw the question; the subject stays as it is.',
  on: 'gate',
  who: { agent: { mode: 'orchestrator' }, human: 'operator' },
  answers: Gate,
  errors: ['gate_closed'],
  destructive: true,
  examples: [{
    title: 'by who asked', as: 'ada', given: { task: { status: 'review', pending: 'done' } },
    input: { id: '$gate' }, answers: { state: 'cancelled' },
  }],
})

export const policyList = query('gate.policy_list', {
  summary: 'The policies that say which moves need a yes.',
  who: anyone,
  input: { ...paging },
  answers: pageOf(GatePolicy, 'GatePolicyPage'),
  examples: [{
    title: 'of one task', given: { task: { gates: [{ to: 'done', policy: {} }] } },
    answers: { items: [{ match: { to: 'done' } }] },
  }],
})

export const policyCreate = command('gate.policy_create', {
  summary: 'Make a move need a yes, in the workspace or for one task.',
  who: { human: 'admin' },
  input: { scope: ScopeInput, match: MatchInput, policy: PolicyInput.optional() },
  answers: GatePolicy,
  errors: ['not_found'],
  examples: [
    {
      title: 'what is tagged legal',
      input: {
        scope: { workspace: true }, match: { from: 'review', to: 'done', tags: ['legal'] },
        policy: { quorum: 2 },
      },
      answers: { match: { tags: ['legal'] }, policy: { quorum: 2, approvers: ['role:operator'] } },
    },
    {
      title: 'not by an agent', as: 'lead', refused: 'forbidden',
      input: { scope: { workspace: true }, match: { to: 'done', tags: ['x'] } },
    },
  ],
})

export const policyDelete = command('gate.policy_delete', {
  summary: 'Remove a policy; gates that are open already stay.',
  who: { human: 'admin' },
  answers: GatePolicy,
  destructive: true,
  examples: [
    {
      title: 'one',
      given: { policy: { scope: { workspace: true }, match: { to: 'done', tags: ['z'] } } },
      input: { policy: '$policy' }, answers: { id: '$policy' },
    },
    {
      title: 'none', refused: 'not_found',
      input: { policy: '01900000-0000-7000-8000-000000000000' },
    },
  ],
})
