/**
 * Money: micro-credits as bigint, decimal strings outside (1 credit = 1,000,000 micro-credits).
 * No floats anywhere. Rounding is up for debits and down for awards, and happens only here.
 * Source: ledger.
 */
export type Micros = bigint

export const MICROS_PER_CREDIT = 1_000_000n
/** The largest amount in one posting, so that a sum of many still fits a Postgres bigint. */
export const MAX_MICROS: Micros = 1_000_000_000_000n * MICROS_PER_CREDIT

const DECIMAL = /^(-?)(\d{1,13})(?:\.(\d{1,6}))?$/

/** Reads `"12.5"`, `12.5` or `"-3"`; null when it is not an amount with at most 6 decimals. */
export function parseCredits(value: string | number): Micros | null {
  const match = DECIMAL.exec(typeof value === 'number' ? String(value) : value)
  if (!match) return null
  const [, sign, whole, fraction = ''] = match
  const micros = BigInt(whole!) * MICROS_PER_CREDIT + BigInt(fraction.padEnd(6, '0'))
  if (micros > MAX_MICROS) return null
  return sign ? -micros : micros
}

/** The shortest form: `12500000n` → `"12.5"`. */
export function formatCredits(micros: Micros): string {
  const absolute = micros < 0n ? -micros : micros
  const fraction = (absolute % MICROS_PER_CREDIT).toString().padStart(6, '0').replace(/0+$/, '')
  const whole = (absolute / MICROS_PER_CREDIT).toString()
  return `${micros < 0n ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`
}

/** The manager's fee on a reward, rounded down to the micro-credit; `percent` is 0…100. */
export function feeOf(reward: Micros, percent: number): Micros {
  return (reward * BigInt(percent)) / 100n
}
