/** Live events for a component: those that pass, for as long as it is there. */
import { onScopeDispose, ref, watch } from 'vue'
import type { LiveEvent } from '../live.ts'
import { lineState, listen } from '../live.ts'

export type EventFilter = (event: LiveEvent) => boolean

/** Nothing is missed and nothing comes twice; a burst comes as one event after the other. */
export function useEvents(passes: EventFilter, onEvent: (event: LiveEvent) => void): void {
  onScopeDispose(listen((event) => {
    if (passes(event)) onEvent(event)
  }))
}

/** `connecting | live | away`: whether this page hears what happens. */
export const useLine = () => lineState

/** True once the line was away for longer than a blink. */
export function useIsCutOff(afterMs = 1500) {
  const isCutOff = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(lineState, (line) => {
    clearTimeout(timer)
    if (line === 'live') isCutOff.value = false
    else timer = setTimeout(() => { isCutOff.value = true }, afterMs)
  }, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))
  return isCutOff
}
