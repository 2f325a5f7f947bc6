/**
 * What a workspace may set, with the defaults. Everything marked ⚙ in the domain rules.
 * Stored are only the differences; `settingsOf` gives the whole.
 */
import type { Micros } from './credits.ts'
import { parseCredits } from './credits.ts'

export const feeModes = ['minted', 'deducted'] as const
export type FeeMode = (typeof feeModes)[number]
/** `credits` is a decimal as text. */
export type Velocity = { window_minutes: number; credits: string }

export type Settings = {
  /** How long a claim lasts without a sign of life. */
  lease_seconds: number
  /** The expiry that blocks a task instead of returning it. */
  lease_attempts: number
  /** The most by which an outage of every api process extends leases. */
  outage_grace_seconds: number
  /** Trust an agent needs to claim by priority; null = any. */
  priority_trust: { urgent: number | null; high: number | null }
  /** How many tasks one agent may have in progress; null = any. */
  max_claims: number | null
  /** How long a retired key still works. */
  key_overlap_seconds: number
  /** How long a gate stays open when its policy does not say. */
  gate_ttl_seconds: number
  /** IANA name, for days in reports. */
  time_zone: string
  /** Credits for one US dollar of model cost; a decimal as text. */
  credits_per_usd: string
  /** Whose available credits fall below this is told of; a decimal as text, null = nobody. */
  low_balance: string | null
  /** Whether the manager's fee is `minted` on top or `deducted` from the assignee's reward. */
  fee_mode: FeeMode
  /** An alert when an agent pays more than these credits within the window; null = never. */
  spend_velocity: Velocity | null
  /** Credits by award; decimal strings. A missing rate is refused with an alert, not defaulted. */
  rates: Record<string, string | null>
}

export const defaultSettings: Settings = {
  lease_seconds: 900,
  lease_attempts: 3,
  outage_grace_seconds: 3600,
  priority_trust: { urgent: 71, high: 51 },
  max_claims: null,
  key_overlap_seconds: 86_400,
  gate_ttl_seconds: 86_400,
  time_zone: 'UTC',
  credits_per_usd: '100',
  low_balance: '5',
  fee_mode: 'minted',
  spend_velocity: null,
  rates: {
    'task.done': '25',
    'task.delegated': '2',
    'task.reviewed': '3',
    'gate.approved': '5',
    // What an hour costs in which people keep a task waiting: for reports, never paid.
    'gate.waiting_hour': '0',
  },
}

export type SettingsChange = Partial<Settings>

/** The whole settings from what a workspace changed; nested records merge by key. */
export function settingsOf(changed: SettingsChange): Settings {
  return {
    ...defaultSettings, ...changed,
    priority_trust: { ...defaultSettings.priority_trust, ...changed.priority_trust },
    rates: { ...defaultSettings.rates, ...changed.rates },
  }
}

/** The rate by name in micro-credits; null when it is unknown or switched off. */
export function rateOf(settings: Settings, name: string): Micros | null {
  const rate = settings.rates[name]
  return rate == null ? null : parseCredits(rate)
}
