/** The sessions of this person. No event tells of them: asked when shown, and after each ending. */
import { readonly, ref, shallowRef } from 'vue'
import type { Failure } from '../problem.ts'
import { sessionEnded } from '../session.ts'
import { texts } from '../texts.ts'
import type { QueryState } from './useLiveQuery.ts'
import { toast } from './useToasts.ts'

type SessionItem = {
  id: string
  user_agent: string | null
  created_at: string
  last_seen_at: string
  expires_at: string
  current: boolean
}

const failed = (message: string): Failure =>
  ({ code: 'unreachable', message, hint: null, fields: {} })

export function useSessions() {
  const sessions = shallowRef<SessionItem[] | null>(null)
  const state = ref<QueryState>('loading')
  const failure = shallowRef<Failure | null>(null)
  const ending = ref<string | null>(null)

  async function refresh(): Promise<void> {
    const answer = await fetch('/sessions').catch(() => null)
    if (answer?.status === 401) sessionEnded()
    if (answer?.ok) sessions.value = (await answer.json() as { items: SessionItem[] }).items
    failure.value = answer?.ok ? null : failed(texts.errors.unreachable)
    state.value = sessions.value ? 'ready' : 'error'
  }

  async function end(id: string): Promise<void> {
    ending.value = id
    const answer = await fetch(`/sessions/${id}`, { method: 'DELETE' }).catch(() => null)
    ending.value = null
    // One that somebody else ended meanwhile is ended, too.
    if (answer?.ok || answer?.status === 404) toast(texts.settings.ended, { kind: 'good' })
    else toast(texts.errors.unreachable, { kind: 'bad' })
    await refresh()
  }

  void refresh()
  return {
    sessions, state: readonly(state), failure: readonly(failure), ending: readonly(ending),
    refresh, end,
  }
}
