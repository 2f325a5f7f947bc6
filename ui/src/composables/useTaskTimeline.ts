/** Everything that happened to a task, newest first, live, back as far as somebody looks. */
import { read } from '../graphql/client.ts'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import { pick } from './readPages.ts'
import { useLog } from './useLog.ts'
import { isAbout } from './useTask.ts'

const document = graphql(`
  query TaskTimeline($id: ID!, $limit: Int, $cursor: String) {
    taskHistory(id: $id, limit: $limit, cursor: $cursor) {
      items {
        id seq stream type severity reason data occurredAt onBehalfOf
        actor { kind id handle }
        subject { kind id key }
      }
      nextCursor
    }
  }
`)

export type TimelineEvent =
  NonNullable<ResultOf<typeof document>['taskHistory']>['items'][number]

export const useTaskTimeline = (task: () => { id: string; key: string }) => useLog<TimelineEvent>({
  about: () => task().id, limit: 30,
  on: (event) => isAbout(event, task()),
  page: (limit) => async (cursor) => pick(
    await read(document, { id: task().id, limit, ...(cursor ? { cursor } : {}) }),
    ({ taskHistory }) => taskHistory),
})
