/**
 * Text that somebody types: kept in this tab under a name until it is sent, so that a closed dialog
 * or a page that was loaded again does not lose it.
 */
import type { Ref } from 'vue'
import { ref, watch } from 'vue'

const keyOf = (name: string): string => `guildhall-draft ${name}`

/** `name` is reactive: another name is another draft. */
export function useDraft(name: () => string): { text: Ref<string>; forget: () => void } {
  const text = ref('')
  const store = (): Storage | null => {
    try {
      return sessionStorage
    } catch {
      // Storage is switched off: the text lives as long as the page.
      return null
    }
  }
  watch(name, (now) => { text.value = store()?.getItem(keyOf(now)) ?? '' }, { immediate: true })
  watch(text, (now) => {
    if (now) store()?.setItem(keyOf(name()), now)
    else store()?.removeItem(keyOf(name()))
  })
  return { text, forget: () => { text.value = '' } }
}
