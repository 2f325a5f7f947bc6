/** An event as people say it. Pure: the event in, words and links out. */
import type { Facts } from '../../texts/events.ts'
import { placeNames, sentences, typeNames } from '../../texts/events.ts'

/** What a sentence needs of an event; every list and stream of events has it. */
export type Told = {
  type: string
  actor: { handle: string }
  subject: { kind: string; id: string; key: string | null }
  reason: string | null
  data: unknown
}

export type Telling = {
  who: string
  /** What they did, to be read after `who`. */
  says: string
  /** Words somebody wrote: a comment, or why. */
  quote: string | null
}

class MissingFact extends Error {}

const plainText = (value: unknown): string | null =>
  (['string', 'number', 'boolean'].includes(typeof value) && value !== '' ? String(value) : null)

function factsOf({ actor, subject, data }: Told): Facts {
  const fields = typeof data === 'object' && data !== null ? data as Record<string, unknown> : {}
  const may = (name: string): string | null => plainText(fields[name])
  return {
    may, actor: actor.handle, subject: subject.key ?? subject.kind,
    must: (name) => {
      const value = may(name)
      if (value === null) throw new MissingFact(name)
      return value
    },
    list: (name) => {
      const value = fields[name]
      if (Array.isArray(value)) return value.map(String)
      return typeof value === 'object' && value !== null ? Object.keys(value) : []
    },
  }
}

/** Of a type we know nothing of: its name and what it carries. */
function fallback({ type, data }: Told): string {
  const carried = JSON.stringify(data ?? {})
  return carried === '{}' ? type : `${type} ${carried}`
}

const quoted = ['body', 'comment'] as const

export function tell(event: Told): Telling {
  const facts = factsOf(event)
  const quote = quoted.map(facts.may).find((text) => text !== null) ?? event.reason
  const sentence = Object.hasOwn(sentences, event.type) ? sentences[event.type] : undefined
  return { who: event.actor.handle, says: sayIt(event, facts, sentence), quote: quote || null }
}

function sayIt(
  event: Told, facts: Facts, sentence: ((facts: Facts) => string) | undefined,
): string {
  if (!sentence) return fallback(event)
  try {
    return sentence(facts)
  } catch (error) {
    if (error instanceof MissingFact) return fallback(event)
    throw error
  }
}

/** The whole sentence, for titles and for those who hear. */
export const inWords = (event: Told): string => {
  const { who, says } = tell(event)
  return `${who} ${says}`
}

export const nameOfType = (type: string): string =>
  (Object.hasOwn(typeNames, type) ? typeNames[type]! : type)

export type Place = { text: string; to: { name: string; params?: { id: string } } }

/** Where the thing is that an event is about; null for what has no place in this page. */
export function placeOf({ subject: { kind, id, key } }: Told): Place | null {
  switch (kind) {
    case 'task': return { text: key ?? id, to: { name: 'task', params: { id: key ?? id } } }
    case 'agent': return { text: key ?? id, to: { name: 'agent', params: { id: key ?? id } } }
    case 'gate': return { text: placeNames.gate, to: { name: 'gate', params: { id } } }
    case 'transfer': return { text: placeNames.transfer, to: { name: 'ledger' } }
    default: return null
  }
}

/** The name in the sentence that leads somewhere: the thing itself, or the task it belongs to. */
export function mentionOf(event: Told): Place | null {
  const place = placeOf(event)
  if (place && event.subject.key) return place
  const task = plainText((event.data as { task?: unknown } | null)?.task)
  return task ? { text: task, to: { name: 'task', params: { id: task } } } : null
}

export type Part = { text: string; place: Place | null }

/** A sentence around the name in it, so that the name can be a link. */
export function partsOf(says: string, mention: Place | null): Part[] {
  const at = mention ? says.search(asWord(mention.text)) : -1
  if (!mention || at < 0) return [{ text: says, place: null }]
  const end = at + mention.text.length
  return [
    { text: says.slice(0, at), place: null }, { text: mention.text, place: mention },
    { text: says.slice(end), place: null },
  ].filter(({ text }) => text)
}

const asWord = (text: string): RegExp =>
  new RegExp(`(?<![\\w-])${text.replaceAll(/[^\w]/g, '\\$&')}(?![\\w-])`)
