/** Credits: what each agent has, got and spent, and the proof that the books balance. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { command, query } from './define.ts'
import {
  Credits, CreditsInput, Instant, InstantInput, Reason, Ref, SignedCreditsInput, paging,
} from './shapes.ts'

const anyone: Who = { agent: { mode: 'observer' }, human: 'viewer' }

export const Balance = z.object({
  agent: z.string(),
  posted: Credits,
  held: Credits,
  available: Credits,
  floor: Credits,
  currency: z.literal('credit'),
  usd_spent: z.string(),
}).meta({ id: 'Balance' })

export const Transfer = z.object({
  id: z.string(),
  kind: z.string(),
  amount: Credits,
  from: z.string().meta({ description: 'An agent by handle, else the kind of account' }),
  to: z.string(),
  agent: z.string().nullable(),
  task: z.string().nullable(),
  hold: z.string().nullable(),
  reverses: z.string().nullable(),
  actor: z.string(),
  trigger_event: z.string().nullable(),
  reason: z.string().nullable(),
  idempotency_key: z.string(),
  balance_after: Credits.meta({ description: 'Of the agent in it, after this transfer' }),
  created_at: Instant,
}).meta({ id: 'Transfer' })

const ArchivedBefore = Instant.nullable().meta({
  description: 'Transfers before this are in the files of archived months; null = none are',
})

const Check = z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })
  .meta({ id: 'Check' })

export const balance = query('credits.balance', {
  summary: 'What an agent has; its own where none is named.',
  who: anyone,
  input: { agent: Ref.optional() },
  answers: Balance,
  errors: ['not_found'],
  everyday: true,
  examples: [
    { title: 'its own', as: 'ada', answers: { agent: 'ada', currency: 'credit' } },
    { title: 'of an agent', input: { agent: 'bob' }, answers: { agent: 'bob', held: '0' } },
    { title: 'not a colleague’s', as: 'ada', input: { agent: 'bob' }, refused: 'forbidden' },
  ],
})

export const history = query('credits.history', {
  summary: 'Transfers, newest first.',
  who: anyone,
  input: {
    ...paging,
    agent: Ref.optional(),
    task: Ref.optional(),
    kind: z.string().max(40).optional(),
  },
  answers: z.object({
    items: z.array(Transfer),
    next_cursor: z.string().nullable(),
    archived_before: ArchivedBefore,
  }).meta({ id: 'TransferPage' }),
  errors: ['not_found'],
  examples: [{
    title: 'what a task paid', given: { paid: 'ada' }, input: { agent: 'ada', kind: 'reward' },
    answers: { items: [{ kind: 'reward', amount: '25', from: 'treasury', to: 'ada' }] },
  }],
})

export const spend = command('credits.spend', {
  summary: 'Spend credits of your own; never below the floor.',
  who: { agent: { mode: 'orchestrator' } },
  input: { amount: CreditsInput, task: Ref.optional(), reason: Reason.min(1) },
  answers: Transfer,
  errors: ['insufficient_credits', 'budget_exceeded', 'gate_required', 'not_found'],
  everyday: true,
  examples: [
    {
      title: 'within its means', as: 'ada', given: { paid: 'ada' },
      input: { amount: '1.25', reason: 'A web search' },
      answers: { kind: 'spend', amount: '1.25', from: 'ada', agent: 'ada' },
    },
    {
      title: 'beyond its means', as: 'bob', input: { amount: '1000000', reason: 'A yacht' },
      refused: 'insufficient_credits',
    },
    {
      title: 'people have no account', input: { amount: '1', reason: 'Tea' }, refused: 'forbidden',
    },
  ],
})

export const transfer = command('credits.transfer', {
  summary: 'Give credits of your own to another agent.',
  description: 'Between parent and child, between siblings, or to anyone by an agent of level 10.',
  who: { agent: { mode: 'orchestrator' } },
  input: { to: Ref, amount: CreditsInput, reason: Reason.min(1) },
  answers: Transfer,
  errors: ['insufficient_credits', 'not_found'],
  examples: [
    {
      title: 'to a sibling', as: 'ada', given: { paid: 'ada' },
      input: { to: 'bob', amount: '1.5', reason: 'For the review' },
      answers: { kind: 'transfer', amount: '1.5', from: 'ada', to: 'bob' },
    },
    {
      title: 'to somebody far', as: 'ada', given: { paid: 'ada' }, refused: 'forbidden',
      input: { to: 'talent', amount: '1', reason: 'Thanks' },
    },
    {
      title: 'to nobody', as: 'ada', refused: 'not_found',
      input: { to: 'nobody', amount: '1', reason: 'Thanks' },
    },
  ],
})

export const adjust = command('credits.adjust', {
  summary: 'Correct what an agent has; the treasury is the other side.',
  description: 'A negative amount takes away, below the floor if it must. Nothing is corrected in '
    + 'place: the correction is a transfer of its own.',
  who: { human: 'admin' },
  input: { agent: Ref, amount: SignedCreditsInput, reason: Reason.min(1) },
  answers: Transfer,
  errors: ['not_found'],
  examples: [
    {
      title: 'a grant', input: { agent: 'bob', amount: '100', reason: 'To begin with' },
      answers: { kind: 'adjustment', amount: '100', from: 'treasury', to: 'bob' },
    },
    {
      title: 'taken back', input: { agent: 'bob', amount: '-0.5', reason: 'Paid twice' },
      answers: { kind: 'adjustment', amount: '0.5', from: 'bob', to: 'treasury' },
    },
    {
      title: 'not by an agent', as: 'ada', refused: 'forbidden',
      input: { agent: 'ada', amount: '100', reason: 'Why not' },
    },
  ],
})

export const reverse = command('credits.reverse', {
  summary: 'Take back a transfer, once, by one of the same amount in the other direction.',
  description: 'Below the floor if it must. What belongs to a task’s escrow is not taken back, nor '
    + 'is a reversal: correct those with credits.adjust. What counted in budgets stays counted.',
  who: { human: 'admin' },
  input: { transfer: z.string().max(64), reason: Reason.min(1) },
  answers: Transfer,
  errors: ['not_found', 'duplicate'],
  examples: [
    {
      title: 'a spend', given: { spent: 'ada' },
      input: { transfer: '$spent', reason: 'By mistake' },
      answers: { kind: 'reversal', from: 'platform', to: 'ada' },
    },
    {
      title: 'of nothing', refused: 'not_found',
      input: { transfer: '01900000-0000-7000-8000-000000000000', reason: 'By mistake' },
    },
  ],
})

const Line = z.object({
  id: z.string(),
  at: Instant,
  kind: z.string(),
  amount: Credits.meta({ description: 'Above 0 what came in, below what went out' }),
  balance: Credits.meta({ description: 'After this line' }),
  other: z.string().meta({ description: 'The other side: an agent, or a kind of account' }),
  task: z.string().nullable(),
  reason: z.string().nullable(),
}).meta({ id: 'StatementLine' })

export const statement = query('credits.statement', {
  summary: 'What came in and went out of one account, oldest first, with the running balance.',
  who: anyone,
  input: {
    ...paging, agent: Ref.optional(), since: InstantInput.optional(),
    until: InstantInput.optional(),
  },
  answers: z.object({
    agent: z.string(),
    opening: Credits.meta({ description: 'Before the first line of this page' }),
    closing: Credits.meta({ description: 'After the last line of this page' }),
    items: z.array(Line),
    next_cursor: z.string().nullable(),
    archived_before: ArchivedBefore,
  }).meta({ id: 'Statement' }),
  errors: ['not_found'],
  csv: ['id', 'at', 'kind', 'amount', 'balance', 'other', 'task', 'reason'],
  examples: [{
    title: 'its own', as: 'ada', given: { paid: 'ada' }, input: { limit: 1 },
    answers: { agent: 'ada', items: [{ kind: 'reward', amount: '25', other: 'treasury' }] },
  }],
})

export const verify = query('credits.verify', {
  summary: 'Prove that the books balance.',
  who: anyone,
  answers: z.object({
    ok: z.boolean(),
    workspace: z.string(),
    accounts: z.int(),
    transfers: z.int(),
    sum: Credits,
    checks: z.array(Check),
    duration_ms: z.number(),
  }).meta({ id: 'LedgerProof' }),
  examples: [{ title: 'they do', answers: { ok: true, sum: '0' } }],
})
