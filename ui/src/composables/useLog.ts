/**
 * Something that only grows, newest first: the newest part, further back on demand, and what comes
 * on top as it happens. What was read never changes, so it is read once.
 */
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Read } from '../graphql/client.ts'
import { onResume } from '../live.ts'
import type { Failure } from '../problem.ts'
import type { PageReader, Pages } from './readPages.ts'
import { readPages } from './readPages.ts'
import type { EventFilter } from './useEvents.ts'
import { useEvents } from './useEvents.ts'
import { useReading } from './useReading.ts'

type Options<Item> = {
  /** Reactive: what is asked. Another question is another log; null asks nothing. */
  about: () => string | null
  page: (limit: number) => PageReader<Item>
  /** Which events tell of something new. */
  on: EventFilter
  /** How many at a time, at first and further back. */
  limit?: number
  /** The first reading goes on until they are enough; one page where nothing is said. */
  isEnough?: (items: readonly Item[]) => boolean
  maxPages?: number
}

const LIMIT = 50
const EVERY_MS = 150
/** After a long break more may have come on top than is worth catching up with. */
const MAX_CATCH_UP = 20

export function useLog<Item extends { id: string }>(options: Options<Item>) {
  const { about, page, on, limit = LIMIT, isEnough = () => true, maxPages = 1 } = options
  const ask = (): Promise<Read<Pages<Item>>> | null =>
    (about() === null ? null : data.value?.items.length ? catchUp() : readFirst())
  const { data, state, failure, begin, refresh, drop } = useReading(ask, EVERY_MS)

  const readFirst = (): Promise<Read<Pages<Item>>> => readPages(page(limit), { isEnough, maxPages })
  async function catchUp(): Promise<Read<Pages<Item>>> {
    const newest = data.value?.items[0]?.id
    const isMet = (items: readonly Item[]): boolean => items.some(({ id }) => id === newest)
    const found = await readPages(page(LIMIT), { maxPages: MAX_CATCH_UP, isEnough: isMet })
    // Further back may have been read meanwhile: what is there now goes on below.
    const known = data.value
    if (!found.ok || !known || !isMet(found.data.items)) return found
    const fresh = found.data.items.slice(0, found.data.items.findIndex(({ id }) => id === newest))
    return { ok: true, data: { items: [...fresh, ...known.items], next: known.next } }
  }

  watch(about, () => {
    drop(false)
    moreFailure.value = null
    void begin()
  })
  useEvents(on, refresh)
  onScopeDispose(onResume(refresh))

  const isReadingMore = ref(false)
  const moreFailure = shallowRef<Failure | null>(null)
  async function readMore(): Promise<void> {
    const from = data.value?.next
    if (!from || isReadingMore.value) return
    const asked = about()
    isReadingMore.value = true
    const found = await readPages(page(limit), { from, maxPages: 1 })
    isReadingMore.value = false
    if (asked !== about() || !data.value) return
    moreFailure.value = found.ok ? null : found.failure
    if (!found.ok) return
    data.value = { items: [...data.value.items, ...found.data.items], next: found.data.next }
  }
  void begin()
  return {
    items: computed(() => data.value?.items ?? null),
    hasMore: computed(() => Boolean(data.value?.next)),
    state, failure, refresh, readMore, isReadingMore, moreFailure,
  }
}
