/** How the server is, asked gently: more often only when something is wrong, never when hidden. */
import { computed, onScopeDispose, readonly, ref, shallowRef } from 'vue'
import { useIsCutOff } from './useEvents.ts'
import { tellTime } from './useClock.ts'

type Readiness = {
  status: 'ready' | 'degraded' | 'unavailable'
  engine: 'ready' | 'away'
  unsettled: number | null
  oldest_unsettled_ms: number | null
}

const CALM_MS = 15_000
const WORRIED_MS = 3000
/** Consequences usually take less than a tenth of a second; before this nobody needs to know. */
const NOTICEABLE_MS = 3000

/** The header has whole seconds: half of one more is its mean. */
const inTheMiddle = (date: string): string => new Date(Date.parse(date) + 500).toISOString()

export type Complaint =
  | { kind: 'offline' | 'unreachable' | 'reconnecting' | 'storage' | 'engine' }
  | { kind: 'unsettled'; count: number; oldestMs: number }

export function useHealth() {
  const readiness = shallowRef<Readiness | null>(null)
  const isReachable = ref(true)
  const isOnline = ref(navigator.onLine)
  const isCutOff = useIsCutOff()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function look(): Promise<void> {
    clearTimeout(timer)
    if (document.visibilityState === 'visible') {
      const askedAt = Date.now()
      try {
        const answer = await fetch('/readyz', { signal: AbortSignal.timeout(5000) })
        const date = answer.headers.get('date')
        if (date) tellTime(inTheMiddle(date), askedAt - 500, Date.now())
        readiness.value = await answer.json() as Readiness
        isReachable.value = true
      } catch {
        isReachable.value = false
      }
    }
    timer = setTimeout(() => void look(), complaint.value ? WORRIED_MS : CALM_MS)
  }

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

  const note = (): void => {
    isOnline.value = navigator.onLine
    void look()
  }
  const events = ['online', 'offline'] as const
  for (const name of events) addEventListener(name, note)
  document.addEventListener('visibilitychange', note)
  void look()
  onScopeDispose(() => {
    clearTimeout(timer)
    for (const name of events) removeEventListener(name, note)
    document.removeEventListener('visibilitychange', note)
  })
  return { complaint, readiness: readonly(readiness) }
}
