/**
 * Reading the log backwards. The server lists events oldest first; so a window of time before what
 * is known is asked for, wider where little happened and narrower where much did.
 */
import type { ResultOf } from '../../graphql/graphql.ts'
import { graphql } from '../../graphql/graphql.ts'
import type { Failure } from '../../problem.ts'

export const eventPage = graphql(`
  query EventPage(
    $limit: Int, $cursor: String, $since: InstantInput, $actor: String, $task: String,
    $type: String, $severity: Severity
  ) {
    events(
      limit: $limit, cursor: $cursor, since: $since, actor: $actor, task: $task, type: $type,
      severity: $severity
    ) {
      items {
        id seq stream type severity reason data occurredAt onBehalfOf triggerEvent
        hash previousHash
        actor { kind id handle }
        subject { kind id key }
      }
      nextCursor
    }
  }
`)

export type FeedEvent = NonNullable<ResultOf<typeof eventPage>['events']>['items'][number]

export type Page =
  | { ok: true; items: FeedEvent[]; next: string | null }
  | { ok: false; failure: Failure }

/** Asks for a page from an instant on, or on from a cursor. */
export type Ask = (from: { since: number; cursor?: string }) => Promise<Page>

/** Less than this is too little for a screen: the window is widened. */
const ENOUGH = 60

export const timeOf = (event: Pick<FeedEvent, 'occurredAt'>): number =>
  Date.parse(event.occurredAt)

type Reach = {
  /** Known from here on; Infinity at first. */
  before: number
  /** Where windows are measured from: `before`, or about now. */
  edge: number
  /** Nothing is earlier than this. */
  floor: number
  width: number
}
type Past =
  /** Newest first; complete from the instant `from` on. */
  | { ok: true; events: FeedEvent[]; from: number; width: number; isEnd: boolean }
  | { ok: false; failure: Failure }

/** The newest events before an instant: at least a screen of them where there are so many. */
export async function readBack(ask: Ask, { before, edge, floor, width }: Reach): Promise<Past> {
  const isInside = (event: FeedEvent): boolean => timeOf(event) < before
  /** From here on is something; known once a window held more than a page. */
  let near: number | null = null
  let sparse = edge
  for (let from = Math.max(floor, edge - width); ;) {
    const page = await ask({ since: from })
    if (!page.ok) return page
    const inside = page.items.filter(isInside)
    const isWhole = page.next === null || inside.length < page.items.length
    if (!isWhole) {
      const last = timeOf(inside.at(-1)!)
      // More than a page in one millisecond: there is no narrower window.
      if (last <= from) return readOn(ask, { page, from, isInside, edge, floor })
      near = last
      from = between(near, sparse)
    } else if (near !== null && !inside.length) {
      sparse = from
      from = between(near, sparse)
    } else if (near === null && inside.length < ENOUGH && from > floor) {
      sparse = from
      from = Math.max(floor, edge - Math.max(1, edge - from) * (inside.length ? 4 : 16))
    } else return past(inside, { from, edge, floor })
  }
}

const between = (early: number, late: number): number =>
  Math.max(early, early + Math.floor((late - early) / 2))

function past(
  inside: FeedEvent[], { from, edge, floor }: { from: number; edge: number; floor: number },
): Past {
  return {
    ok: true, events: inside.toReversed(), from, width: Math.max(1, edge - from),
    isEnd: from <= floor,
  }
}

type Crowd = {
  page: Extract<Page, { ok: true }>
  from: number
  isInside: (event: FeedEvent) => boolean
  edge: number
  floor: number
}

/** Follows the cursor from the beginning of the window to what is known. */
async function readOn(
  ask: Ask, { page: first, from, isInside, edge, floor }: Crowd,
): Promise<Past> {
  const all = [...first.items]
  for (let page = first; page.next !== null && isInside(all.at(-1)!);) {
    const next = await ask({ since: from, cursor: page.next })
    if (!next.ok) return next
    all.push(...next.items)
    page = next
  }
  return past(all.filter(isInside), { from, edge, floor })
}
