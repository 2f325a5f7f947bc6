/**
 * A model call as the ledger knows it, whoever reported it (LiteLLM, OpenTelemetry, an agent).
 * Tokens are whole, money is micro-dollars (1 USD = 1,000,000), rounded up: it becomes a debit.
 * Source: ledger, "Model spend"; contract, `credits.charge`.
 */
import { ceilAt, parseDecimal } from './decimals.ts'
import type { InputError } from './errors.ts'

export type Usage = {
  /** What a call is charged once by: stable over repeated reports. */
  call_id: string
  /** `unknown` when the sender does not say. */
  provider: string
  model: string
  /** `cached_input` is a part of `input`, not added to it. */
  tokens: { input: number; output: number; cached_input: number }
  /** As the provider or the gateway reports it; null = not said, so the price table decides. */
  cost_usd_micros: bigint | null
  /** When the call ended: ISO 8601, UTC, milliseconds. */
  at: string | null
  agent: string | null
  task: string | null
  run: string | null
}

/** What a sender claims, before anything of it is believed. `at`: RFC 3339 or ms since 1970. */
export type UsageClaim = {
  call_id: unknown
  provider?: unknown
  model: unknown
  input?: unknown
  output?: unknown
  cached_input?: unknown
  cost_usd?: unknown
  at?: unknown
  agent?: unknown
  task?: unknown
  run?: unknown
}

/** Where each part of a claim stands in what was sent, so that a finding can name it. */
export type UsagePointers = Partial<Record<keyof UsageClaim, string>>

export const MAX_NAME = 200
/** More than any context window, by far: what is above is a mistake of the sender. */
export const MAX_TOKENS = 1_000_000_000
/** The most one call may cost, 1,000,000 USD; in micro-dollars. */
export const MAX_COST_USD_MICROS = 1_000_000_000_000n

export const isUsage = (value: Usage | InputError): value is Usage => 'call_id' in value

/** The usage that a claim states, or the first thing that is wrong with it, by name. */
export function readUsage(claim: UsageClaim, pointers: UsagePointers = {}): Usage | InputError {
  const parts = { ...namesOf(claim), ...countsOf(claim), at: instantOf(claim.at) }
  for (const [name, part] of Object.entries(parts)) {
    if (isFault(part)) return found(name as keyof UsageClaim, part.fault, pointers)
  }
  const { input, output, cached_input, cost_usd, ...rest } = parts as Sound<typeof parts>
  if (cached_input > input) {
    return found('cached_input', 'Cached tokens are a part of the input: not more', pointers)
  }
  return { ...rest, tokens: { input, output, cached_input }, cost_usd_micros: cost_usd }
}

/** Shorter ids come from counters and dice (`chatcmpl-831`) and mean another call next week. */
const LEAST_UNIQUE = 20

/**
 * The id to charge a call by: the provider's, unless it is absent, too short to be unique or too
 * long to be kept (LiteLLM seals those of OpenAI's Responses API into 461 characters).
 */
export function callIdOf(responseId: unknown, otherId: unknown): unknown {
  const length = typeof responseId === 'string' ? responseId.trim().length : LEAST_UNIQUE
  const isUsable = length >= LEAST_UNIQUE && length <= MAX_NAME
  return responseId == null || (!isUsable && otherId != null) ? otherId : responseId
}

/** USD as decimal text or a JSON number, in micro-dollars, rounded up; null when it is neither. */
export function parseUsd(value: unknown): bigint | null {
  const decimal = parseDecimal(value)
  if (!decimal || decimal.digits < 0n) return null
  const micros = ceilAt(decimal, 6)
  return micros > MAX_COST_USD_MICROS ? null : micros
}

type Fault = { fault: string }
type Sound<Parts> = { [Name in keyof Parts]: Exclude<Parts[Name], Fault> }

const isFault = (part: unknown): part is Fault =>
  typeof part === 'object' && part !== null && 'fault' in part

const found = (
  name: keyof UsageClaim, message: string, pointers: UsagePointers,
): InputError => ({ pointer: pointers[name] ?? `/${name}`, message })

const namesOf = (claim: UsageClaim) => ({
  call_id: requiredName(claim.call_id),
  model: requiredName(claim.model),
  provider: orUnknown(nameOf(claim.provider)),
  agent: nameOf(claim.agent),
  task: nameOf(claim.task),
  run: nameOf(claim.run),
})

const countsOf = (claim: UsageClaim) => ({
  input: countOf(claim.input),
  output: countOf(claim.output),
  cached_input: countOf(claim.cached_input),
  cost_usd: costOf(claim.cost_usd),
})

const isAbsent = (value: unknown): value is null | undefined => value == null
const orUnknown = (name: string | null | Fault): string | Fault => name ?? 'unknown'

/** Text of at most 200 characters; null when it is absent or blank. */
function nameOf(value: unknown): string | null | Fault {
  if (isAbsent(value)) return null
  if (typeof value !== 'string') return { fault: 'Give text' }
  if (value.length > MAX_NAME) return { fault: `At most ${MAX_NAME} characters` }
  if (!value.isWellFormed() || /\p{Cc}/u.test(value)) {
    return { fault: 'Control characters and half characters cannot be stored' }
  }
  return value.trim() || null
}

const requiredName = (value: unknown): string | Fault => nameOf(value) ?? { fault: 'Is missing' }

/** A whole number of tokens, as a number or as digits; absent is 0. */
function countOf(value: unknown): number | Fault {
  if (isAbsent(value)) return 0
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) {
    return { fault: 'Give a whole number of tokens, 0 or more' }
  }
  return count > MAX_TOKENS ? { fault: `At most ${MAX_TOKENS} tokens` } : count + 0
}

function costOf(value: unknown): bigint | null | Fault {
  if (isAbsent(value)) return null
  return parseUsd(value) ?? { fault: 'Give US dollars as a decimal, from 0 to 1000000' }
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
const YEAR_2000 = Date.UTC(2000)
const YEAR_2200 = Date.UTC(2200)

function instantOf(value: unknown): string | null | Fault {
  if (isAbsent(value)) return null
  const ms = typeof value === 'string' && RFC3339.test(value) ? Date.parse(value) : value
  const isInstant = typeof ms === 'number' && ms >= YEAR_2000 && ms < YEAR_2200
  return isInstant ? new Date(ms).toISOString() : { fault: 'Give an instant as RFC 3339' }
}
