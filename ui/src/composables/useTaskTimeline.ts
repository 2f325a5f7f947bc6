/**
 * Everything that happened to a task, newest first: a page that is read again whenever something
 * happens, and older pages as far as somebody looks. Events never change, so older ones stay.
 */
import { computed, ref, shallowRef, watch } from 'vue'
import { read } from '../graphql/client.ts'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import type { Failure } from '../problem.ts'
import type { LiveQuery } from './useLiveQuery.ts'
import { useLiveQuery } from './useLiveQuery.ts'
import { isAbout } from './useTask.ts'

const document = graphql(`
  query TaskTimeline($id: ID!, $cursor: String) {
    taskHistory(id: $id, limit: 30, cursor: $cursor) {
      items {
        id seq stream type severity reason data occurredAt onBehalfOf
        actor { kind id handle }
        subject { kind id key }
      }
      nextCursor
    }
  }
`)

type Answer = ResultOf<typeof document>
export type TimelineEvent = NonNullable<Answer['taskHistory']>['items'][number]

export function useTaskTimeline(task: () => { id: string; key: string }) {
  const query: LiveQuery<Answer> = useLiveQuery(document, {
    variables: () => ({ id: task().id }),
    // Spending names no task: whatever is spent anywhere is looked at.
    on: (event) => isAbout(event, task())
      || (event.subject.kind === 'transfer' && !('task' in (event.data as object ?? {}))),
  })
  const newest = computed(() => query.data.value?.taskHistory ?? null)
  const older = shallowRef<TimelineEvent[]>([])
  const next = ref<string | null>(null)
  const isReading = ref(false)
  const olderFailure = shallowRef<Failure | null>(null)

  watch(newest, (now, before) => {
    if (!now) return
    const known = new Set(now.items.map(({ id }) => id))
    const isNext = before?.items.some(({ id }) => known.has(id)) ?? false
    if (isNext) {
      // What was pushed out of the first page goes before what is older.
      older.value = [...before!.items.filter(({ id }) => !known.has(id)), ...older.value]
    } else {
      older.value = []
      next.value = now.nextCursor
    }
  }, { immediate: true })
  watch(() => task().id, () => {
    older.value = []
    next.value = null
  })

  const events = computed(() => [...newest.value?.items ?? [], ...older.value])

  async function readOlder(): Promise<void> {
    const { id } = task()
    const cursor = next.value
    if (!cursor || isReading.value) return
    isReading.value = true
    const answer = await read(document, { id, cursor })
    isReading.value = false
    if (id !== task().id || cursor !== next.value) return
    olderFailure.value = answer.ok ? null : answer.failure
    const page = answer.data?.taskHistory
    if (!page) return
    older.value = [...older.value, ...page.items]
    next.value = page.nextCursor
  }

  const hasOlder = computed(() => next.value !== null)
  return { ...query, events, hasOlder, isReading, olderFailure, readOlder }
}
