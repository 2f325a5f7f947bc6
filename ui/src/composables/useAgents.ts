/**
 * The agents of the workspace, live. Their balances come apart (useBalances): a transfer changes
 * one or two of those, everything else changes this list.
 */
import { computed, onScopeDispose } from 'vue'
import { read } from '../graphql/client.ts'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import { onResume } from '../live.ts'
import { pick, readPages } from './readPages.ts'
import { useEvents } from './useEvents.ts'
import { useReading } from './useReading.ts'

const page = graphql(`
  query Agents($cursor: String) {
    agents(limit: 500, cursor: $cursor) {
      items {
        id handle name role mode level model status trust band reportsTo openTasks lastSeenAt
        capabilities { tag proficiency }
      }
      nextCursor
    }
  }
`)

export type Agent = NonNullable<ResultOf<typeof page>['agents']>['items'][number]

const MAX_PAGES = 10
const EVERY_MS = 300
/** Being seen is no event: who works quietly is looked up now and then. */
const LOOK_AGAIN_MS = 30_000

const readAll = () => readPages(
  async (cursor) => pick(await read(page, { cursor }), ({ agents }) => agents),
  { maxPages: MAX_PAGES },
)

export function useAgents() {
  const { data, state, failure, begin, refresh } = useReading(readAll, EVERY_MS)
  useEvents(({ subject: { kind } }) => kind === 'agent' || kind === 'task', refresh)
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') refresh()
  }, LOOK_AGAIN_MS)
  onScopeDispose(() => clearInterval(timer))
  onScopeDispose(onResume(refresh))
  void begin()
  const agents = computed(() => data.value?.items ?? null)
  const isCut = computed(() => Boolean(data.value?.next))
  return { agents, isCut, state, failure, refresh }
}
