/** The workstreams, live, and those of them that take tasks. */
import { computed } from 'vue'
import { openStatuses } from '../../../domain/workstreams.ts'
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
const open = graphql(`
  query OpenWorkstreams($status: [WorkstreamStatus!]) {
    workstreams(status: $status, limit: 1000) { items { id name } }
  }
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

/** The names of those that take tasks, and of the one that is chosen already. */
export function useOpenWorkstreams(chosen: () => string) {
  const { data } = useLiveQuery(open, {
    variables: () => ({ status: [...openStatuses] }),
    on: ({ subject }) => subject.kind === 'workstream',
  })
  return computed(() => {
    const names = (data.value?.workstreams?.items ?? []).map(({ name }) => name)
    return [...new Set([...names, ...(chosen() ? [chosen()] : [])])].sort()
  })
}
