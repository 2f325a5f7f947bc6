/**
 * Decimal numbers read exactly: `"1.5e-05"` is 15 at scale 6, never a float. A JSON number is
 * read by its shortest text, which is what its sender wrote or would have written.
 */
export type Decimal = { digits: bigint; scale: number }

const DECIMAL = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/
/** Farther than any price or cost: 10^400 would cost time and mean nothing. */
const MAX_SCALE = 60

/** Reads decimal text or a number; `digits / 10^scale`, scale ≥ 0. Null when it is neither. */
export function parseDecimal(value: unknown): Decimal | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const match = DECIMAL.exec(String(value))
  if (!match) return null
  const [, sign, whole, fraction = '', exponent = '0'] = match
  const digits = BigInt(`${sign}${whole}${fraction}`)
  const scale = fraction.length - Number(exponent)
  if (digits === 0n) return { digits, scale: 0 }
  if (Math.abs(scale) > MAX_SCALE) return null
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale }
}

/** `digits / 10^scale` in units of `10^-places`, rounded up: 1.5 at 0 places is 2. */
export function ceilAt({ digits, scale }: Decimal, places: number): bigint {
  if (scale <= places) return digits * 10n ** BigInt(places - scale)
  const unit = 10n ** BigInt(scale - places)
  // Division of bigints cuts towards zero, which is up below zero.
  return digits / unit + (digits % unit > 0n ? 1n : 0n)
}

/** A whole number of things at a price each, exactly. */
export const times = (count: bigint, price: Decimal): Decimal =>
  ({ digits: count * price.digits, scale: price.scale })

export function plus(one: Decimal, other: Decimal): Decimal {
  const scale = Math.max(one.scale, other.scale)
  const at = ({ digits, scale: own }: Decimal): bigint => digits * 10n ** BigInt(scale - own)
  return { digits: at(one) + at(other), scale }
}
