/** What is not as it should be, in the order of how much it matters; null when all is well. */
import { computed } from 'vue'
import { provided } from './provided.ts'
import { useIsCutOff } from './useEvents.ts'
import { useReadiness } from './useReadiness.ts'

const CALM_MS = 15_000
const WORRIED_MS = 3000
/** Consequences usually take less than a tenth of a second; before this nobody needs to know. */
const NOTICEABLE_MS = 3000

export type Complaint =
  | { kind: 'offline' | 'unreachable' | 'reconnecting' | 'storage' | 'engine' }
  | { kind: 'unsettled'; count: number; oldestMs: number }

function watchHealth() {
  const isCutOff = useIsCutOff()
  const { readiness, isReachable, isOnline } = useReadiness(() =>
    (complaint.value ? WORRIED_MS : CALM_MS))
  const complaint = computed((): Complaint | null => {
    if (!isOnline.value) return { kind: 'offline' }
    if (!isReachable.value) return { kind: 'unreachable' }
    if (readiness.value?.status === 'unavailable') return { kind: 'storage' }
    if (isCutOff.value) return { kind: 'reconnecting' }
    if (readiness.value?.engine === 'away') return { kind: 'engine' }
    const { unsettled = 0, oldest_unsettled_ms: oldest = 0 } = readiness.value ?? {}
    if (!unsettled || !oldest || oldest < NOTICEABLE_MS) return null
    return { kind: 'unsettled', count: unsettled, oldestMs: oldest }
  })
  return { complaint, readiness }
}

/** Provided by the shell: one watch for the whole page. */
export const [provideHealth, useHealth] = provided('health', watchHealth)
