/**
 * What the server holds, on the screen: read when the view opens and whenever its variables change,
 * and again when an event says that it may have changed. What is shown is always one whole answer.
 */
import type { AnyVariables, TypedDocumentNode } from '@urql/core'
import type { Ref, ShallowRef } from 'vue'
import { onScopeDispose, watch } from 'vue'
import { read } from '../graphql/client.ts'
import { onResume } from '../live.ts'
import type { Failure } from '../problem.ts'
import { useEvents } from './useEvents.ts'
import type { EventFilter } from './useEvents.ts'
import type { QueryState } from './useReading.ts'
import { useReading } from './useReading.ts'

export type { QueryState }

export type LiveQuery<Data> = {
  /** The last whole answer; null before the first. */
  data: Readonly<ShallowRef<Data | null>>
  state: Readonly<Ref<QueryState>>
  /** Why the last reading failed; what was read before may still be shown. */
  failure: Readonly<ShallowRef<Failure | null>>
  /** Asks again, soon. */
  refresh: () => void
}

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

export function useLiveQuery<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  options: Options<Variables> = {},
): LiveQuery<Data> {
  const { variables = () => ({}) as Variables, on, keeps = false, everyMs = 120 } = options
  const { data, state, failure, begin, refresh, drop } = useReading(() => {
    const given = variables()
    return given === null ? null : read<Data, Variables>(document, given)
  }, everyMs)
  watch(() => JSON.stringify(variables()), () => {
    drop(keeps && variables() !== null)
    void begin()
  }, { immediate: true })
  if (on) useEvents(on, refresh)
  onScopeDispose(onResume(refresh))
  return { data, state, failure, refresh }
}
