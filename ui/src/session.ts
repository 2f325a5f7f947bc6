/**
 * Who is signed in. The cookie is out of our reach, so the server says it: `/sessions/current`
 * answers the person, the clock and where the event log stands now.
 */
import { readonly, ref, shallowRef } from 'vue'
import { tellTime } from './composables/useClock.ts'

export type Session = {
  id: string
  actor: { id: string; kind: 'human'; handle: string; name: string; role: string }
  workspace: string
  version: string
  /** Where people look at workflows; null where that is unknown. */
  temporal_ui: string | null
  /** The place in the event log at this moment: live events follow from here. */
  cursor: string
  expires_at: string
  server_time: string
}

/** `ended`: there was one; what is on the screen stays, so that nothing typed is lost. */
export type SessionState = 'asking' | 'present' | 'absent' | 'ended' | 'unreachable'

const state = ref<SessionState>('asking')
const session = shallowRef<Session | null>(null)

export const useSession = () => ({ state: readonly(state), session: readonly(session) })

type Asked = Session | 'absent' | 'unreachable'

async function ask(): Promise<Asked> {
  const askedAt = Date.now()
  try {
    const answer = await fetch('/sessions/current', {
      headers: { accept: 'application/json' }, signal: AbortSignal.timeout(8000),
    })
    if (answer.status === 401) return 'absent'
    if (!answer.ok) return 'unreachable'
    const found = await answer.json() as Session
    tellTime(found.server_time, askedAt, Date.now())
    return found
  } catch {
    return 'unreachable'
  }
}

/** Asks who is signed in; answers true when somebody is. */
export async function checkSession(): Promise<boolean> {
  const found = await ask()
  if (typeof found === 'object') {
    // Somebody else signed in: what the page shows was never theirs.
    if (session.value && session.value.actor.id !== found.actor.id) location.reload()
    session.value = found
    state.value = 'present'
    return true
  }
  if (found === 'unreachable') {
    if (state.value === 'asking') state.value = 'unreachable'
    return false
  }
  if (session.value) state.value = 'ended'
  else state.value = 'absent'
  return false
}

/** Somebody was refused as nobody. */
export function sessionEnded(): void {
  if (state.value === 'present') state.value = 'ended'
}

/** The secret in a sign-in link, or in the end of one that somebody pasted. */
export const secretIn = (link: string): string | null =>
  /(?:^|\/sign-in\/)([\w-]{20,})\/?$/.exec(link.trim())?.[1] ?? null

/** Uses a link without leaving the page; answers whether somebody is signed in now. */
export async function signInWith(link: string): Promise<boolean> {
  const secret = secretIn(link)
  if (!secret) return false
  await fetch(`/sign-in/${secret}`, { redirect: 'manual' }).catch(() => undefined)
  return checkSession()
}

/** Ends the session on the server, then shows how to sign in. */
export async function signOut(): Promise<boolean> {
  const answer = await fetch('/sign-out', { method: 'POST' }).catch(() => null)
  if (!answer?.ok && answer?.status !== 401) return false
  location.assign('/sign-in')
  return true
}
