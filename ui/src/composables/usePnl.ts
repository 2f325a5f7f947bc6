/** Profit and loss of the last days, live: after transfers, tasks that end and gates that move. */
import { computed } from 'vue'
import type { PnlGroup } from '../../../domain/pnl.ts'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import { useClock } from './useClock.ts'
import type { EventFilter } from './useEvents.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const document = graphql(`
  query Profit($by: PnlGroup!, $since: InstantInput, $agent: String) {
    creditsPnl(by: $by, since: $since, agent: $agent, limit: 1000) {
      items {
        name earned fees spent modelCost usdSpent transfersNet rework waitingHours waiting margin
        tasksAccepted costPerAccepted
      }
    }
  }
`)

export type Profit = NonNullable<ResultOf<typeof document>['creditsPnl']>['items'][number]

const concerns: EventFilter = ({ stream, subject, type }) => stream === 'ledger'
  || subject.kind === 'workspace' || type === 'task.transitioned' || type.startsWith('gate.')

/** Sums of a month are not for every transfer of a burst. */
const EVERY_MS = 1000
const HOUR_MS = 3_600_000

type Wanted = { by: () => PnlGroup; days: () => number; agent: () => string | null }

export function usePnl({ by, days, agent }: Wanted) {
  const { now } = useClock()
  /** To the hour: the question changes once in it. */
  const since = computed(() =>
    new Date(Math.floor(now.value / HOUR_MS) * HOUR_MS - days() * 24 * HOUR_MS).toISOString())
  const { data, state, failure, refresh } = useLiveQuery(document, {
    variables: () => ({
      by: by(), since: since.value, ...(agent() ? { agent: agent() } : {}),
    }),
    on: concerns, everyMs: EVERY_MS,
  })
  return { rows: computed(() => data.value?.creditsPnl?.items ?? null), state, failure, refresh }
}
