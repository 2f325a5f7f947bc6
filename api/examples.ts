/** Worked cases of an operation as documentation: what succeeds, with plausible values in place. */
import type { Operation } from '../operations/define.ts'

/** What the placeholders of examples stand for. */
const plausible: Record<string, string> = {
  task: 'TASK-42',
  unique: 'release',
  gate: '01a1fd10-8951-78b5-98cd-f0588e92b67f',
  event: '01a1fd10-8951-7a11-8c3e-5b0c6f1d2e3f',
  policy: '01a1fd10-8951-7c22-9d4f-6c1d702e3f40',
  token: '01a1fd10-8951-7d33-8e50-7d2e813f4051',
  key: 'agt_builder.k1',
}

export type Shown = { title: string; input: Record<string, unknown> }

/** The examples that succeed, in the order of the contract. */
export const examplesOf = ({ examples }: Operation): Shown[] =>
  examples.filter(({ refused }) => !refused).map(({ title, input = {} }) =>
    ({ title, input: resolved(input) as Record<string, unknown> }))

/** Placeholders are whole texts such as `$task`, or parts of longer ones. */
function resolved(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$([a-z]+)/g, (_, name: string) => plausible[name] ?? name)
  }
  if (Array.isArray(value)) return value.map(resolved)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, resolved(part)]))
}
