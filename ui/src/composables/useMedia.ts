/** Whether a media query holds, now and later. */
import { onScopeDispose, readonly, ref } from 'vue'

export function useMedia(query: string) {
  const list = matchMedia(query)
  const holds = ref(list.matches)
  const note = (): void => { holds.value = list.matches }
  list.addEventListener('change', note)
  onScopeDispose(() => list.removeEventListener('change', note))
  return readonly(holds)
}

/** From here on there is a rail at the left and panels stand at the right. */
export const useIsWide = () => useMedia('(min-width: 64rem)')
