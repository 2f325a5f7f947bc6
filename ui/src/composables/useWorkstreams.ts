/** The workstreams, live, and those of them that are active. */
import { computed } from 'vue'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import { useLiveQuery } from './useLiveQuery.ts'

/** One page: who has more of them looks for them by name. */
const all = graphql(`
  query Workstreams {
    workstreams(limit: 1000) {
      items {
        id name description priority status version
        progress { backlog todo inProgress review done blocked cancelled }
      }
    }
  }
`)
const active = graphql(`
  query ActiveWorkstreams { workstreams(status: [active], limit: 1000) { items { id name } } }
`)

export type Workstream = NonNullable<ResultOf<typeof all>['workstreams']>['items'][number]

const EVERY_MS = 500

export function useWorkstreams() {
  const { data, state, failure, refresh } = useLiveQuery(all, {
    // Every move of a task may be progress of one.
    on: ({ subject }) => subject.kind === 'workstream' || subject.kind === 'task',
    everyMs: EVERY_MS,
  })
  const workstreams = computed(() => data.value?.workstreams?.items ?? null)
  return { workstreams, state, failure, refresh }
}

/** The names of those that are active, and of the one that is chosen already. */
export function useActiveWorkstreams(chosen: () => string) {
  const { data } = useLiveQuery(active, { on: ({ subject }) => subject.kind === 'workstream' })
  return computed(() => {
    const names = (data.value?.workstreams?.items ?? []).map(({ name }) => name)
    return [...new Set([...names, ...(chosen() ? [chosen()] : [])])].sort()
  })
}
