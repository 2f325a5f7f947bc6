/**
 * Names within LiteLLM's own spans. It puts the metadata of the key and of the request into one
 * attribute each, as Python writes a dictionary: `{'guildhall_task': 'TASK-42', 'tags': […]}`.
 * Without them a call whose span comes before the callback's record would lose its task.
 */
import type { Attributes } from './traces.ts'

/** As for the callback: the key's first, which a caller cannot change. */
export const writtenPlaces = [
  'metadata.user_api_key_auth_metadata', 'metadata.requester_metadata',
  'metadata.spend_logs_metadata',
]

type Name = 'agent' | 'task' | 'run'
export type Written = { value: string; pointer: string }

/** What such a place says of a name: `'guildhall_task': 'TASK-42'`, else a tag. */
const patternsOf = (name: Name): RegExp[] => [
  new RegExp(String.raw`(['"])guildhall_${name}\1: ?(['"])((?:(?!\2)[^\\]|\\.)+)\2`, 'su'),
  new RegExp(String.raw`(['"])()guildhall_${name}:((?:(?!\1)[^\\]|\\.)+)\1`, 'su'),
]
const patterns = {
  agent: patternsOf('agent'), task: patternsOf('task'), run: patternsOf('run'),
}

/** The first place that names it counts. */
export function writtenOf(attributes: Attributes, name: Name): Written | undefined {
  for (const place of writtenPlaces) {
    const text = attributes.get(place)
    if (typeof text !== 'string' || !text.includes('guildhall_')) continue
    for (const pattern of patterns[name]) {
      const value = pattern.exec(text)?.[3]
      if (value) return { value: unescaped(value), pointer: `/attributes/${place}` }
    }
  }
  return undefined
}

/** Of Python's escapes only these can stand in a name. */
const unescaped = (text: string): string => text.replaceAll(/\\(['"\\])/g, '$1')
