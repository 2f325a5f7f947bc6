/** How names travel into GraphQL: camelCase fields, and enum values that are legal names. */
import type { Operation } from '../../operations/define.ts'
import { pluralOf } from '../../operations/define.ts'

/** `task.due_at` → `taskDueAt`. */
export const camel = (name: string): string =>
  name.replaceAll(/[._-]+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** `x.list` → `xs`, `x.get` → `x`, all others → noun + Verb. Source: contract §3. */
export function fieldNameOf({ noun, verb }: Pick<Operation, 'noun' | 'verb'>): string {
  if (verb === 'list') return camel(pluralOf(noun))
  return camel(verb === 'get' ? noun : `${noun}_${verb}`)
}

/** `hmac-sha256` → `hmac_sha256`; words of the domain that are legal names stay as they are. */
export function enumNameOf(value: string): string {
  const name = value.replaceAll(/\W/g, '_')
  return /^\d/.test(name) || ['true', 'false', 'null'].includes(name) ? `_${name}` : name
}
