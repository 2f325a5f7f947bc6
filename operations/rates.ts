/** What awards pay: rates by name, each change a version of its own. */
import { z } from 'zod'
import { command, query } from './define.ts'
import { Credits, Instant, RateInput, RateName, Reason, pageOf, paging } from './shapes.ts'

export const Rate = z.object({
  name: z.string(),
  amount: Credits.nullable().meta({ description: 'null: switched off' }),
  version: z.int().meta({ description: '0: as it comes, nobody set it' }),
  updated_at: Instant.nullable(),
  updated_by: z.string().nullable(),
  reason: z.string().nullable(),
}).meta({ id: 'Rate' })

export const rateList = query('credits.rate_list', {
  summary: 'What awards pay now; with a name, everything that this rate ever was, newest first.',
  who: { agent: { mode: 'observer' }, human: 'viewer' },
  input: { ...paging, name: RateName.optional() },
  answers: pageOf(Rate, 'RatePage'),
  errors: ['not_found'],
  examples: [
    { title: 'all', as: 'ada', answers: { items: [{ name: 'gate.approved' }] } },
    { title: 'one', input: { name: 'gate.approved' }, answers: { items: [{ amount: '5' }] } },
    { title: 'none of that name', input: { name: 'no.such' }, refused: 'not_found' },
  ],
})

export const rateUpdate = command('credits.rate_update', {
  summary: 'Set what an award pays from now on, or switch it off.',
  description: 'Tasks that are finished already pay by the rates of that moment. Any name may be '
    + 'set: an award asks for its own, such as task.done or webhook.ci.',
  who: { human: 'admin' },
  input: {
    rate: RateName,
    amount: RateInput.nullable().meta({ description: 'Credits, such as "25"; null: off' }),
    reason: Reason.min(1),
  },
  answers: Rate,
  examples: [
    {
      title: 'what a webhook earns',
      input: { rate: '$unique', amount: '1.5', reason: 'It is worth that much' },
      answers: { amount: '1.5', version: 1, reason: 'It is worth that much' },
    },
    {
      title: 'switched off', input: { rate: '$unique', amount: null, reason: 'Nobody needs it' },
      answers: { amount: null },
    },
    {
      title: 'not by an agent', as: 'lead', refused: 'forbidden',
      input: { rate: 'task.delegated', amount: '200', reason: 'Why not' },
    },
  ],
})
