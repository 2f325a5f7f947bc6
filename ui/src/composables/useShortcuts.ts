/** Keys for a view: `{ j: next, k: previous }`. Silent while somebody types or a dialog is open. */
import { onScopeDispose } from 'vue'

export type Shortcuts = Record<string, (event: KeyboardEvent) => void>

const fields = 'input, textarea, select, [contenteditable="true"]'
/** Where keys already mean something. */
const modal = '[role="dialog"][aria-modal="true"], [role="alertdialog"], [role="menu"]'

function isBusy({ target }: KeyboardEvent): boolean {
  if (target instanceof Element && target.closest(fields)) return true
  return document.querySelector(modal) !== null
}

/** `mod+k` is Ctrl on most keyboards and Command on a Mac; it works in fields too. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return
    const isMod = event.ctrlKey || event.metaKey
    const act = shortcuts[`${isMod ? 'mod+' : ''}${event.key.length === 1
      ? event.key.toLowerCase() : event.key}`]
    if (!act || (!isMod && isBusy(event))) return
    event.preventDefault()
    act(event)
  }
  addEventListener('keydown', onKey)
  onScopeDispose(() => removeEventListener('keydown', onKey))
}
