/** Profit and loss: what was earned and what it cost, by whom, with what and when. */
import { z } from 'zod'
import { pnlGroups } from '../domain/pnl.ts'
import { query } from './define.ts'
import { Credits, Instant, InstantInput, Ref, paging } from './shapes.ts'

export const PnlRow = z.object({
  name: z.string().meta({
    description: 'An agent, a team by the agent at its top, a workstream or (none), a model, a '
      + 'month, a day, the Monday of a week, or total',
  }),
  earned: Credits.meta({ description: 'Rewards' }),
  fees: Credits.meta({ description: 'Management fees; for delegating, reviewing, approving' }),
  spent: Credits.meta({ description: 'By credits.spend' }),
  model_cost: Credits.meta({ description: 'Model calls and settled holds' }),
  usd_spent: z.string().meta({ description: 'What models cost in US dollars' }),
  transfers_net: Credits.meta({ description: 'Received from other agents, less given to them' }),
  rework: Credits.meta({
    description: 'What the assignee paid for attempts that were sent back; a part of spent and '
      + 'model_cost',
  }),
  waiting_hours: z.string().meta({
    description: 'How long its tasks waited at gates that people had to decide',
  }),
  waiting: Credits.meta({ description: 'The same at the rate gate.waiting_hour' }),
  margin: Credits.meta({ description: 'earned + fees − spent − model_cost' }),
  tasks_accepted: z.int().meta({ description: 'Tasks done' }),
  cost_per_accepted: Credits.nullable().meta({
    description: '(spent + model_cost) / tasks_accepted; null where none was',
  }),
}).meta({ id: 'PnlRow' })

export const pnl = query('credits.pnl', {
  summary: 'Profit and loss, by agent, team, workstream, model, day, week, month or in all.',
  description: 'Of the last 30 days where nothing is said; an agent sees itself and everyone '
    + 'below it, people see all. Periods begin in the workspace’s time zone. A team is an agent '
    + 'with everyone below it, so teams inside of teams count in both.',
  who: { agent: { mode: 'observer' }, human: 'viewer' },
  input: {
    ...paging,
    by: z.enum(pnlGroups).meta({ id: 'PnlGroup' }),
    since: InstantInput.optional(), until: InstantInput.optional(),
    agent: Ref.optional().meta({ description: 'One agent; by team: with everyone below it' }),
  },
  answers: z.object({
    since: Instant, until: Instant, time_zone: z.string(),
    items: z.array(PnlRow), next_cursor: z.string().nullable(),
  }).meta({ id: 'Pnl' }),
  errors: ['not_found'],
  examples: [
    {
      title: 'of an agent', given: { paid: 'ada' }, input: { by: 'agent', agent: 'ada' },
      answers: { items: [{ name: 'ada' }] },
    },
    {
      title: 'its own', as: 'bob', input: { by: 'total' }, answers: { items: [{ name: 'total' }] },
    },
    {
      title: 'not a colleague’s', as: 'ada', input: { by: 'total', agent: 'bob' },
      refused: 'forbidden',
    },
    {
      title: 'an end before its beginning', refused: 'invalid_input',
      input: { by: 'day', since: '2026-11-21T00:00:00Z', until: '2026-11-20T00:00:00Z' },
    },
  ],
})
