/** The tasks of the board, kept as the server holds them: what an event names is read again. */
import { watch } from 'vue'
import type { Status } from '../../../domain/tasks.ts'
import type { Card, Filter } from '../board.ts'
import { passes } from '../board.ts'
import { readCards } from '../components/board/cards.ts'
import { useBoardLive } from './useBoardLive.ts'
import { useBoardPages } from './useBoardPages.ts'
import { useCardStore } from './useCardStore.ts'

export function useBoardCards(filter: () => Filter) {
  const store = useCardStore()
  const { loadAll, more, ...pages } = useBoardPages(filter, store)
  const asked = (): string => JSON.stringify(filter())

  /** Reads some again by id; false when no answer came. A new filter reads all anyway. */
  async function refetch(ids: readonly string[]): Promise<boolean> {
    const before = asked()
    const found = await readCards(ids, filter().search !== null)
    if (asked() !== before) return true
    if (!found) return false
    store.putNamed(ids, [...found.values()].filter((card): card is Card =>
      card !== null && passes(card, filter())))
    return true
  }

  // Until the answer is here, what certainly does not match is gone already.
  watch(asked, () => {
    store.keep((card) => passes(card, filter()))
    void loadAll()
  }, { immediate: true })
  const { ask } = useBoardLive(refetch)
  return {
    ...pages, cards: store.cards, refetch: ask, reload: () => void loadAll(),
    more: (status: Status) => void more(status),
  }
}
