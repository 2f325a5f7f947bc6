/** The keys and tokens of one agent, live. */
import type { Ref } from 'vue'
import { computed } from 'vue'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import { useClock } from './useClock.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const keysOf = graphql(`
  query Keys($id: ID!) {
    agentKeyList(id: $id, limit: 200) {
      items { id keyid alg createdAt retiresAt revokedAt }
    }
  }
`)
const tokensOf = graphql(`
  query Tokens($id: ID!) {
    agentTokenList(id: $id, live: true, limit: 200) {
      items { id scopes createdBy reason createdAt expiresAt }
      nextCursor
    }
  }
`)

export type Key = NonNullable<ResultOf<typeof keysOf>['agentKeyList']>['items'][number]
export type Token = NonNullable<ResultOf<typeof tokensOf>['agentTokenList']>['items'][number]
/** What is shown once, after it was made. */
export type Shown = {
  handle: string
  key?: { keyid: string; alg: 'hmac-sha256' | 'ed25519'; secret: string | null } | null
  /** The agent holds the secret half: there is none to show. */
  isOwnKey?: boolean
  token?: { id: string; token: string | null; expires_at: string } | null
}

export function useTokens(handle: () => string) {
  const { data, state, failure, refresh } = useLiveQuery(tokensOf, {
    variables: () => ({ id: handle() }),
    on: ({ type, subject }) => subject.key === handle() && type.startsWith('agent.token_'),
  })
  const { now } = useClock()
  /** One that ended since it was read is gone, too. */
  const tokens = computed(() => data.value?.agentTokenList?.items
    .filter(({ expiresAt }) => Date.parse(expiresAt) > now.value) ?? null)
  const isCut = computed(() => Boolean(data.value?.agentTokenList?.nextCursor))
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
