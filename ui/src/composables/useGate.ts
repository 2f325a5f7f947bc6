/** One gate with all there is to know about it, live. */
import { computed } from 'vue'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import { evidenceOf, nameOf, refusalFor } from '../inbox.ts'
import { useSession } from '../session.ts'
import { texts } from '../texts.ts'
import { exactly } from '../times.ts'
import { useClock } from './useClock.ts'
import type { LiveQuery } from './useLiveQuery.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const document = graphql(`
  query Gate($id: ID!) {
    gate(id: $id) {
      id title state requestedBy createdAt expiresAt decidedAt decisionComment evidence
      subject { kind id key from to }
      policy { approvers quorum deny fourEyes onExpiry }
      votes { by verdict comment at onBehalfOf }
      task {
        key description feedback output reward costUsd
        transfers(limit: 20) { items { id kind amount } }
      }
    }
  }
`)

/** Shown elsewhere, or only an address. */
const apart = ['reason', 'priority', 'reward', 'agent_id', 'budget']

/** Known facts in the order of their words, what else there is behind them. */
const order = Object.keys(texts.inbox.fields)
const placeOf = (field: string): number =>
  (order.includes(field) ? order.indexOf(field) : order.length)

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/
const shown = (value: unknown): string => {
  if (typeof value !== 'string') return JSON.stringify(value)
  return INSTANT.test(value) ? exactly(value) : value
}

export function useGate(id: () => string) {
  const { session } = useSession()
  const { now } = useClock()
  const query: LiveQuery<ResultOf<typeof document>> = useLiveQuery(document, {
    variables: () => ({ id: id() }),
    on: ({ subject }): boolean => subject.id === id() || subject.id === subjectId(),
  })
  const subjectId = (): string | null => query.data.value?.gate?.subject.id ?? null
  const gate = computed(() => query.data.value?.gate ?? null)
  const evidence = computed(() => (gate.value ? evidenceOf(gate.value) : {}))
  const name = computed(() => (gate.value ? nameOf(gate.value) : ''))
  const facts = computed(() => Object.entries(evidence.value)
    // A gate on a task names it above.
    .filter(([field, value]) => !apart.includes(field) && value !== null && value !== 0
      && (field !== 'task' || gate.value?.subject.kind !== 'task'))
    .toSorted(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([field, value]) => ({ name: texts.inbox.fields[field] ?? field, value: shown(value) })))
  /** Why this person cannot decide it; null when they can. */
  const why = computed(() => {
    if (!gate.value || !session.value) return null
    if (gate.value.state !== 'open') return texts.inbox.closed(gate.value.state)
    return refusalFor(gate.value, session.value.actor, new Date(now.value).toISOString())
  })
  return { ...query, gate, evidence, name, facts, why }
}
