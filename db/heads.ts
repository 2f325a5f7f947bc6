/** Signed heads in SQL, and the walk along a chain of hashes. */
import type { HeadFacts, Link, SignedHead, StreamName, Walked } from '../domain/heads.ts'
import type { Ask, Database } from './database.ts'

/** A stream that moved since its last signed head. */
export type Moved = {
  workspace: string
  stream: StreamName
  seq: number
  head: string
  last: SignedHead | null
  now: string
}

/** Of one workspace, or of all. */
export const streamsToSign = (db: Database, workspace: string | null): Promise<Moved[]> =>
  db.call('streams_to_sign', [workspace])

/** False when somebody else signed it meanwhile. */
export const keepHead = (
  db: Database, head: SignedHead,
): Promise<boolean> =>
  db.call('keep_head', [head.workspace, JSON.stringify(head)], { write: true })

/** So many signatures are checked at each proof; the newest covers what came before it. */
const NEWEST = 100

export async function readHeads(
  ask: Ask, workspace: string, stream: StreamName,
): Promise<HeadFacts> {
  const [row] = await ask<{ facts: HeadFacts }>(
    'select heads_facts($1, $2, $3) as facts', [workspace, stream, NEWEST])
  return row!.facts
}

/** Events that are hashed in one statement: a second or so, whatever the length of the log. */
const PART = 20_000

/** Recomputes the hashes from one place to another; stops at the first that is wrong. */
export async function walkChain(
  db: Database, { workspace, stream }: { workspace: string; stream: StreamName },
  from: Link, to: number,
): Promise<Walked> {
  const walked: Walked = { events: 0, last: from, first_bad_seq: null }
  while (walked.last.seq < to && walked.first_bad_seq === null) {
    const part = await db.call<{
      events: number; last: number; hash: string | null; first_bad_seq: number | null
    }>('chain_part', [workspace, stream, walked.last.seq, walked.last.hash, to, PART])
    if (!part.events) break
    walked.events += part.events
    walked.last = { seq: part.last, hash: part.hash }
    walked.first_bad_seq = part.first_bad_seq
  }
  return walked
}
