/** Copies text: by the clipboard where the browser lends it, over plain http by selecting. */
import { onScopeDispose, ref } from 'vue'

const SHOWN_MS = 2000

/** Selects what an element shows and copies that; works over plain http. */
function copySelection(element: Element): boolean {
  const selection = getSelection()
  if (!selection) return false
  selection.selectAllChildren(element)
  const isCopied = document.execCommand('copy')
  if (isCopied) selection.removeAllRanges()
  return isCopied
}

/** `shown` is the element whose text it is; when copying fails it stays selected. */
export function useCopy() {
  const state = ref<'idle' | 'copied' | 'failed'>('idle')
  let timer: ReturnType<typeof setTimeout> | undefined
  async function copy(text: string, shown: Element | null): Promise<void> {
    clearTimeout(timer)
    const isWritten = await navigator.clipboard?.writeText(text).then(() => true, () => false)
    const isCopied = isWritten || (shown !== null && copySelection(shown))
    state.value = isCopied ? 'copied' : 'failed'
    timer = setTimeout(() => { state.value = 'idle' }, SHOWN_MS)
  }
  onScopeDispose(() => clearTimeout(timer))
  return { state, copy }
}
