/** Budgets: what a scope may use in a period, and what happens at the limit. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { budgetActions, budgetPeriods, budgetUnits } from '../domain/budgets.ts'
import { command, query } from './define.ts'
import { Instant, Ref, pageOf, paging } from './shapes.ts'

const anyone: Who = { agent: { mode: 'observer' }, human: 'viewer' }
const admins: Who = { human: 'admin' }

const Scope = z.union([
  z.strictObject({ workspace: z.literal(true) }),
  z.strictObject({ workstream: Ref }),
  z.strictObject({ subtree: Ref }),
  z.strictObject({ agent: Ref }),
  z.strictObject({ task: Ref }),
]).meta({
  id: 'BudgetScope',
  description: 'One of {workspace: true}, {workstream: name}, {subtree: handle}, {agent: handle}, '
    + '{task: key}',
})

const Amount = z.union([z.string().max(40), z.number()])
  .meta({ id: 'BudgetAmount', description: 'In the unit: credits as "12.5", all others whole' })

const Lines = z.array(z.int().min(1).max(1000)).max(10)
  .meta({ id: 'BudgetLines', description: 'Percents of the limit at which it warns, once each' })

const Action = z.enum(budgetActions).meta({
  description: 'block: what has no room is refused; gate: it is held until somebody approves it, '
    + 'once; alert: it is told, and passes',
})

export const Budget = z.object({
  id: z.string(),
  scope: Scope,
  unit: z.enum(budgetUnits),
  period: z.enum(budgetPeriods),
  limit: z.string(),
  used: z.string(),
  held: z.string(),
  available: z.string(),
  warn_at: z.array(z.int()),
  action: Action,
  resets_at: Instant.nullable(),
  version: z.int(),
}).meta({ id: 'Budget' })

export const budgetList = query('credits.budget_list', {
  summary: 'Budgets, each with what is used and held in its running period.',
  who: anyone,
  input: { ...paging },
  answers: pageOf(Budget, 'BudgetPage'),
  examples: [{
    title: 'all', given: { budget: { agent: 'bob' } }, answers: { items: [{ unit: 'credits' }] },
  }],
})

export const budgetCreate = command('credits.budget_create', {
  summary: 'Limit what a scope may use in a period.',
  description: 'Every budget above a spender counts: the workspace, its task’s workstream, its '
    + 'managers’ subtrees, its own, its task’s. Periods begin in the workspace’s time zone. Spends '
    + 'and holds never pass a blocking budget, however many come at once. Runs are counted when an '
    + 'agent asks to begin with a task.',
  who: admins,
  input: {
    scope: Scope, unit: z.enum(budgetUnits), period: z.enum(budgetPeriods),
    limit: Amount, warn_at: Lines.optional(), action: Action.optional(),
  },
  answers: Budget,
  errors: ['not_found', 'limit_reached'],
  examples: [
    {
      title: 'of one agent a day',
      input: { scope: { agent: 'ada' }, unit: 'credits', period: 'day', limit: '50' },
      answers: { limit: '50', used: '0', action: 'block', warn_at: [50, 80, 100] },
    },
    {
      title: 'of nobody', refused: 'not_found',
      input: { scope: { agent: 'nobody' }, unit: 'credits', period: 'day', limit: '50' },
    },
    {
      title: 'half a token', refused: 'invalid_input',
      input: { scope: { workspace: true }, unit: 'tokens', period: 'day', limit: '0.5' },
    },
  ],
})

export const budgetUpdate = command('credits.budget_update', {
  summary: 'Change the limit, the warning lines or the action of a budget.',
  description: 'The limit never falls below what is used and held in the running period.',
  who: admins,
  input: { limit: Amount.optional(), warn_at: Lines.optional(), action: Action.optional() },
  answers: Budget,
  examples: [
    {
      title: 'a higher limit', given: { budget: { agent: 'bob' } },
      input: { budget: '$budget', limit: '75.5' }, answers: { limit: '75.5', version: 2 },
    },
    {
      title: 'no such budget', refused: 'not_found',
      input: { budget: '01900000-0000-7000-8000-000000000000', limit: '1' },
    },
  ],
})

export const budgetDelete = command('credits.budget_delete', {
  summary: 'Remove a budget; nothing is limited by it from now on.',
  who: admins,
  answers: Budget,
  destructive: true,
  examples: [{
    title: 'gone', given: { budget: { agent: 'bob' } }, input: { budget: '$budget' },
    answers: { id: '$budget' },
  }],
})
