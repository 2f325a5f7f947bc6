/**
 * The event feed: what was read of the past and what came since, newest first, each event once.
 * Events never change, so what was received stays true. While somebody reads further down, new ones
 * wait until they are wanted.
 */
import type { Ref } from 'vue'
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { FeedEvent } from '../components/activity/feed.ts'
import { timeOf } from '../components/activity/feed.ts'
import { merged, trimmed } from '../components/activity/order.ts'
import type { Reading } from '../components/activity/reader.ts'
import { LogReader } from '../components/activity/reader.ts'
import { onResume } from '../live.ts'
import type { Failure } from '../problem.ts'
import { isPassing } from '../problem.ts'
import { useArrivals } from './useArrivals.ts'
import type { EventFilterState } from './useEventFilters.ts'

export type FeedState = 'loading' | 'ready' | 'error'

const RETRY_MS = 3000
/** More than this is not kept; older ones are read again when somebody goes there. */
const KEPT = 4000

const emptyFeed = () => ({
  events: shallowRef<readonly FeedEvent[]>([]),
  /** Came while somebody was reading further down. */
  fresh: shallowRef<readonly FeedEvent[]>([]),
  state: ref<FeedState>('loading'),
  failure: shallowRef<Failure | null>(null),
  past: ref<'idle' | 'reading' | 'failed' | 'ended'>('idle'),
})

export function useFeed(
  { filters, key }: Pick<EventFilterState, 'filters' | 'key'>, isAtTop: Readonly<Ref<boolean>>,
) {
  const { events, fresh, state, failure, past } = emptyFeed()
  let reader = new LogReader(filters.value)
  let retry: ReturnType<typeof setTimeout> | undefined

  function start(): void {
    clearTimeout(retry)
    reader = new LogReader(filters.value)
    events.value = fresh.value = []
    state.value = 'loading'
    past.value = 'idle'
    void readNewest(reader)
  }

  async function readNewest(own: LogReader): Promise<void> {
    const found = await own.newest()
    if (own !== reader) return
    if (take(found)) state.value = 'ready'
    else if (isPassing(failure.value!)) retry = setTimeout(() => void readNewest(own), RETRY_MS)
    else state.value = 'error'
  }

  function take(found: Reading): boolean {
    failure.value = found.ok ? null : found.failure
    if (found.ok) events.value = merged(events.value, found.events)
    past.value = !found.ok ? 'failed' : reader.isEnd ? 'ended' : 'idle'
    return found.ok
  }

  /** Goes further back; one step at a time. */
  async function older(): Promise<void> {
    if (state.value !== 'ready' || past.value === 'reading' || past.value === 'ended') return
    const own = reader
    past.value = 'reading'
    const found = await own.older()
    if (own === reader) take(found)
  }

  function showFresh(): void {
    const arrived = fresh.value
    if (!arrived.length) return
    // So many that some were let go: there would be a gap.
    if (arrived.length >= KEPT) return start()
    fresh.value = []
    add(arrived)
  }

  function add(arrived: readonly FeedEvent[]): void {
    const all = merged(arrived, events.value)
    events.value = trimmed(all, KEPT)
    if (events.value.length === all.length) return
    reader.forgetBefore(timeOf(events.value.at(-1)!))
    past.value = 'idle'
  }

  useArrivals(() => reader, (arrived) => {
    if (isAtTop.value) add(arrived)
    else fresh.value = merged(arrived, fresh.value).slice(0, KEPT)
  })
  watch(key, start, { immediate: true })
  watch(isAtTop, (top) => { if (top) showFresh() })
  onScopeDispose(onResume(() => { if (state.value !== 'ready') start() }))
  onScopeDispose(() => {
    clearTimeout(retry)
    reader = new LogReader(filters.value)
  })
  return { events, fresh, state, failure, past, older, showFresh, again: start }
}
