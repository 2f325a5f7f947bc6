/**
 * Signs the heads of streams. A head is signed only on top of the one before: what lies between is
 * recomputed first, so that a log which somebody changed never gets a signature.
 */
import type { Head, SignedHead } from '../domain/heads.ts'
import { chainFault } from '../domain/heads.ts'
import type { Database } from '../db/database.ts'
import type { Moved } from '../db/heads.ts'
import { keepHead, streamsToSign, walkChain } from '../db/heads.ts'

export type HeadKey = {
  sign: (head: Head) => SignedHead
  isGenuine: (head: SignedHead) => boolean
}
export type HeadDependencies = {
  db: Database
  key: HeadKey
  log: { error: (fields: object, message: string) => void }
}

export type Signed = { signed: number; refused: string[] }

/** Of one workspace, or of all (null). Safe to run at any time, by any number. */
export async function signHeads(
  { db, key, log }: HeadDependencies, workspace: string | null = null,
): Promise<Signed> {
  const done: Signed = { signed: 0, refused: [] }
  for (const moved of await streamsToSign(db, workspace)) {
    const fault = await faultOf(db, key, moved)
    if (fault) {
      log.error({ workspace: moved.workspace, stream: moved.stream }, `not signed: ${fault}`)
      done.refused.push(`${moved.stream}: ${fault}`)
    } else if (await keepHead(db, key.sign(headOf(moved)))) done.signed++
  }
  return done
}

const headOf = ({ workspace, stream, seq, head, last, now }: Moved): Head =>
  ({ workspace, stream, seq, head, previous_seq: last?.seq ?? 0, signed_at: now })

async function faultOf(
  db: Database, key: HeadKey, { workspace, stream, seq, head, last }: Moved,
): Promise<string | null> {
  if (last && !key.isGenuine(last)) return `the head at event ${last.seq} has another signature`
  const from = last ? { seq: last.seq, hash: last.head } : { seq: 0, hash: null }
  return chainFault(await walkChain(db, { workspace, stream }, from, seq), { seq, hash: head })
}
