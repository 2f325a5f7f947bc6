/** What of the agents is shown, as the address says: search, filters, order, layout. */
import type { Ref } from 'vue'
import { computed, ref, watch } from 'vue'
import { isWanted, sortOf, sorted } from '../components/agents/listing.ts'
import { forestOf, leadingTo } from '../components/agents/hierarchy.ts'
import type { Agent } from './useAgents.ts'
import type { Account } from './useBalances.ts'
import { useQueryState, useQueryText } from './useQueryState.ts'
import { useTyped } from './useTyped.ts'

/** Rows are added in steps of this many. */
const STEP = 100

export function useAgentListing(
  agents: Ref<readonly Agent[] | null>, accounts: Ref<ReadonlyMap<string, Account>>,
) {
  const typed = useTyped(useQueryState('q'), 0)
  const status = useQueryText('status')
  const role = useQueryText('role')
  const written = useQueryState('sort')
  const view = useQueryState('view')
  const layout = computed({
    get: () => (view.value === 'tree' ? 'tree' : 'table'),
    set: (wanted: 'table' | 'tree') => { view.value = wanted === 'tree' ? wanted : null },
  })
  const sort = computed({ get: () => sortOf(written.value), set: (by) => { written.value = by } })
  const wanted = computed(() =>
    ({ typed: typed.value.trim(), status: status.value || null, role: role.value || null }))
  const isFiltered = computed(() => Object.values(wanted.value).some(Boolean))

  const found = computed(() => sorted(
    (agents.value ?? []).filter((agent) => isWanted(agent, wanted.value)), sort.value,
    accounts.value))
  const limit = ref(STEP)
  watch([wanted, sort], () => { limit.value = STEP })
  const forest = computed(() => {
    const whole = forestOf(agents.value ?? [])
    return isFiltered.value ? leadingTo(whole, (agent) => isWanted(agent, wanted.value)) : whole
  })

  function showAll(): void {
    typed.value = ''
    status.value = ''
    role.value = ''
  }
  return {
    typed, status, role, layout, sort, isFiltered, showAll, found, forest,
    rows: computed(() => found.value.slice(0, limit.value)),
    left: computed(() => Math.max(0, found.value.length - limit.value)),
    showMore: () => { limit.value += STEP },
  }
}
