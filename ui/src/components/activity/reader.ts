/** Reads the log for one set of filters: the newest events, older ones, those after a place. */
import { serverNow } from '../../composables/useClock.ts'
import type { EventFilters } from '../../composables/useEventFilters.ts'
import { read } from '../../graphql/client.ts'
import type { Failure } from '../../problem.ts'
import type { FeedEvent, Page } from './feed.ts'
import { eventPage, readBack, timeOf } from './feed.ts'

const PAGE = 200
const FIRST_WIDTH_MS = 3_600_000

export type Reading = { ok: true; events: FeedEvent[] } | { ok: false; failure: Failure }

const nothing: Reading = { ok: true, events: [] }

export class LogReader {
  readonly filters: Readonly<EventFilters>
  /** Whether what was read reaches the first event that matches. */
  isEnd = false
  #from = Infinity
  #floor = 0
  #width = FIRST_WIDTH_MS

  constructor(filters: EventFilters) {
    this.filters = filters
  }

  /** Whether some events do not match. */
  get isNarrowed(): boolean {
    return Object.values(this.filters).some((value) => value !== null)
  }

  async newest(): Promise<Reading> {
    const first = await this.#ask({ since: this.filters.since ?? 0, limit: 1 })
    if (!first.ok) return first
    this.isEnd = first.items.length === 0
    if (this.isEnd) return nothing
    this.#floor = timeOf(first.items[0]!)
    return this.#back(this.filters.until ?? Infinity, FIRST_WIDTH_MS)
  }

  async older(): Promise<Reading> {
    return this.isEnd ? nothing : this.#back(this.#from, this.#width)
  }

  /** Everything that matches after a place in the log. */
  async after(place: string): Promise<Reading> {
    const events: FeedEvent[] = []
    for (let cursor: string | null = place; cursor !== null;) {
      const page: Page = await this.#ask({ since: this.filters.since ?? 0, cursor })
      if (!page.ok) return page
      events.push(...page.items)
      cursor = page.next
    }
    return { ok: true, events }
  }

  /** What is earlier is read again when it is wanted. */
  forgetBefore(at: number): void {
    this.#from = at
    this.isEnd = false
  }

  async #back(before: number, width: number): Promise<Reading> {
    const found = await readBack((wanted) => this.#ask(wanted), {
      before, edge: Math.min(before, serverNow()), floor: this.#floor, width,
    })
    if (!found.ok) return found
    this.#from = found.from
    this.#width = found.width
    this.isEnd = found.isEnd
    return found
  }

  async #ask(
    { since, cursor, limit = PAGE }: { since: number; cursor?: string; limit?: number },
  ): Promise<Page> {
    const { actor, task, type, severity } = this.filters
    // What is not asked for is left out: null would be a value.
    const found = await read(eventPage, {
      limit,
      ...(actor && { actor }), ...(task && { task }), ...(type && { type }),
      ...(severity && { severity }), ...(cursor && { cursor }),
      ...(since > 0 && { since: new Date(since).toISOString() }),
    })
    if (!found.ok) return found
    const { items, nextCursor } = found.data.events!
    return { ok: true, items, next: nextCursor }
  }
}
