/**
 * Signed heads: the hash of a stream's last event, signed now and then with a key that is not in
 * the database. They are what a log that was made anew, with new hashes, cannot have.
 */

export type StreamName = 'activity' | 'ledger'

export type Head = {
  /** The workspace's id. */
  workspace: string
  stream: StreamName
  /** The last event that it covers, and that event's hash. */
  seq: number
  head: string
  /** Where the head before it stood; 0 for the first. */
  previous_seq: number
  /** RFC 3339 UTC with milliseconds. */
  signed_at: string
}

/** `signature`: Ed25519 over `headText`, in base64. */
export type SignedHead = Head & { key_id: string; signature: string }

/** The exact text that is signed; any language can build it. */
export const headText = (head: Head): string => JSON.stringify([
  'guildhall head 1', head.workspace, head.stream, head.seq, head.head, head.previous_seq,
  head.signed_at,
])

/** A place in a chain: an event and its hash; 0 and null before the first. */
export type Link = { seq: number; hash: string | null }
/** How far a chain was recomputed, and the first event that is wrong. */
export type Walked = { events: number; last: Link; first_bad_seq: number | null }

/** What is wrong with a chain that should end at `end`; null when nothing is. */
export function chainFault({ last, first_bad_seq: bad }: Walked, end: Link): string | null {
  if (bad !== null) return `the chain breaks at ${bad}`
  if (last.seq !== end.seq) return `the log ends at ${last.seq}, its head says ${end.seq}`
  return last.hash === end.hash ? null : `the hash of event ${last.seq} is not that of its head`
}

/** What the database says of a stream's heads; see db/functions/heads.sql. */
export type HeadFacts = {
  /** The last event there is; 0 = none. */
  end: number
  signed: number
  /** Events after the last signed head, and how long the first of them waits. */
  unsigned: number
  unsigned_seconds: number | null
  /** The first head that is not the event it names, and the head before it. */
  other: { seq: number; after: number } | null
  /** The first head whose forerunner is gone. */
  gap: number | null
  /** Newest first. */
  newest: SignedHead[]
}

export type HeadsJudged = {
  ok: boolean
  detail: string
  first_bad_seq: number | null
  /** Where the last signed head stands; 0 = nowhere. */
  signed_seq: number
  unsigned: number
}

/** Heads are signed hourly: what waits for longer than this was kept from being signed. */
export const UNSIGNED_AT_MOST_SECONDS = 24 * 3600

/** Every older signature follows from the newest: the chain before it is hashed into it. */
export function judgeHeads(
  facts: HeadFacts, isGenuine: (head: SignedHead) => boolean,
): HeadsJudged {
  const { newest: [last], unsigned } = facts
  const bad = firstBad(facts, isGenuine)
  const where = { signed_seq: last?.seq ?? 0, unsigned }
  if (bad) return { ok: false, ...bad, ...where }
  if ((facts.unsigned_seconds ?? 0) > UNSIGNED_AT_MOST_SECONDS) {
    return {
      ok: false, first_bad_seq: null, ...where,
      detail: `${after(facts)}, the first of them for more than a day: heads are gone, or nobody `
        + 'signs them',
    }
  }
  const detail = last ? `${signedSoFar(facts.signed, last)}; ${after(facts)}` : after(facts)
  return { ok: true, first_bad_seq: null, detail, ...where }
}

export const signedSoFar = (signed: number, last: SignedHead): string =>
  `${signed} signed ${signed === 1 ? 'head' : 'heads'}, the last one at event ${last.seq} of `
  + last.signed_at

/** What nothing vouches for yet. */
const after = ({ unsigned, newest: [last] }: HeadFacts): string =>
  `${unsigned} ${unsigned === 1 ? 'event lies' : 'events lie'} after `
  + (last ? 'the last signed head' : 'nothing that is signed yet')

type Bad = { first_bad_seq: number; detail: string }

function firstBad(
  { end, other, gap, newest }: HeadFacts, isGenuine: (head: SignedHead) => boolean,
): Bad | null {
  const forged = newest.findLast((head) => !isGenuine(head))
  if (forged) {
    return {
      first_bad_seq: forged.seq,
      detail: `the head at event ${forged.seq} does not have the signature of this key`,
    }
  }
  if (gap !== null) {
    return { first_bad_seq: gap, detail: `the signed head before that at event ${gap} is gone` }
  }
  if (!other) return null
  return other.seq > end
    ? {
      first_bad_seq: end + 1,
      detail: `the log was signed up to event ${other.seq} and ends at ${end}`,
    }
    : {
      first_bad_seq: other.seq,
      detail: `event ${other.seq} is not the one that was signed: the log was changed among `
        + `events ${other.after + 1} to ${other.seq}`,
    }
}
