/** The order of the feed: newest first, as the server has it the other way round. Pure. */
import type { FeedEvent } from './feed.ts'
import { timeOf } from './feed.ts'

type Ordered = Pick<FeedEvent, 'id' | 'occurredAt' | 'stream' | 'seq'>

/** Within a stream the sequence decides; between streams the time. */
function newerFirst(a: Ordered, b: Ordered): number {
  if (a.stream === b.stream) return b.seq - a.seq
  return timeOf(b) - timeOf(a) || (a.stream < b.stream ? 1 : -1)
}

/** Both lists as one, each event once. What is in order already costs one pass. */
export function merged<One extends Ordered>(some: readonly One[], others: readonly One[]): One[] {
  const byId = new Map<string, One>()
  for (const event of some) byId.set(event.id, event)
  for (const event of others) byId.set(event.id, event)
  return [...byId.values()].sort(newerFirst)
}

/** The newest `count`, and whatever happened in the same millisecond as the last of them. */
export function trimmed<One extends Ordered>(
  events: readonly One[], count: number,
): readonly One[] {
  if (events.length <= count * 1.25) return events
  const until = timeOf(events[count - 1]!)
  return events.filter((event, index) => index < count || timeOf(event) >= until)
}
