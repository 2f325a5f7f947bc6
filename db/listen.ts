/**
 * Following the event log. Writers wake readers with one coalesced NOTIFY after commit (inside the
 * transaction it costs 37 %); readers also poll. The sequences are gapless and in commit order, so
 * whoever asks for what is after a place misses nothing. Source: architecture §7.
 */
import pg from 'pg'
import type { Database } from './database.ts'
import type { EventFilter, EventRow, Place } from './events.ts'
import { lastPlace, listEvents, placeAfter } from './events.ts'

const CHANNEL = 'guildhall'
const POLL_MS = 1000
const PAGE = 500
/** What every follower near the end reads from memory. */
const KEPT = 2000

/** Tells readers in every process that workspaces have new events. */
export class Notifier {
  readonly #db: Database
  readonly #waiting = new Set<string>()
  #busy = false

  constructor(db: Database) {
    this.#db = db
  }

  notify = (workspace: string): void => {
    this.#waiting.add(workspace)
    if (!this.#busy) void this.#flush()
  }

  async #flush(): Promise<void> {
    this.#busy = true
    // Whatever comes in while one is sent goes with the next.
    while (this.#waiting.size) {
      const workspaces = [...this.#waiting]
      this.#waiting.clear()
      await this.#db.rows('notify', `select pg_notify('${CHANNEL}', w) from unnest($1::text[]) w`,
        [workspaces]).catch(() => undefined)
    }
    this.#busy = false
  }
}

export type Followed = { event: EventRow; place: Place }
export type Follow = {
  workspace: string
  /** Null = from now on. */
  after: Place | null
  filter: EventFilter
  signal: AbortSignal
}

type Tail = {
  place: Place
  kept: EventRow[]
  followers: number
  wake: () => void
  changed: Promise<void>
}

/** One per process: tails the log of each workspace that someone follows, and hands it out. */
export class EventFeed {
  readonly #db: Database
  readonly #tails = new Map<string, Tail>()
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(db: Database) {
    this.#db = db
  }

  start(): void {
    void this.#listen()
    // The poll is the promise, the notification only makes it quick.
    this.#timer = setInterval(() => {
      for (const workspace of this.#tails.keys()) void this.#advance(workspace)
    }, POLL_MS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearInterval(this.#timer)
    for (const tail of this.#tails.values()) tail.wake()
    await this.#client?.end().catch(() => undefined)
  }

  /**
   * Every event after a place, in order, for as long as the signal allows. Pulled: never queued.
   */
  async* follow({ workspace, after, filter, signal }: Follow): AsyncGenerator<Followed> {
    const tail = await this.#join(workspace)
    const stop = (): void => tail.wake()
    signal.addEventListener('abort', stop)
    try {
      let place = after ?? tail.place
      while (!signal.aborted && !this.#stopped) {
        const { changed } = tail
        const events = await this.#readAfter(workspace, tail, place)
        for (const event of events) {
          if (signal.aborted) return
          place = placeAfter(place, [event])
          if (passes(event, filter)) yield { event, place }
        }
        if (!events.length) await changed
      }
    } finally {
      signal.removeEventListener('abort', stop)
      tail.followers--
      if (tail.followers === 0) this.#tails.delete(workspace)
    }
  }

  async #join(workspace: string): Promise<Tail> {
    const place = this.#tails.has(workspace) ? null : await lastPlace(this.#db, workspace)
    const known = this.#tails.get(workspace)
    const tail = known ?? newTail(place!)
    tail.followers++
    this.#tails.set(workspace, tail)
    return tail
  }

  /** From memory where it reaches back far enough, else from the log. */
  async #readAfter(workspace: string, tail: Tail, place: Place): Promise<EventRow[]> {
    if (place.activity >= tail.place.activity && place.ledger >= tail.place.ledger) return []
    const events = tail.kept.filter(({ stream, seq }) => seq > place[stream])
    const missing = (tail.place.activity - place.activity) + (tail.place.ledger - place.ledger)
    if (events.length === missing) return events
    return listEvents(this.#db, { workspace, filter: {}, limit: PAGE }, place)
  }

  readonly #advancing = new Map<string, 'once' | 'again'>()

  /** Reads what is new: one reading at a time, and one more if it was asked for meanwhile. */
  async #advance(workspace: string): Promise<void> {
    if (this.#advancing.has(workspace)) {
      this.#advancing.set(workspace, 'again')
      return
    }
    do {
      this.#advancing.set(workspace, 'once')
      // A database that is away is asked again by the poll.
      await this.#read(workspace).catch(() => undefined)
    } while (this.#advancing.get(workspace) === 'again')
    this.#advancing.delete(workspace)
  }

  async #read(workspace: string): Promise<void> {
    const tail = this.#tails.get(workspace)
    if (!tail) return
    for (;;) {
      const events = await listEvents(this.#db, { workspace, filter: {}, limit: PAGE }, tail.place)
      if (!events.length) return
      tail.place = placeAfter(tail.place, events)
      tail.kept = [...tail.kept, ...events].slice(-KEPT)
      tail.wake()
      if (events.length < PAGE) return
    }
  }

  async #listen(): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client({
        connectionString: this.#db.url, application_name: 'guildhall listen',
        connectionTimeoutMillis: 2000, keepAlive: true,
      })
      const ended = new Promise<void>((resolve) => {
        client.on('error', () => resolve())
        client.on('end', () => resolve())
      })
      try {
        await client.connect()
        this.#client = client
        client.on('notification', ({ payload }) => {
          if (payload && this.#tails.has(payload)) void this.#advance(payload)
        })
        await client.query(`listen ${CHANNEL}`)
        for (const workspace of this.#tails.keys()) void this.#advance(workspace)
        await ended
      } catch {
        await client.end().catch(() => undefined)
      }
      if (!this.#stopped) await new Promise((resolve) => setTimeout(resolve, 500).unref())
    }
  }
}

function newTail(place: Place): Tail {
  const tail: Tail = {
    place, kept: [], followers: 0, wake: () => undefined, changed: Promise.resolve(),
  }
  const arm = (): void => {
    tail.changed = new Promise((resolve) => {
      tail.wake = () => {
        arm()
        resolve()
      }
    })
  }
  arm()
  return tail
}

function passes(event: EventRow, filter: EventFilter): boolean {
  return (!filter.task_id || event.task_id === filter.task_id)
    && (!filter.actor_id || event.actor_id === filter.actor_id)
    && (!filter.type || event.type === filter.type)
    && (!filter.severity || event.severity === filter.severity)
    && (!filter.stream || event.stream === filter.stream)
    && (!filter.since || event.occurred_at >= filter.since)
}
