/** Arrow keys between cards, `m` for the Move menu. Enter is the link's own. */
import { nextTick, onScopeDispose, watch } from 'vue'
import type { Lists, Place } from '../board.ts'
import { nextPlace, placeOf } from '../board.ts'
import { useBoard } from './useBoard.ts'

export type KeysOptions = {
  /** The cards as they stand, column by column. */
  lists: () => Lists
  /** Brings one to the screen and focuses it. */
  focus: (place: Place) => void
}

const modal = '[role="dialog"][aria-modal="true"], [role="alertdialog"], [role="menu"]'

export function useBoardKeys({ lists, focus }: KeysOptions): void {
  const { menu, wanted } = useBoard()
  function begin(event: KeyboardEvent): void {
    const list = lists().findIndex(({ length }) => length > 0)
    if (!event.key.startsWith('Arrow') || list === -1) return
    event.preventDefault()
    focus({ list, index: 0 })
  }

  function onKey(event: KeyboardEvent): void {
    const { target, key } = event
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (!(target instanceof HTMLElement) || document.querySelector(modal)) return
    if (target === document.body) return begin(event)
    const element = target.closest<HTMLElement>('[data-card]')
    const place = element && placeOf(lists(), element.dataset.card!)
    if (!element || !place) return
    const next = nextPlace(lists(), place, key)
    if (next) focus(next)
    else if (key === 'm') menu.value = { id: element.dataset.card!, anchor: element }
    else return
    event.preventDefault()
  }

  // A card that was moved takes the focus along, wherever it is now.
  watch(wanted, async (id) => {
    if (id === null) return
    wanted.value = null
    await nextTick()
    const place = placeOf(lists(), id)
    if (place) focus(place)
  })
  addEventListener('keydown', onKey)
  onScopeDispose(() => removeEventListener('keydown', onKey))
}
