/** The budgets of the workspace, live: after what was used or held, and when a period begins. */
import { computed, watch } from 'vue'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import type { EventFilter } from './useEvents.ts'
import { useClock } from './useClock.ts'
import { useLiveQuery } from './useLiveQuery.ts'

/** A workspace has a thousand at most: one page. */
const document = graphql(`
  query Budgets {
    creditsBudgetList(limit: 1000) {
      items { id scope unit period limit used held available warnAt action resetsAt }
    }
  }
`)

export type Budget = NonNullable<ResultOf<typeof document>['creditsBudgetList']>['items'][number]

/** Every move of the ledger may count in a budget; of whose, only the server knows. */
const concerns: EventFilter = ({ stream, subject }) =>
  stream === 'ledger' || subject.kind === 'budget' || subject.kind === 'workspace'

const EVERY_MS = 250

export function useBudgets() {
  const { data, state, failure, refresh } = useLiveQuery(
    document, { on: concerns, everyMs: EVERY_MS })
  const budgets = computed(() => data.value?.creditsBudgetList?.items ?? null)
  const { now } = useClock()
  const isOver = (at: string | null): boolean => at !== null && Date.parse(at) <= now.value
  // No event tells that a period began.
  watch(now, () => { if (budgets.value?.some(({ resetsAt }) => isOver(resetsAt))) refresh() })
  return { budgets, state, failure, refresh }
}
