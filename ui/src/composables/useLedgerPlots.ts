/** Earned and spent, by day of the workspace's calendar and by agent. */
import { computed } from 'vue'
import {
  dayNamer, daysUntil, sumsByAgent, sumsByDay, total,
} from '../components/ledger/sums.ts'
import type { IsAgent } from '../components/ledger/sums.ts'
import { graphql } from '../graphql/graphql.ts'
import { useClock } from './useClock.ts'
import { useLiveQuery } from './useLiveQuery.ts'
import type { TransferFilter } from './useTransfers.ts'
import { useAmounts } from './useTransfers.ts'

const calendar = graphql(`query Calendar { workspace { settings { timeZone } } }`)

type Wanted = { filter: () => TransferFilter; span: () => number; isAgent: IsAgent }

export function useLedgerPlots({ filter, span, isAgent }: Wanted) {
  const { now } = useClock()
  const { data } = useLiveQuery(calendar, {
    on: ({ subject }) => subject.kind === 'workspace', keeps: true,
  })
  const zone = computed(() => data.value?.workspace?.settings.timeZone ?? null)
  const today = computed(() => zone.value && dayNamer(zone.value)(now.value))
  const days = computed(() =>
    (zone.value && today.value ? daysUntil(now.value, span(), zone.value) : []))
  const first = computed(() => days.value[0] ?? null)
  const { items, isCut, state, failure, refresh } = useAmounts(filter, () => first.value,
    (at) => zone.value !== null && dayNamer(zone.value)(at) < (first.value ?? ''))

  const within = computed(() => {
    const dayIn = dayNamer(zone.value ?? 'UTC')
    return (items.value ?? []).filter(({ createdAt }) => dayIn(createdAt) >= (first.value ?? ''))
  })
  const byDay = computed(() => (items.value && zone.value ? sumsByDay(within.value, isAgent, {
    days: days.value, zone: zone.value, agent: filter().agent,
  }) : null))
  const byAgent = computed(() => (items.value ? sumsByAgent(within.value, isAgent) : null))
  return {
    zone, byDay, byAgent, isCut, state, failure, refresh,
    sums: computed(() => total(byDay.value ?? [])),
    /** Where the plots begin when not all could be read. */
    reaches: computed(() => items.value?.at(-1)?.createdAt ?? null),
  }
}
