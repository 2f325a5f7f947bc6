/**
 * The keys and tokens of one agent, live. Keys have a list; tokens have none, so theirs is read
 * from the log, where each was made and revoked by exactly one event.
 */
import type { Ref } from 'vue'
import { computed, onScopeDispose } from 'vue'
import { read } from '../graphql/client.ts'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import { onResume } from '../live.ts'
import { pick, readPages } from './readPages.ts'
import { serverNow, useClock } from './useClock.ts'
import { useEvents } from './useEvents.ts'
import { useLiveQuery } from './useLiveQuery.ts'
import { useReading } from './useReading.ts'

const keysOf = graphql(`
  query Keys($id: ID!) {
    agentKeyList(id: $id, limit: 200) {
      items { id keyid alg createdAt retiresAt revokedAt }
    }
  }
`)
const tokenEvents = graphql(`
  query TokenEvents($type: String!, $since: InstantInput!, $cursor: String) {
    events(type: $type, since: $since, limit: 1000, cursor: $cursor) {
      items { id occurredAt reason data actor { handle } subject { key } }
      nextCursor
    }
  }
`)

export type Key = NonNullable<ResultOf<typeof keysOf>['agentKeyList']>['items'][number]
export type Token = {
  id: string
  scopes: string[]
  expiresAt: string
  madeAt: string
  by: string
  reason: string | null
}
/** What is shown once, after it was made. */
export type Shown = {
  handle: string
  key?: { keyid: string; alg: 'hmac-sha256' | 'ed25519'; secret: string | null } | null
  /** The agent holds the secret half: there is none to show. */
  isOwnKey?: boolean
  token?: { id: string; token: string | null; expires_at: string } | null
}

/** No token lives longer; what was made before has ended by itself. */
const LONGEST_MS = 366 * 86_400_000
const MAX_PAGES = 10

type Made = { token_id: string; scopes: string[]; expires_at: string }

const readEvents = (type: string, since: string) => readPages(
  async (cursor) => pick(await read(tokenEvents, { type, since, cursor }), ({ events }) => events),
  { maxPages: MAX_PAGES },
)

async function readTokens() {
  const since = new Date(serverNow() - LONGEST_MS).toISOString()
  const [made, revoked] = await Promise.all([
    readEvents('agent.token_created', since), readEvents('agent.token_revoked', since),
  ])
  if (!made.ok) return { ok: false as const, failure: made.failure }
  return pick(revoked, (gone) => ({ made: made.data, revoked: gone }))
}

export function useTokens(handle: () => string) {
  const { data, state, failure, begin, refresh } = useReading(readTokens, 250)
  useEvents(({ type, subject }) =>
    subject.key === handle() && type.startsWith('agent.token_'), refresh)
  onScopeDispose(onResume(refresh))
  void begin()
  const { now } = useClock()
  const tokens = computed((): Token[] | null => {
    if (!data.value) return null
    const { made, revoked } = data.value
    const gone = new Set(revoked.items.map((event) => (event.data as Made).token_id))
    return made.items.filter(({ subject }) => subject.key === handle()).map((event) => {
      const { token_id: id, scopes, expires_at: expiresAt } = event.data as Made
      const { occurredAt: madeAt, reason, actor: { handle: by } } = event
      return { id, scopes, expiresAt, madeAt, by, reason }
    }).filter(({ id, expiresAt }) => !gone.has(id) && Date.parse(expiresAt) > now.value).reverse()
  })
  const isCut = computed(() => Boolean(data.value?.made.next))
  return { tokens, isCut, state, failure, refresh }
}

export function useKeys(handle: () => string) {
  const { data, state, failure, refresh } = useLiveQuery(keysOf, {
    variables: () => ({ id: handle() }),
    on: ({ type, subject }) => subject.key === handle() && type.startsWith('agent.key_'),
  })
  const { now } = useClock()
  const keys = computed(() => data.value?.agentKeyList?.items ?? null)
  const isLive = ({ revokedAt, retiresAt }: Key): boolean =>
    revokedAt === null && (retiresAt === null || Date.parse(retiresAt) > now.value)
  const part = (wanted: boolean): Ref<Key[]> =>
    computed(() => (keys.value ?? []).filter((key) => isLive(key) === wanted))
  return { keys, live: part(true), former: part(false), state, failure, refresh }
}
