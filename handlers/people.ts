/** People sign in by a link that works once; what they get is a session. Source: contract §2.3. */
import type { Refusal } from '../domain/errors.ts'
import { refuse } from '../domain/errors.ts'
import {
  endOwnSession, endSession, insertSignInLink, listSessions, touchSession, useSignInLink,
} from '../db/credentials.ts'
import type { Database } from '../db/database.ts'
import { lastPlace } from '../db/events.ts'
import { getActor } from '../db/agents.ts'
import type { Identity } from './context.ts'
import { placeCursor } from './cursors.ts'
import { newToken, sha256 } from './vault.ts'

const LINK_MINUTES = 10

export class People {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** A secret that signs this person in once, within 10 minutes. */
  async invite(workspace: string, actorId: string): Promise<string> {
    const secret = newToken()
    await insertSignInLink(this.#db, {
      workspace, actorId, sha256: sha256(secret), minutes: LINK_MINUTES,
    })
    return secret
  }

  /** The session's secret for a link's; null when the link was used or is too old. */
  async signIn(link: string, userAgent: string | null): Promise<string | null> {
    const session = newToken()
    const actor = await useSignInLink(this.#db, sha256(link), sha256(session), userAgent)
    return actor && session
  }

  async signOut(session: string): Promise<void> {
    await endSession(this.#db, sha256(session))
  }

  /** The live sessions of this person, the one used last first. */
  async sessions({ workspaceId, actor, credentialId }: Identity) {
    const rows = await listSessions(this.#db, workspaceId, actor.id)
    return rows.map(({ id, user_agent, created_at, last_seen_at, expires_at }) => ({
      id, user_agent, created_at, last_seen_at: last_seen_at ?? created_at, expires_at,
      current: id === credentialId,
    }))
  }

  /** Ends one of this person's sessions: its sockets close at their next look, within a second. */
  async endSession({ workspaceId, actor }: Identity, id: string): Promise<Refusal | null> {
    const ended = await endOwnSession(this.#db, { workspace: workspaceId, actorId: actor.id, id })
    return ended ? null : refuse('not_found', `You have no session ${id}`)
  }

  /**
   * What the page starts from: who is signed in, the clock, and where the event log stands. What is
   * read after this and patched by the events after this cursor misses nothing.
   */
  async current({ workspaceId, workspace, actor, credentialId }: Identity) {
    await touchSession(this.#db, workspaceId, credentialId)
    const [person, sessions, place] = await Promise.all([
      getActor(this.#db, workspaceId, actor.id), listSessions(this.#db, workspaceId, actor.id),
      lastPlace(this.#db, workspaceId),
    ])
    const { id, kind, handle, role } = actor
    return {
      id: credentialId, actor: { id, kind, handle, name: person?.name ?? handle, role }, workspace,
      cursor: placeCursor(place), server_time: new Date().toISOString(),
      expires_at: sessions.find((one) => one.id === credentialId)?.expires_at ?? null,
    }
  }
}
