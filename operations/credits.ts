/** Credits: what each agent has, got and spent, and the proof that the books balance. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { command, query } from './define.ts'
import { Credits, CreditsInput, Instant, Reason, Ref, pageOf, paging } from './shapes.ts'

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
  answers: pageOf(Transfer, 'TransferPage'),
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
  errors: ['insufficient_credits', 'not_found'],
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
