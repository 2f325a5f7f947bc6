/** What somebody types into a filter, taken over when they pause. */
import type { Ref, WritableComputedRef } from 'vue'
import { onScopeDispose, ref, watch } from 'vue'

const PAUSE_MS = 350

/** The field itself never waits for the address. */
export function useTyped(
  value: WritableComputedRef<string | null>, pauseMs: number = PAUSE_MS,
): Ref<string> {
  const typed = ref(value.value ?? '')
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(typed, (text) => {
    clearTimeout(timer)
    timer = setTimeout(() => { value.value = text.trim() || null }, pauseMs)
  })
  // Changed elsewhere: by going back, or by clearing all.
  watch(value, (now) => { if ((now ?? '') !== typed.value.trim()) typed.value = now ?? '' })
  onScopeDispose(() => clearTimeout(timer))
  return typed
}
