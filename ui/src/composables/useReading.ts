/**
 * Reading one answer again and again: never two readings at a time, the newest question wins,
 * bursts become one reading after the other, and what failed in passing is tried again.
 */
import type { ShallowRef } from 'vue'
import { onScopeDispose, ref, shallowRef } from 'vue'
import type { Read } from '../graphql/client.ts'
import type { Failure } from '../problem.ts'
import { isPassing } from '../problem.ts'

export type QueryState = 'idle' | 'loading' | 'ready' | 'error'

const RETRY_MS = 3000

/** `ask` reads once; null = there is nothing to ask now. */
export function useReading<Data>(ask: () => Promise<Read<Data>> | null, everyMs: number) {
  const data: ShallowRef<Data | null> = shallowRef(null)
  const state = ref<QueryState>('idle')
  const failure = shallowRef<Failure | null>(null)
  let turn = 0
  let isAsking = false
  let isAgain = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let readAt = -Infinity

  async function begin(): Promise<void> {
    clearTimeout(timer)
    const reading = ask()
    if (!reading) return
    const own = ++turn
    isAsking = true
    isAgain = false
    if (data.value === null) state.value = 'loading'
    readAt = performance.now()
    const found = await reading
    if (own === turn) take(found)
  }

  function take(found: Read<Data>): void {
    isAsking = false
    failure.value = found.ok ? null : found.failure
    if (found.ok) data.value = found.data
    const isKept = found.ok || isPassing(found.failure) || found.failure.code === 'unauthenticated'
    state.value = data.value !== null && isKept ? 'ready' : 'error'
    if (!found.ok && isPassing(found.failure)) later(RETRY_MS)
    else if (isAgain) refresh()
  }

  function later(milliseconds: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void begin(), milliseconds)
  }

  /** Soon: at once where the last reading is long ago, else when the time is up. */
  function refresh(): void {
    if (isAsking) isAgain = true
    else later(Math.max(0, everyMs - (performance.now() - readAt)))
  }

  /** What is under way is not wanted any more; `keeps` leaves the last answer on the screen. */
  function drop(keeps: boolean): void {
    turn++
    isAsking = false
    clearTimeout(timer)
    if (keeps) return
    data.value = null
    failure.value = null
    state.value = 'idle'
  }

  onScopeDispose(() => drop(true))
  return { data, state, failure, begin, refresh, drop }
}
