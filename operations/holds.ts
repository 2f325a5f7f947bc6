/** Holds: credits set aside before an expensive call, settled by what it cost, or given back. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { command, query } from './define.ts'
import {
  Credits, CreditsInput, CreditsOrZeroInput, Instant, Ref, pageOf, paging,
} from './shapes.ts'

const anyone: Who = { agent: { mode: 'observer' }, human: 'viewer' }
const spenders: Who = { agent: { mode: 'orchestrator' } }
/** Its agent, or an admin for one that cannot. */
const closers: Who = { agent: { mode: 'orchestrator' }, human: 'admin' }

const DAY_SECONDS = 86_400
const Whole = z.int().min(0)

export const holdStates = ['open', 'settled', 'released', 'expired'] as const

export const Hold = z.object({
  id: z.string(),
  agent: z.string(),
  task: z.string().nullable(),
  amount: Credits,
  usd_micros: z.string().meta({ description: 'Micro-dollars set aside in budgets' }),
  tokens: z.string(),
  settled: Credits,
  state: z.enum(holdStates),
  reason: z.string().nullable(),
  expires_at: Instant,
  created_at: Instant,
  closed_at: Instant.nullable(),
}).meta({ id: 'Hold' })

export const hold = command('credits.hold', {
  summary: 'Set credits aside before an expensive call.',
  description: 'What is held cannot be spent otherwise. Settle it by what the call cost, or '
    + 'release it; after ttl_seconds it comes back by itself. Checked against every budget above '
    + 'the agent; micro-dollars and tokens count in budgets of those units.',
  who: spenders,
  input: {
    amount: CreditsInput, ttl_seconds: z.int().min(1).max(DAY_SECONDS), task: Ref.optional(),
    usd_micros: Whole.optional(), tokens: Whole.optional(),
  },
  answers: Hold,
  errors: ['insufficient_credits', 'budget_exceeded', 'gate_required', 'not_found'],
  everyday: true,
  examples: [
    {
      title: 'within its means', as: 'ada', given: { paid: 'ada' },
      input: { amount: '5', ttl_seconds: 60 }, answers: { amount: '5', state: 'open' },
    },
    {
      title: 'beyond its means', as: 'bob', input: { amount: '1000000', ttl_seconds: 60 },
      refused: 'insufficient_credits',
    },
  ],
})

export const settle = command('credits.settle', {
  summary: 'Pay what a call cost from its hold; the rest comes back.',
  description: 'A bill is a fact: more than was held, or after the hold expired, is posted all the '
    + 'same, passes the floor if it must and raises budget.overrun. Without usd_micros and tokens '
    + 'the hold’s own count, in proportion.',
  who: closers,
  input: {
    hold: Ref, amount: CreditsOrZeroInput, usd_micros: Whole.optional(), tokens: Whole.optional(),
  },
  answers: Hold,
  errors: ['hold_closed', 'not_found'],
  everyday: true,
  examples: [
    {
      title: 'less than was held', as: 'ada', given: { paid: 'ada', hold: 'ada' },
      input: { hold: '$hold', amount: '0.75' }, answers: { settled: '0.75', state: 'settled' },
    },
    {
      title: 'no such hold', as: 'ada', refused: 'not_found',
      input: { hold: '01900000-0000-7000-8000-000000000000', amount: '1' },
    },
  ],
})

export const release = command('credits.release', {
  summary: 'Give back what a hold keeps.',
  who: closers,
  input: { hold: Ref },
  answers: Hold,
  errors: ['hold_closed', 'not_found'],
  examples: [{
    title: 'all of it', as: 'ada', given: { paid: 'ada', hold: 'ada' }, input: { hold: '$hold' },
    answers: { settled: '0', state: 'released' },
  }],
})

export const holdList = query('credits.hold_list', {
  summary: 'Holds, newest first.',
  who: anyone,
  input: { ...paging, agent: Ref.optional(), state: z.enum(holdStates).optional() },
  answers: pageOf(Hold, 'HoldPage'),
  errors: ['not_found'],
  examples: [{
    title: 'its own that are open', as: 'ada', given: { paid: 'ada', hold: 'ada' },
    input: { state: 'open' }, answers: { items: [{ id: '$hold', state: 'open' }] },
  }],
})

export const holdGet = query('credits.hold_get', {
  summary: 'One hold.',
  who: anyone,
  answers: Hold,
  examples: [
    {
      title: 'its own', as: 'ada', given: { paid: 'ada', hold: 'ada' }, input: { hold: '$hold' },
      answers: { id: '$hold', agent: 'ada' },
    },
    {
      title: 'no such hold', refused: 'not_found',
      input: { hold: '01900000-0000-7000-8000-000000000000' },
    },
  ],
})
