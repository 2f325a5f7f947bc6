/** What was booked on a task: paid, spent, set aside; newest first. */
import { computed } from 'vue'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import type { LiveQuery } from './useLiveQuery.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const document = graphql(`
  query TaskMoney($task: String!) {
    creditsHistory(task: $task, limit: 50) {
      items { id kind amount from to reason createdAt }
      nextCursor
    }
  }
`)

type Answer = ResultOf<typeof document>

export function useTaskMoney(id: () => string, key: () => string | undefined) {
  const query: LiveQuery<Answer> = useLiveQuery(document, {
    variables: () => ({ task: id() }),
    everyMs: 500,
    on: ({ subject, data }) => subject.kind === 'transfer'
      && key() !== undefined && (data as { task?: string } | null)?.task === key(),
  })
  const transfers = computed(() => query.data.value?.creditsHistory?.items ?? [])
  const hasMore = computed(() => Boolean(query.data.value?.creditsHistory?.nextCursor))
  return { ...query, transfers, hasMore }
}

export type TaskMoney = ReturnType<typeof useTaskMoney>
