/**
 * New events that pass the filters, as they come. Without filters the live line brings them; with
 * filters it only says that something happened, and the server answers what of it matches.
 */
import { onScopeDispose } from 'vue'
import type { FeedEvent } from '../components/activity/feed.ts'
import type { LogReader } from '../components/activity/reader.ts'
import { onResume } from '../live.ts'
import { useSession } from '../session.ts'
import { useEvents } from './useEvents.ts'

/** At most one change of the list in this time, in bursts. */
const EVERY_MS = 100

export function useArrivals(reader: () => LogReader, hand: (events: FeedEvent[]) => void): void {
  /** Where the live line is, and up to where the server was asked what matches. */
  let latest = useSession().session.value?.cursor ?? null
  let asked = latest
  const gather = useBatches(reader, hand)
  const ask = oneAtATime(async () => {
    const own = reader()
    const until = latest
    if (asked === null) return
    const found = await own.after(asked)
    if (own !== reader() || !found.ok) return
    asked = until
    gather(found.events)
  })
  const isFollowing = (): boolean => reader().filters.until === null

  useEvents(isFollowing, (event) => {
    latest = event.cursor
    if (reader().isNarrowed) return ask()
    asked = event.cursor
    gather([event])
  })
  onScopeDispose(onResume(() => { if (reader().isNarrowed && isFollowing()) ask() }))
}

/** Gathers what comes in a burst: the first at once, the others together. */
function useBatches(
  reader: () => LogReader, hand: (events: FeedEvent[]) => void,
): (events: FeedEvent[]) => void {
  let waiting: FeedEvent[] = []
  let owner = reader()
  let handedAt = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = (): void => {
    const arrived = waiting
    timer = undefined
    handedAt = performance.now()
    waiting = []
    // Other filters since then: what was gathered for the old ones is nobody's.
    if (owner === reader()) hand(arrived)
  }
  onScopeDispose(() => clearTimeout(timer))
  return (events) => {
    if (!events.length) return
    if (owner !== reader()) waiting = []
    owner = reader()
    waiting.push(...events)
    const wait = EVERY_MS - (performance.now() - handedAt)
    if (wait > 0) timer ??= setTimeout(flush, wait)
    else if (timer === undefined) flush()
  }
}

/** Runs at once, and once more if it was asked for meanwhile; never twice at a time. */
function oneAtATime(run: () => Promise<void>): () => void {
  let state: 'idle' | 'running' | 'again' = 'idle'
  const go = async (): Promise<void> => {
    do {
      state = 'running'
      await run()
    } while ((state as string) === 'again')
    state = 'idle'
  }
  return () => {
    if (state === 'idle') void go()
    else state = 'again'
  }
}
