/** The tasks that were made under a task. */
import { computed } from 'vue'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import type { LiveQuery } from './useLiveQuery.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const document = graphql(`
  query TaskChildren($parent: String!) {
    tasks(parent: $parent, limit: 100) {
      items { id key title status assignee }
      nextCursor
    }
  }
`)

type Answer = ResultOf<typeof document>

export function useTaskChildren(id: () => string) {
  const query: LiveQuery<Answer> = useLiveQuery(document, {
    variables: () => ({ parent: id() }),
    everyMs: 1000,
    // An event does not tell the parent of what was made.
    on: ({ type, subject }): boolean => type === 'task.created'
      || children.value.some((child) => child.id === subject.id),
  })
  const children = computed(() => query.data.value?.tasks?.items ?? [])
  const hasMore = computed(() => Boolean(query.data.value?.tasks?.nextCursor))
  return { ...query, children, hasMore }
}

export type TaskChildren = ReturnType<typeof useTaskChildren>
