/**
 * Tells subscribers which resources changed, from the event log: one follower per subscription, of
 * the caller's own workspace only. Streams belong to the newer era; the older one polls.
 */
import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server'
import type { EventFeed } from '../db/listen.ts'
import type { Session } from './tools.ts'
import { addressesOf } from './resources.ts'

/** A revoked credential stops hearing within this time. */
const RECHECK_MS = 5000

export class UpdateBus implements ServerEventBus {
  readonly #feed: EventFeed
  readonly #session: Session
  readonly #end: () => void

  /** `end` closes the caller's stream: its credential was revoked, or this process stops. */
  constructor(feed: EventFeed, session: Session, end: () => void) {
    this.#feed = feed
    this.#session = session
    this.#end = end
  }

  /** Nothing is published here: the event log is where changes come from. */
  publish(): void {
    // Required by the interface.
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    const stop = new AbortController()
    this.#follow(listener, stop.signal)
      .catch((error: unknown) => {
        this.#session.context.log.warn({ err: error }, 'a subscription broke')
      })
      .finally(this.#end)
    return () => stop.abort()
  }

  async #follow(listener: (event: ServerEvent) => void, signal: AbortSignal): Promise<void> {
    const { identity } = this.#session
    const followed = this.#feed.follow({
      workspace: identity.workspaceId, after: null, filter: { stream: 'activity' }, signal,
    })
    let checkedAt = Date.now()
    for await (const { event } of followed) {
      if (Date.now() - checkedAt > RECHECK_MS) {
        if (await identity.renew()) return
        checkedAt = Date.now()
      }
      for (const uri of addressesOf(event, identity.actor.id)) {
        listener({ kind: 'resource_updated', uri })
      }
    }
  }
}
