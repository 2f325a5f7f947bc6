/** One agent with all there is to know about it, live. */
import { computed } from 'vue'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import type { LiveEvent } from '../live.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const document = graphql(`
  query Agent($id: ID!) {
    agent(id: $id) {
      id handle name role mode level model status trust band reportsTo openTasks lastSeenAt
      createdAt managementFeePct
      capabilities { tag proficiency }
      balance { posted held available floor }
      reports(limit: 100) { items { id handle role status } }
      tasks(status: [in_progress, review, blocked, todo, backlog], limit: 20) {
        items { id key title status priority }
      }
    }
  }
`)

export type PanelAgent = NonNullable<ResultOf<typeof document>['agent']>

export function useAgent(id: () => string) {
  const { data, state, failure, refresh } = useLiveQuery(document, {
    variables: () => ({ id: id() }), on: concerns, everyMs: 250,
  })
  const agent = computed(() => data.value?.agent ?? null)
  /** Tasks do not name all whom they concern; transfers name both sides. */
  function concerns({ subject, stream, actor, data: told }: LiveEvent): boolean {
    const handle = agent.value?.handle
    if (stream === 'ledger') {
      const { from, to } = (told ?? {}) as { from?: unknown; to?: unknown }
      return from === handle || to === handle
    }
    return subject.kind === 'agent' || subject.kind === 'task' || actor.handle === handle
  }
  return { agent, state, failure, refresh }
}
