/** Credentials in SQL: keys, tokens, sessions, sign-in links and nonces. */
import type { Actor } from '../domain/agents.ts'
import type { Database } from './database.ts'
import type { Row } from './rows.ts'
import { plainRow } from './rows.ts'

export type CredentialRow = {
  workspace_id: string
  workspace: string
  actor_id: string
  credential_id: string
  live: boolean
  scopes: string[]
  epoch: number
  actor: Actor
  expires_at?: string
  alg?: 'hmac-sha256' | 'ed25519'
  /** Base64. */
  secret_wrapped?: string | null
  public_key?: string | null
}

export const findKey = (db: Database, keyid: string): Promise<CredentialRow | null> =>
  db.call('key_facts', [keyid])

export const findBearer = (
  db: Database, kind: 'token' | 'session', sha256: Buffer,
): Promise<CredentialRow | null> => db.call('bearer_facts', [kind, sha256])

/** Stores nonces; `fresh` names the places (from 1) that were not used before. */
export const useNonces = (
  db: Database, keyids: string[], nonces: string[],
): Promise<{ since: string; fresh: number[] }> =>
  db.call('use_nonces', [keyids, nonces], { write: true })

export const forgetNonces = async (db: Database): Promise<void> => {
  await db.rows('forget nonces',
    "delete from nonces where created_at < clock_timestamp() - interval '15 minutes'", [])
}

export const forgetAnswers = async (db: Database): Promise<void> => {
  await db.rows('forget answers',
    "delete from idempotency where created_at < clock_timestamp() - interval '48 hours'", [])
}

export const touchActors = async (
  db: Database, workspaces: string[], actors: string[],
): Promise<void> => {
  await db.call('touch_actors', [workspaces, actors])
}

type NewLink = { workspace: string; actorId: string; sha256: Buffer; minutes: number }

export async function insertSignInLink(db: Database, link: NewLink): Promise<void> {
  await db.rows('insert sign-in link', `insert into sign_in_links
      (workspace_id, actor_id, sha256, expires_at)
    values ($1, $2, $3, clock_timestamp() + make_interval(mins => $4))`,
  [link.workspace, link.actorId, link.sha256, link.minutes], true)
}

/** Makes a session of an unused link; null when it was used or is too old. */
export const useSignInLink = (
  db: Database, link: Buffer, session: Buffer, userAgent: string | null,
): Promise<string | null> =>
  db.call('use_sign_in_link', [link, session, userAgent, '30 days'], { write: true })

export async function endSession(db: Database, sha256: Buffer): Promise<void> {
  await db.rows('end session',
    'update sessions set revoked_at = clock_timestamp() where sha256 = $1', [sha256], true)
}

export type SessionRow = {
  id: string
  user_agent: string | null
  created_at: string
  last_seen_at: string | null
  expires_at: string
}

/** The live sessions of one person, the one used last first. */
export const listSessions = async (
  db: Database, workspace: string, actorId: string,
): Promise<SessionRow[]> => {
  const rows = await db.rows<{ row: Row }>('list sessions', `select to_jsonb(s) - 'sha256' as row
    from sessions s
    where s.workspace_id = $1 and s.actor_id = $2 and s.revoked_at is null
      and s.expires_at > app_now()
    order by coalesce(s.last_seen_at, s.created_at) desc limit 100`, [workspace, actorId])
  return rows.map(({ row }) => plainRow<SessionRow>(row))
}

/** Remembers that this session is used; at most once a minute is a write. */
export async function touchSession(db: Database, workspace: string, id: string): Promise<void> {
  await db.rows('touch session', `update sessions set last_seen_at = app_now()
    where workspace_id = $1 and id = $2
      and coalesce(last_seen_at, created_at) < app_now() - interval '1 minute'`,
  [workspace, id], true)
}

type OwnSession = { workspace: string; actorId: string; id: string }

/** Ends a person's own session; false where there is none that lives. */
export async function endOwnSession(
  db: Database, { workspace, actorId, id }: OwnSession,
): Promise<boolean> {
  const rows = await db.rows('end own session', `update sessions set revoked_at = clock_timestamp()
    where workspace_id = $1 and actor_id = $2 and revoked_at is null
      and id = case when is_uuid($3) then $3::uuid end returning id`,
  [workspace, actorId, id], true)
  return rows.length > 0
}

type NewToken = { workspace: string; actorId: string; sha256: Buffer; days: number }

/** Makes a token where there is none with this text: the owner's at first start. */
export async function insertToken(db: Database, token: NewToken): Promise<void> {
  await db.rows('insert token', `insert into tokens (workspace_id, actor_id, sha256, expires_at)
    values ($1, $2, $3, clock_timestamp() + make_interval(days => $4)) on conflict do nothing`,
  [token.workspace, token.actorId, token.sha256, token.days], true)
}
