/** Arrow keys between cards, `m` for the Move menu. Enter is the link's own. */
import { onScopeDispose } from 'vue'
import type { Card } from '../board.ts'

type Lists = readonly (readonly Card[])[]
type Place = { list: number; index: number }

export type KeysOptions = {
  /** The cards as they stand, column by column. */
  lists: () => Lists
  /** Brings one to the screen and focuses it. */
  focus: (place: Place) => void
  menu: (card: Card, element: HTMLElement) => void
}

const modal = '[role="dialog"][aria-modal="true"], [role="alertdialog"], [role="menu"]'

/** Down and up stay in the column; left and right go to the nearest that is not empty. */
export function nextPlace(lists: Lists, { list, index }: Place, key: string): Place | null {
  const sideways = (step: 1 | -1): Place | null => {
    for (let at = list + step; at >= 0 && at < lists.length; at += step) {
      if (lists[at]!.length) return { list: at, index: Math.min(index, lists[at]!.length - 1) }
    }
    return null
  }
  const last = (lists[list]?.length ?? 0) - 1
  const steps: Record<string, () => Place | null> = {
    ArrowDown: () => (index < last ? { list, index: index + 1 } : null),
    ArrowUp: () => (index > 0 ? { list, index: index - 1 } : null),
    ArrowRight: () => sideways(1),
    ArrowLeft: () => sideways(-1),
    Home: () => (index > 0 ? { list, index: 0 } : null),
    End: () => (index < last ? { list, index: last } : null),
  }
  return steps[key]?.() ?? null
}

export function placeOf(lists: Lists, id: string): Place | null {
  for (const [list, cards] of lists.entries()) {
    const index = cards.findIndex((card) => card.id === id)
    if (index !== -1) return { list, index }
  }
  return null
}

export function useBoardKeys({ lists, focus, menu }: KeysOptions): void {
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
    else if (key === 'm') menu(lists()[place.list]![place.index]!, element)
    else return
    event.preventDefault()
  }

  addEventListener('keydown', onKey)
  onScopeDispose(() => removeEventListener('keydown', onKey))
}
