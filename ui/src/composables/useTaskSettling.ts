/**
 * What is still under way after the last change of a task: asked until nothing is. Usually that is
 * over before anybody could read it, so it is said only when it takes longer.
 */
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { read } from '../graphql/client.ts'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import type { Failure } from '../problem.ts'

const settled = graphql(`
  query TaskSettled($id: ID!) { task(id: $id, wait: 10, settled: true) { settledAt version } }
`)
const engine = graphql(`
  query TaskEngine($id: ID!) {
    taskEngine(id: $id) {
      status version settledVersion engineSettledVersion wakeAt
      parked { version step error retryAt }
    }
  }
`)

export type EngineState = NonNullable<ResultOf<typeof engine>['taskEngine']>
type Watched = { id: string; version: number; settledAt: string | null }

const NOTICEABLE_MS = 400
const AGAIN_MS = 2000

export function useTaskSettling(
  { task, asks, done }: { task: () => Watched; asks: () => boolean; done: () => void },
) {
  const isShown = ref(false)
  const state = shallowRef<EngineState | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const isUnsettled = computed(() => task().settledAt === null)
  let turn = 0

  /** Waits with the server; a task that is settled meanwhile is read anew by `done`. */
  async function untilSettled(own: number, id: string): Promise<void> {
    while (own === turn) {
      const { data } = await read(settled, { id })
      if (own !== turn) return
      if (data?.task?.settledAt) return done()
      if (!data?.task) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  async function look(own: number, id: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, NOTICEABLE_MS))
    while (own === turn) {
      isShown.value = true
      if (!asks()) return
      const answer = await read(engine, { id })
      if (own !== turn) return
      state.value = answer.data?.taskEngine ?? null
      failure.value = answer.ok ? null : answer.failure
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  watch([isUnsettled, () => task().id], ([unsettled, id]) => {
    turn++
    isShown.value = false
    state.value = failure.value = null
    if (!unsettled) return
    void untilSettled(turn, id)
    void look(turn, id)
  }, { immediate: true })
  onScopeDispose(() => { turn++ })
  return { isShown, state, failure }
}
