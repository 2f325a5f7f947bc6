/** What of the ledger is shown, as the address says. */
import { computed } from 'vue'
import { useIsWide } from './useMedia.ts'
import { useQueryState, useQueryText } from './useQueryState.ts'

export const spans = [7, 30, 90] as const
const USUAL_SPAN = 30
/** The plots stand above the rest where there is room, else they are a part of their own. */
export const parts = [
  'overview', 'transfers', 'accounts', 'profit', 'budgets', 'holds',
] as const
export type Part = (typeof parts)[number]

export function useLedgerFilter() {
  const agent = useQueryText('agent')
  const kind = useQueryText('kind')
  const writtenDays = useQueryState('days')
  const writtenPart = useQueryState('show')
  const days = computed({
    get: () => spans.find((span) => String(span) === writtenDays.value) ?? USUAL_SPAN,
    set: (span: number) => { writtenDays.value = span === USUAL_SPAN ? null : String(span) },
  })
  const isWide = useIsWide()
  const shownParts = computed(() => (isWide.value ? parts.slice(1) : parts))
  const part = computed({
    get: () => shownParts.value.find((one) => one === writtenPart.value) ?? shownParts.value[0]!,
    set: (wanted: Part) => { writtenPart.value = wanted === shownParts.value[0] ? null : wanted },
  })
  const filter = computed(() => ({ agent: agent.value || null, kind: kind.value || null }))
  function showAll(): void {
    agent.value = ''
    kind.value = ''
  }
  return { agent, kind, days, part, shownParts, isWide, filter, showAll }
}
