/**
 * What every agent has, in one query; after a transfer those it names are read again, after many
 * transfers all of them. Amounts are the server's.
 */
import { computed, onScopeDispose, shallowRef } from 'vue'
import type { Read } from '../graphql/client.ts'
import { read } from '../graphql/client.ts'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import type { LiveEvent } from '../live.ts'
import { onResume } from '../live.ts'
import type { Pages } from './readPages.ts'
import { pick, readPages } from './readPages.ts'
import { useEvents } from './useEvents.ts'
import { useReading } from './useReading.ts'

const all = graphql(`
  query Balances($cursor: String) {
    agents(limit: 500, cursor: $cursor) {
      items { handle name status balance { posted held available floor } }
      nextCursor
    }
  }
`)
const one = graphql(`
  query BalanceOf($id: ID!) {
    agent(id: $id) { handle name status balance { posted held available floor } }
  }
`)

export type Account = NonNullable<ResultOf<typeof one>['agent']>

const MAX_PAGES = 10
const EVERY_MS = 3000
/** More agents than this at once are read with all others. */
const FEW = 20
const GATHER_MS = 40

/** Readings in the order in which they began: of two answers the later question counts. */
let turn = 0

async function readAll(): Promise<Read<Pages<Account> & { turn: number }>> {
  const own = ++turn
  const answer = await readPages(
    async (cursor) => pick(await read(all, { cursor }), ({ agents }) => agents),
    { maxPages: MAX_PAGES })
  return pick(answer, (pages) => ({ ...pages, turn: own }))
}

/** The accounts an event names, by the handles that own them. */
function named({ stream, subject, data }: LiveEvent): string[] {
  if (subject.kind === 'agent') return subject.key ? [subject.key] : []
  if (stream !== 'ledger') return []
  const { from, to } = (data ?? {}) as { from?: unknown; to?: unknown }
  return [from, to].filter((name) => typeof name === 'string')
}

export function useBalances() {
  const { data, state, failure, begin, refresh } = useReading(readAll, EVERY_MS)
  const single = shallowRef(new Map<string, { account: Account; turn: number }>())
  const byHandle = computed(() => {
    const known = new Map(data.value?.items.map((account) => [account.handle, account]))
    for (const [handle, found] of single.value) {
      if (found.turn > (data.value?.turn ?? 0)) known.set(handle, found.account)
    }
    return known
  })
  const gather = gatherer(async (handles) => {
    const own = ++turn
    const answers = await Promise.all(handles.map((id) => read(one, { id })))
    if (answers.some(({ ok }) => !ok)) refresh()
    const found = answers.flatMap(({ data: answer }) => answer?.agent ?? [])
    single.value = new Map([
      ...single.value, ...found.map((account) => [account.handle, { account, turn: own }] as const),
    ])
  })

  useEvents((event) => named(event).length > 0, (event) => {
    const isNew = event.type === 'agent.registered'
    const handles = named(event).filter((name) => isNew || byHandle.value.has(name))
    if (data.value === null || gather.waiting() + handles.length > FEW) refresh()
    else gather.add(handles)
  })
  onScopeDispose(gather.stop)
  onScopeDispose(onResume(refresh))
  void begin()
  return {
    accounts: computed(() => data.value && [...byHandle.value.values()]), byHandle,
    isCut: computed(() => Boolean(data.value?.next)), state, failure, refresh,
  }
}

/** Gathers what comes within a moment; round after round, so that none overtakes another. */
function gatherer(act: (names: string[]) => Promise<void>) {
  const names = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isActing = false
  const schedule = (): void => {
    if (names.size && !isActing) timer ??= setTimeout(() => void round(), GATHER_MS)
  }
  async function round(): Promise<void> {
    timer = undefined
    isActing = true
    const given = [...names]
    names.clear()
    await act(given)
    isActing = false
    schedule()
  }
  return {
    add: (given: readonly string[]): void => {
      for (const name of given) names.add(name)
      schedule()
    },
    waiting: (): number => names.size,
    stop: (): void => clearTimeout(timer),
  }
}
