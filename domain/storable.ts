/**
 * What no database can keep as it was sent: such input is refused by name instead of failing
 * deep inside or changing on the way. Walked once, without recursion.
 */
import type { InputError } from './errors.ts'

export const MAX_DEPTH = 64

const escape = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** The first thing in a JSON value that cannot be stored; null when all of it can. */
export function findUnstorable(input: unknown): InputError | null {
  const open: { value: unknown; pointer: string; depth: number }[] = [
    { value: input, pointer: '', depth: 0 },
  ]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, pointer, depth } = next
    const message = faultOf(value, depth)
    if (message) return { pointer, message }
    if (typeof value !== 'object' || value === null) continue
    for (const [name, part] of Object.entries(value)) {
      if (faultOf(name, 0)) return { pointer, message: 'A name in it cannot be stored' }
      open.push({ value: part, pointer: `${pointer}/${escape(name)}`, depth: depth + 1 })
    }
  }
  return null
}

function faultOf(value: unknown, depth: number): string | null {
  if (depth > MAX_DEPTH) return `Nested more than ${MAX_DEPTH} levels deep`
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'NUL characters cannot be stored'
    return value.isWellFormed() ? null : 'Half of a surrogate pair is not text'
  }
  return typeof value === 'number' && !Number.isFinite(value) ? 'The number is too large' : null
}
