/** Transfers, newest first, live: those of a table, and those that plots add up. */
import { computed } from 'vue'
import { read } from '../graphql/client.ts'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import type { EventFilter } from './useEvents.ts'
import { useLog } from './useLog.ts'
import { pick } from './readPages.ts'

const rows = graphql(`
  query Transfers($agent: String, $kind: String, $limit: Int, $cursor: String) {
    creditsHistory(agent: $agent, kind: $kind, limit: $limit, cursor: $cursor) {
      items {
        id kind amount from to agent task actor reason triggerEvent balanceAfter createdAt
        taskDetail { title }
      }
      nextCursor
    }
  }
`)
const amounts = graphql(`
  query Amounts($agent: String, $kind: String, $limit: Int, $cursor: String) {
    creditsHistory(agent: $agent, kind: $kind, limit: $limit, cursor: $cursor) {
      items { id amount from to agent createdAt }
      nextCursor
    }
  }
`)

export type Transfer = NonNullable<ResultOf<typeof rows>['creditsHistory']>['items'][number]
export type Amount = NonNullable<ResultOf<typeof amounts>['creditsHistory']>['items'][number]
export type TransferFilter = { agent: string | null; kind: string | null }

const isTransfer: EventFilter = ({ stream, subject }) =>
  stream === 'ledger' && subject.kind === 'transfer'

/** What is not filtered by is not sent. */
const asked = ({ agent, kind }: TransferFilter) =>
  ({ ...(agent ? { agent } : {}), ...(kind ? { kind } : {}) })

export const useTransfers = (filter: () => TransferFilter) => useLog<Transfer>({
  about: () => JSON.stringify(filter()), on: isTransfer,
  page: (limit) => async (cursor) => pick(
    await read(rows, { ...asked(filter()), limit, ...(cursor ? { cursor } : {}) }),
    ({ creditsHistory }) => creditsHistory),
})

const PAGE = 1000
const MAX_PAGES = 10

/** All that pass `isOlder` not yet; `isCut` when there were too many to go back that far. */
export function useAmounts(
  filter: () => TransferFilter, since: () => string | null, isOlder: (at: string) => boolean,
) {
  const isReached = (items: readonly Amount[]): boolean =>
    items.some(({ createdAt }) => isOlder(createdAt))
  const log = useLog<Amount>({
    about: () => (since() === null ? null : JSON.stringify([filter(), since()])),
    on: isTransfer, limit: PAGE, maxPages: MAX_PAGES, isEnough: isReached,
    page: (limit) => async (cursor) => pick(
      await read(amounts, { ...asked(filter()), limit, ...(cursor ? { cursor } : {}) }),
      ({ creditsHistory }) => creditsHistory),
  })
  const isCut = computed(() => log.hasMore.value && !isReached(log.items.value ?? []))
  return { ...log, isCut }
}
