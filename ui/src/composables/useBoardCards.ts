/**
 * The tasks of the board: read column by column in pages of 1,000, then kept as the server holds
 * them by reading again what an event names. What is open is read to its end in the background;
 * what is over (it only grows) goes on when somebody asks.
 */
import { onScopeDispose, shallowReactive, shallowRef, watch } from 'vue'
import type { Status } from '../../../domain/tasks.ts'
import { isFinal } from '../../../domain/tasks.ts'
import type { Card, Filter } from '../board.ts'
import { columns, passes } from '../board.ts'
import { readCards, readColumn } from '../components/board/cards.ts'
import type { Failure } from '../problem.ts'
import { isPassing } from '../problem.ts'
import { useBoardLive } from './useBoardLive.ts'

export type Page = {
  state: 'loading' | 'ready' | 'error'
  /** Where the next page begins; null when all of the column is here. */
  cursor: string | null
  failure: Failure | null
}

const RETRY_MS = 3000
/** How much of a column is read without being asked for. */
const MAX_UNASKED = 10_000

const blank = (): Page => ({ state: 'loading', cursor: null, failure: null })
const blanks = () => Object.fromEntries(columns.map((status) => [status, blank()]))

export function useBoardCards(filter: () => Filter) {
  const cards = shallowRef<ReadonlyMap<string, Card>>(new Map())
  const pages = shallowReactive(blanks() as Record<Status, Page>)
  /** What was read by name while a page was on its way: the page is older. */
  const newer = new Set<Set<string>>()
  const timers = new Set<ReturnType<typeof setTimeout>>()
  let turn = 0

  function put(found: Iterable<Card>, gone: Iterable<string> = []): void {
    const next = new Map(cards.value)
    for (const id of gone) next.delete(id)
    for (const card of found) {
      if ((next.get(card.id)?.version ?? 0) <= card.version) next.set(card.id, card)
    }
    cards.value = next
  }

  /** What stands in a column and is not in its first page any more. */
  function leftOver(status: Status, items: readonly Card[], known: Set<string>): string[] {
    const here = new Set(items.map(({ id }) => id))
    return [...cards.value.values()]
      .filter((card) => card.status === status && !here.has(card.id) && !known.has(card.id))
      .map(({ id }) => id)
  }

  async function load(status: Status, cursor: string | null = null): Promise<void> {
    const own = turn
    const known = new Set<string>()
    newer.add(known)
    pages[status] = { state: 'loading', cursor, failure: null }
    const answer = await readColumn(status, filter(), cursor)
    newer.delete(known)
    if (own !== turn) return
    if (!answer.ok) return fail(status, cursor, answer.failure)
    const { items, nextCursor } = answer.data
    put(items.filter(({ id }) => !known.has(id)), cursor ? [] : leftOver(status, items, known))
    pages[status] = { state: 'ready', cursor: nextCursor, failure: null }
    const isUnasked = !isFinal(status) && cards.value.size < MAX_UNASKED
    if (nextCursor && isUnasked) await load(status, nextCursor)
  }

  function fail(status: Status, cursor: string | null, failure: Failure): void {
    pages[status] = { state: 'error', cursor, failure }
    if (!isPassing(failure)) return
    const own = turn
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (own === turn) void load(status, cursor)
    }, RETRY_MS)
    timers.add(timer)
  }

  /** Reads some again by id; false when no answer came. A new filter reads all anyway. */
  async function refetch(ids: readonly string[]): Promise<boolean> {
    const own = turn
    const found = await readCards(ids, filter().search !== null)
    if (own !== turn) return true
    if (!found) return false
    for (const known of newer) for (const id of ids) known.add(id)
    const kept = [...found.values()].filter((card) => card !== null && passes(card, filter()))
    const keptIds = new Set(kept.map((card) => card!.id))
    put(kept as Card[], ids.filter((id) => !keptIds.has(id)))
    return true
  }

  /** The page after the last one that was read. */
  function more(status: Status): void {
    const { state, cursor } = pages[status]
    if (state === 'ready' && cursor) void load(status, cursor)
  }

  function loadAll(): void {
    turn++
    for (const status of columns) void load(status)
  }

  // Until the answer is here, what certainly does not match is gone already.
  watch(() => JSON.stringify(filter()), () => {
    const others = [...cards.value.values()].filter((card) => !passes(card, filter()))
    if (others.length) put([], others.map(({ id }) => id))
    loadAll()
  }, { immediate: true })
  const { ask } = useBoardLive(refetch)
  onScopeDispose(() => {
    turn++
    timers.forEach(clearTimeout)
  })
  return { cards, pages, more, reload: loadAll, refetch: ask }
}
