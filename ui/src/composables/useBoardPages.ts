/**
 * Reading the board: all columns by one question, what is more of them in pages. What is open is
 * read to its end in the background; what is over (it only grows) goes on when somebody asks.
 */
import { computed, onScopeDispose, shallowReactive } from 'vue'
import type { Status } from '../../../domain/tasks.ts'
import { isFinal } from '../../../domain/tasks.ts'
import type { Filter } from '../board.ts'
import { columns } from '../board.ts'
import { readBoard, readColumn } from '../components/board/cards.ts'
import type { Failure } from '../problem.ts'
import { isPassing } from '../problem.ts'
import type { useCardStore } from './useCardStore.ts'

/** Of one column: where its next page begins (null when all of it is here), and how that goes. */
export type Page = {
  state: 'loading' | 'ready' | 'error'
  cursor: string | null
  failure: Failure | null
}

const RETRY_MS = 3000
/** How much is read without being asked for. */
const MAX_UNASKED = 10_000

const loading: Page = { state: 'loading', cursor: null, failure: null }
const allPages = (): Record<Status, Page> =>
  Object.fromEntries(columns.map((status) => [status, loading])) as Record<Status, Page>

export function useBoardPages(filter: () => Filter, store: ReturnType<typeof useCardStore>) {
  const pages = shallowReactive(allPages())
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0

  function fail(statuses: readonly Status[], failure: Failure, again: () => void): void {
    for (const status of statuses) pages[status] = { ...pages[status], state: 'error', failure }
    clearTimeout(timer)
    if (isPassing(failure)) timer = setTimeout(again, RETRY_MS)
  }

  async function loadAll(): Promise<void> {
    const own = ++turn
    clearTimeout(timer)
    Object.assign(pages, allPages())
    const { answer, known } = await store.ask(readBoard(filter()))
    if (own !== turn) return
    if (!answer.ok) return fail(columns, answer.failure, () => void loadAll())
    store.putPage(columns.flatMap((status) => answer.data[status].items), known, true)
    for (const status of columns) {
      pages[status] = { state: 'ready', cursor: answer.data[status].nextCursor, failure: null }
      if (!isFinal(status)) void more(status, true)
    }
  }

  /** The next page of a column; `isUnasked` goes on to its end, within reason. */
  async function more(status: Status, isUnasked = false): Promise<void> {
    const own = turn
    const { state, cursor } = pages[status]
    if (state !== 'ready' || !cursor) return
    pages[status] = { state: 'loading', cursor, failure: null }
    const { answer, known } = await store.ask(readColumn(status, filter(), cursor))
    if (own !== turn) return
    if (!answer.ok) {
      return fail([status], answer.failure, () => {
        pages[status] = { ...pages[status], state: 'ready' }
        void more(status, isUnasked)
      })
    }
    store.putPage(answer.data.items, known)
    pages[status] = { state: 'ready', cursor: answer.data.nextCursor, failure: null }
    if (isUnasked && store.cards.value.size < MAX_UNASKED) await more(status, true)
  }

  onScopeDispose(() => {
    turn++
    clearTimeout(timer)
  })
  const all = computed(() => columns.map((status) => pages[status]))
  return {
    pages, loadAll, more,
    failure: computed(() => all.value.find(({ state }) => state === 'error')?.failure ?? null),
    isPartial: computed(() => all.value.some(({ cursor }) => cursor !== null)),
    isReading: computed(() => all.value.some(({ state }) => state === 'loading')),
  }
}
