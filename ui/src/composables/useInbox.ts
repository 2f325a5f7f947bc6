/** The open gates, read once for the whole page: the count and the list are the same. */
import { computed, ref } from 'vue'
import { graphql } from '../graphql/graphql.ts'
import { byCostOfDelay, refusalFor } from '../inbox.ts'
import type { OpenGate } from '../inbox.ts'
import { useSession } from '../session.ts'
import { provided } from './provided.ts'
import { useClock } from './useClock.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const document = graphql(`
  query Inbox {
    gates(state: open, limit: 500) {
      items {
        id title requestedBy createdAt expiresAt evidence
        subject { kind key from to }
        policy { approvers quorum fourEyes }
        votes { by verdict }
      }
      nextCursor
    }
    agents(limit: 500) { items { handle openTasks } }
  }
`)

function makeInbox() {
  const { session } = useSession()
  const { now } = useClock()
  const query = useLiveQuery(document, { on: ({ subject }) => subject.kind === 'gate' })
  /** Decided on this page a moment ago: gone at once, before the list is read again. */
  const decided = ref(new Set<string>())

  const behind = computed(() => new Map((query.data.value?.agents?.items ?? [])
    .map(({ handle, openTasks }) => [handle, openTasks])))
  const ordered = computed((): OpenGate[] => byCostOfDelay(
    (query.data.value?.gates?.items ?? []).filter(({ id }) => !decided.value.has(id)),
    now.value, (handle) => behind.value.get(handle) ?? 0))
  const isMine = (gate: OpenGate): boolean => session.value !== null
    && refusalFor(gate, session.value.actor, new Date(now.value).toISOString()) === null
  const mine = computed(() => ordered.value.filter(isMine))
  const others = computed(() => ordered.value.filter((gate) => !isMine(gate)))
  /** There are more than one page holds; deciding some brings the others. */
  const isPartial = computed(() => Boolean(query.data.value?.gates?.nextCursor))
  const behindOf = (handle: string): number => behind.value.get(handle) ?? 0
  const leave = (id: string): void => { decided.value = new Set([...decided.value, id]) }
  return { ...query, mine, others, isPartial, behindOf, leave }
}

export type Inbox = ReturnType<typeof makeInbox>
/** Provided by the shell, which is always there. */
export const [provideInbox, useInbox] = provided('inbox', makeInbox)
