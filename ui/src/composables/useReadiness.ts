/** How the server says it is, asked gently: never while nobody looks. */
import { onScopeDispose, ref, shallowRef } from 'vue'
import { tellTime } from './useClock.ts'

export type Readiness = {
  status: 'ready' | 'degraded' | 'unavailable'
  engine: 'ready' | 'away'
  unsettled: number | null
  oldest_unsettled_ms: number | null
}

const TIMEOUT_MS = 5000

/** The header has whole seconds: half of one more is its mean. */
const inTheMiddle = (date: string): string => new Date(Date.parse(date) + 500).toISOString()

/** `pauseMs` is asked after each look. */
export function useReadiness(pauseMs: () => number) {
  const readiness = shallowRef<Readiness | null>(null)
  const isReachable = ref(true)
  const isOnline = ref(navigator.onLine)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask(): Promise<void> {
    const askedAt = Date.now()
    try {
      const answer = await fetch('/readyz', { signal: AbortSignal.timeout(TIMEOUT_MS) })
      const date = answer.headers.get('date')
      if (date) tellTime(inTheMiddle(date), askedAt - 500, Date.now())
      readiness.value = await answer.json() as Readiness
      isReachable.value = true
    } catch {
      isReachable.value = false
    }
  }

  async function look(): Promise<void> {
    clearTimeout(timer)
    isOnline.value = navigator.onLine
    if (document.visibilityState === 'visible') await ask()
    clearTimeout(timer)
    timer = setTimeout(() => void look(), pauseMs())
  }

  const note = (): void => void look()
  const events = ['online', 'offline'] as const
  for (const name of events) addEventListener(name, note)
  document.addEventListener('visibilitychange', note)
  note()
  onScopeDispose(() => {
    clearTimeout(timer)
    for (const name of events) removeEventListener(name, note)
    document.removeEventListener('visibilitychange', note)
  })
  return { readiness, isReachable, isOnline }
}
