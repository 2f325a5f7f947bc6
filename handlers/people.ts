/** People sign in by a link that works once; what they get is a session. Source: contract §2.3. */
import { endSession, insertSignInLink, useSignInLink } from '../db/credentials.ts'
import type { Database } from '../db/database.ts'
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
}
