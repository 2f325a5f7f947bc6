/** Credits set aside: those that are open, and the newest of those that are not, live. */
import { computed, ref } from 'vue'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import type { EventFilter } from './useEvents.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const document = graphql(`
  query Holds($agent: String, $limit: Int) {
    open: creditsHoldList(agent: $agent, state: "open", limit: 500) {
      items { ...OneHold } nextCursor
    }
    settled: creditsHoldList(agent: $agent, state: "settled", limit: $limit) {
      items { ...OneHold } nextCursor
    }
    released: creditsHoldList(agent: $agent, state: "released", limit: $limit) {
      items { ...OneHold } nextCursor
    }
    expired: creditsHoldList(agent: $agent, state: "expired", limit: $limit) {
      items { ...OneHold } nextCursor
    }
  }
  fragment OneHold on Hold {
    id agent task amount usdMicros tokens settled state reason expiresAt createdAt closedAt
  }
`)

export type Hold = NonNullable<ResultOf<typeof document>['open']>['items'][number]
export const closedStates = ['settled', 'released', 'expired'] as const
export type ClosedState = (typeof closedStates)[number]

/** What is paid from a hold to the last credit tells of its transfer only. */
const concerns: EventFilter = ({ type, subject }) =>
  subject.kind === 'hold' || type === 'credit.settled'

const EVERY_MS = 250
const STEP = 50
const MOST = 1000

/** `which`: the closed ones that are wanted; null = all of them. */
export function useHolds(agent: () => string | null, which: () => ClosedState | null) {
  const limit = ref(STEP)
  const { data, state, failure, refresh } = useLiveQuery(document, {
    variables: () => ({ limit: limit.value, ...(agent() ? { agent: agent() } : {}) }),
    on: concerns, everyMs: EVERY_MS, keeps: true,
  })
  const open = computed(() => data.value?.open?.items ?? null)
  const wanted = computed(() => closedStates.filter((one) => [null, one].includes(which()))
    .map((one) => data.value?.[one]))
  /** Each list has the newest of its own: together they have the newest of all. */
  const all = computed(() => wanted.value.flatMap((page) => page?.items ?? [])
    .toSorted((one, other) => (one.id < other.id ? 1 : -1)))
  const closed = computed(() => all.value.slice(0, limit.value))
  const hasMore = computed(() => limit.value < MOST
    && (all.value.length > limit.value || wanted.value.some((page) => page?.nextCursor)))
  const isCut = computed(() => Boolean(data.value?.open?.nextCursor))
  const readMore = (): void => { limit.value = Math.min(MOST, limit.value + STEP) }
  return { open, closed, hasMore, isCut, state, failure, refresh, readMore }
}
