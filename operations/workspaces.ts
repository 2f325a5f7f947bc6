/** The workspace: its name and what it may set. */
import { z } from 'zod'
import { formatCredits } from '../domain/credits.ts'
import { feeModes } from '../domain/settings.ts'
import { command, query } from './define.ts'
import { Credits, CreditsOrZeroInput, Instant, RateInput, RateName, Title } from './shapes.ts'

const Trust = z.int().min(0).max(100).nullable()

const FeeMode = z.enum(feeModes).meta({ id: 'FeeMode' })

const Settings = z.object({
  lease_seconds: z.int(),
  lease_attempts: z.int(),
  outage_grace_seconds: z.int(),
  priority_trust: z.object({ urgent: Trust, high: Trust }).meta({ id: 'PriorityTrust' }),
  max_claims: z.int().nullable(),
  key_overlap_seconds: z.int(),
  gate_ttl_seconds: z.int(),
  time_zone: z.string(),
  credits_per_usd: z.string(),
  low_balance: Credits.nullable(),
  fee_mode: FeeMode,
  spend_velocity: z.object({ window_minutes: z.int(), credits: Credits })
    .meta({ id: 'SpendVelocity' }).nullable(),
  rates: z.record(z.string(), Credits.nullable()).meta({ id: 'Rates' }),
}).meta({ id: 'Settings' })

const zones = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const SettingsInput = z.strictObject({
  lease_seconds: z.int().min(1).max(86_400).optional(),
  lease_attempts: z.int().min(1).max(100).optional(),
  outage_grace_seconds: z.int().min(0).max(86_400).optional(),
  priority_trust: z.strictObject({ urgent: Trust.optional(), high: Trust.optional() })
    .meta({ id: 'PriorityTrustInput' }).optional(),
  max_claims: z.int().min(1).max(10_000).nullable().optional(),
  key_overlap_seconds: z.int().min(0).max(30 * 86_400).optional(),
  gate_ttl_seconds: z.int().min(1).max(90 * 86_400).optional(),
  time_zone: z.string().max(64)
    .refine(zones, 'An IANA time zone, such as Europe/Vienna').optional(),
  credits_per_usd: z.string().regex(/^\d{1,6}(\.\d{1,6})?$/, 'A decimal, such as "100"').optional()
    .meta({ description: 'Credits for one US dollar of model cost' }),
  low_balance: CreditsOrZeroInput.transform((micros) => formatCredits(BigInt(micros)))
    .meta({ id: 'LowBalanceInput' }).nullable().optional()
    .meta({ description: 'An agent whose available credits fall below is told of; null: nobody' }),
  fee_mode: FeeMode.optional(),
  spend_velocity: z.strictObject({
    window_minutes: z.int().min(1).max(7 * 1440), credits: RateInput,
  }).meta({ id: 'SpendVelocityInput' }).nullable().optional(),
  rates: z.record(RateName, RateInput.nullable()).meta({ id: 'RatesInput' }).optional(),
}).meta({ id: 'SettingsInput' })

export const Workspace = z.object({
  id: z.string(),
  name: z.string(),
  key_prefix: z.string(),
  settings: Settings,
  created_at: Instant,
  version: z.int(),
}).meta({ id: 'Workspace' })

export const get = query('workspace.get', {
  summary: 'The workspace you are in, with its settings.',
  who: { agent: { mode: 'observer' }, human: 'viewer' },
  answers: Workspace,
  examples: [{ title: 'by anyone', as: 'ada', answers: { settings: { lease_attempts: 3 } } }],
})

export const update = command('workspace.update', {
  summary: 'Change the name or the settings of the workspace.',
  description: 'Nested settings merge by name; null in `rates` switches a rate off. A changed rate '
    + 'is a new version of it, as by credits.rate_update.',
  who: { human: 'admin' },
  input: { name: Title.optional(), settings: SettingsInput.optional() },
  answers: Workspace,
  errors: ['version_conflict'],
  examples: [
    {
      title: 'longer leases', input: { settings: { lease_seconds: 1200 } },
      answers: { settings: { lease_seconds: 1200 } },
    },
    {
      title: 'not by an agent', as: 'lead', input: { settings: { lease_seconds: 60 } },
      refused: 'forbidden',
    },
  ],
})
