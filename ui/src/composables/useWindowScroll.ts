/** Whether the page stands at its top; what is new may be added there without moving anything. */
import { onScopeDispose, readonly, ref } from 'vue'

const TOP_PX = 24

export function useWindowScroll() {
  const isAtTop = ref(scrollY <= TOP_PX)
  const note = (): void => { isAtTop.value = scrollY <= TOP_PX }
  addEventListener('scroll', note, { passive: true })
  onScopeDispose(() => removeEventListener('scroll', note))
  return { isAtTop: readonly(isAtTop), toTop: (): void => scrollTo({ top: 0 }) }
}
