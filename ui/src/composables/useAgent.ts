/** One agent with all there is to know about it, live. */
import { computed } from 'vue'
import { inOrder, isOwn } from '../components/ledger/budgets.ts'
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
    creditsBudgetList(limit: 1000) {
      items { id scope unit period limit used held available warnAt action resetsAt }
    }
  }
`)

export type PanelAgent = NonNullable<ResultOf<typeof document>['agent']>

export function useAgent(id: () => string) {
  const { data, state, failure, refresh } = useLiveQuery(document, {
    variables: () => ({ id: id() }), on: concerns, everyMs: 250,
  })
  const agent = computed(() => data.value?.agent ?? null)
  /** One answer for both, so that nothing comes in between later. */
  const budgets = computed(() => inOrder((data.value?.creditsBudgetList?.items ?? [])
    .filter((budget) => isOwn(budget, agent.value?.handle ?? ''))))
  /**
   * Tasks do not name all whom they concern; transfers name both sides, but not the teams whose
   * budgets they count in.
   */
  function concerns({ subject, stream, actor, data: told }: LiveEvent): boolean {
    const handle = agent.value?.handle
    if (subject.kind === 'budget' || (stream === 'ledger' && budgets.value.length)) return true
    if (stream === 'ledger') {
      const { from, to } = (told ?? {}) as { from?: unknown; to?: unknown }
      return from === handle || to === handle
    }
    return subject.kind === 'agent' || subject.kind === 'task' || actor.handle === handle
  }
  return { agent, budgets, state, failure, refresh }
}
