/** What models cost: calls charged once, by the provider’s bill, own prices, or the library’s. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { chargeSources } from '../domain/prices.ts'
import { command, query } from './define.ts'
import { Credits, Instant, InstantInput, Ref } from './shapes.ts'

const anyone: Who = { agent: { mode: 'observer' }, human: 'viewer' }
/** An agent for itself; an operator (or a gateway with an operator's token) for any agent. */
const reporters: Who = { agent: { mode: 'orchestrator' }, human: 'operator' }

const Tokens = z.strictObject({
  input: z.int().min(0), output: z.int().min(0),
  cached_input: z.int().min(0).optional().meta({ description: 'A part of input' }),
}).meta({ id: 'TokensInput' })

const Usd = z.string().regex(/^\d+(\.\d{1,6})?$/)
  .meta({ id: 'Usd', description: 'US dollars as a decimal string, such as "0.0125"' })

const UsdInput = z.union([z.string().max(40), z.number()])
  .meta({ id: 'UsdInput', description: 'US dollars, such as "0.0125"' })

export const Charge = z.object({
  call_id: z.string(),
  agent: z.string(),
  task: z.string().nullable(),
  run: z.string().nullable(),
  provider: z.string(),
  model: z.string(),
  tokens: z.object({ input: z.int(), output: z.int(), cached_input: z.int() })
    .meta({ id: 'Tokens' }),
  cost_usd: Usd.nullable().meta({ description: 'null: nobody knows a price' }),
  source: z.enum(chargeSources).meta({
    description: 'Who says cost_usd; fixed: nobody, but credits follow a fixed rate',
  }),
  credits: Credits,
  transfer: z.string().nullable(),
  reported_by: z.string(),
  occurred_at: Instant.nullable(),
  created_at: Instant,
}).meta({ id: 'Charge' })

export const charge = command('credits.charge', {
  summary: 'Charge a model call to an agent, once.',
  description: 'The cost is the provider’s where cost_usd says it, else by the workspace’s own '
    + 'prices, else by the price library; a model without a price is noted as unpriced, never as '
    + '0. Credits follow the dollars, or the tokens where the workspace sets a fixed rate for '
    + 'the model. A bill is a fact: it may pass the floor and every budget. The same call_id is '
    + 'charged once, whether it comes by this call, from LiteLLM or in a trace; a second report '
    + 'answers the first charge.',
  who: reporters,
  input: {
    call_id: z.string().max(200), provider: z.string().max(200).optional(),
    model: z.string().max(200), tokens: Tokens,
    cost_usd: UsdInput.optional(),
    agent: Ref.optional(), task: Ref.optional(), run: z.string().max(200).optional(),
    at: InstantInput.optional(),
  },
  answers: Charge,
  errors: ['not_found'],
  examples: [
    {
      title: 'by the provider’s bill', as: 'ada',
      input: {
        call_id: '$unique', provider: 'openai', model: 'gpt-4o-mini',
        tokens: { input: 1200, output: 300 }, cost_usd: '0.0125',
      },
      answers: { agent: 'ada', cost_usd: '0.0125', credits: '1.25', source: 'reported' },
    },
    {
      title: 'a model nobody knows', as: 'ada',
      input: { call_id: '$unique', model: 'no-such-model', tokens: { input: 1, output: 1 } },
      answers: { cost_usd: null, credits: '0', source: 'unpriced' },
    },
    {
      title: 'not to a colleague', as: 'ada', refused: 'forbidden',
      input: { call_id: '$unique', model: 'x', tokens: { input: 1, output: 1 }, agent: 'bob' },
    },
  ],
})

const Price = z.object({
  provider: z.string().nullable().meta({ description: 'null: any' }),
  model: z.string().meta({ description: 'The whole name, or how it begins' }),
  input_usd_per_mtok: z.string().nullable().meta({ description: 'null: as without this row' }),
  output_usd_per_mtok: z.string().nullable(),
  cached_input_usd_per_mtok: z.string().nullable(),
  input_credits_per_mtok: z.string().nullable()
    .meta({ description: 'null: credits follow the dollars' }),
  output_credits_per_mtok: z.string().nullable(),
  cached_input_credits_per_mtok: z.string().nullable(),
  updated_at: Instant,
}).meta({ id: 'Price' })

export const priceList = query('credits.price_list', {
  summary: 'The workspace’s own prices; all other models cost what the price library says.',
  who: anyone,
  answers: z.object({ items: z.array(Price) }).meta({ id: 'Prices' }),
  examples: [{ title: 'all of them', answers: { items: [] } }],
})

const PriceInput = z.string().regex(/^\d{1,7}(\.\d{1,9})?$/, 'A decimal, such as "0.15"')

export const priceUpdate = command('credits.price_update', {
  summary: 'Set or remove what a million tokens of a model cost: US dollars, credits, or both.',
  description: 'It is named by the model, or by how its models begin: `gpt-4o`; the row that fits '
    + 'best counts. Without dollars these follow the provider’s bill or the price library; '
    + 'without credits these follow the dollars by credits_per_usd. Input and output go together.',
  who: { human: 'admin' },
  input: {
    provider: z.string().trim().min(1).max(200).optional(),
    input_usd_per_mtok: PriceInput.optional(), output_usd_per_mtok: PriceInput.optional(),
    cached_input_usd_per_mtok: PriceInput.optional(),
    input_credits_per_mtok: PriceInput.optional(), output_credits_per_mtok: PriceInput.optional(),
    cached_input_credits_per_mtok: PriceInput.optional(),
    remove: z.boolean().optional().meta({ description: 'From now on the library’s counts' }),
  },
  answers: z.object({ items: z.array(Price) }).meta({ id: 'PricesNow' }),
  examples: [
    {
      title: 'a model of one’s own',
      input: { price: '$unique', input_usd_per_mtok: '0.5', output_usd_per_mtok: '2' },
      answers: {},
    },
    {
      title: 'a fixed rate of credits for tokens',
      input: { price: '$unique', input_credits_per_mtok: '40', output_credits_per_mtok: '160' },
      answers: {},
    },
    {
      title: 'nothing of either', input: { price: '$unique' }, refused: 'invalid_input',
    },
  ],
})
