/**
 * What the server holds, on the screen: read when the view opens and whenever its variables change,
 * and again when an event says that it may have changed. What is shown is always one whole answer.
 */
import type { AnyVariables, TypedDocumentNode } from '@urql/core'
import type { ShallowRef } from 'vue'
import { onScopeDispose, readonly, ref, shallowRef, watch } from 'vue'
import { read } from '../graphql/client.ts'
import { onResume } from '../live.ts'
import type { Failure } from '../problem.ts'
import { isPassing } from '../problem.ts'
import { useEvents } from './useEvents.ts'
import type { EventFilter } from './useEvents.ts'

export type QueryState = 'idle' | 'loading' | 'ready' | 'error'

type Options<Variables> = {
  /** Reactive; null = nothing to ask (state `idle`). */
  variables?: () => Variables | null
  /** Which events may change the answer; none where it is not given. */
  on?: EventFilter
  /** Keeps the last answer on the screen while another one is asked for. */
  keeps?: boolean
  /** At most one reading in this time, in bursts too. */
  everyMs?: number
}

const RETRY_MS = 3000

export function useLiveQuery<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  options: Options<Variables> = {},
) {
  const { variables = () => ({}) as Variables, on, keeps = false, everyMs = 120 } = options
  const data: ShallowRef<Data | null> = shallowRef(null)
  const state = ref<QueryState>('idle')
  const failure = shallowRef<Failure | null>(null)
  let asked = 0
  let isAsking = false
  let isAgain = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let readAt = -Infinity

  async function ask(): Promise<void> {
    const given = variables()
    if (given === null) return
    const turn = ++asked
    isAsking = true
    if (data.value === null) state.value = 'loading'
    readAt = performance.now()
    const found = await read(document, given)
    if (turn !== asked) return
    isAsking = false
    failure.value = found.ok ? null : found.failure
    if (found.data !== undefined && found.data !== null) data.value = found.data
    state.value = data.value !== null && (found.ok || isPassing(found.failure)) ? 'ready' : 'error'
    if (!found.ok && isPassing(found.failure)) later(RETRY_MS)
    else if (isAgain) refresh()
    isAgain = false
  }

  function later(milliseconds: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void ask(), milliseconds)
  }

  /** Soon: at once where the last reading is long ago, else when the time is up. */
  function refresh(): void {
    if (isAsking) isAgain = true
    else later(Math.max(0, everyMs - (performance.now() - readAt)))
  }

  watch(() => JSON.stringify(variables()), () => {
    asked++
    isAsking = false
    isAgain = false
    clearTimeout(timer)
    if (!keeps || variables() === null) {
      data.value = null
      failure.value = null
      state.value = 'idle'
    }
    void ask()
  }, { immediate: true })
  if (on) useEvents(on, refresh)
  onScopeDispose(onResume(refresh))
  onScopeDispose(() => {
    asked++
    clearTimeout(timer)
  })
  return { data: readonly(data) as Readonly<typeof data>, state: readonly(state), failure, refresh }
}
