/**
 * Tells subscribers which resources changed, from the event log: one follower per subscription, of
 * what its caller may see. Streams belong to the newer era; clients of the older one ask again.
 */
import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server'
import type { Connections } from '../api/connections.ts'
import type { ApiDependencies } from '../api/deps.ts'
import { follow } from '../api/following.ts'
import { isRefusal } from '../domain/errors.ts'
import type { Proof } from '../handlers/authenticate.ts'
import { addressesOf } from './resources.ts'
import type { Session } from './tools.ts'

type Given = {
  deps: ApiDependencies
  connections: Connections
  session: Session
  proof: Proof
  /** Closes the stream from our side: revoked, too many, or this process stops. */
  hangUp: () => void
}
type Listener = (event: ServerEvent) => void

export class UpdateBus implements ServerEventBus {
  readonly #given: Given

  constructor(given: Given) {
    this.#given = given
  }

  /** Nothing is published here: the event log is where changes come from. */
  publish(): void {
    // The interface wants it.
  }

  subscribe(listener: Listener): () => void {
    const { connections, session, proof, hangUp } = this.#given
    const ended = new AbortController()
    const connection = connections.open({ identity: session.identity, proof, end: hangUp })
    if (isRefusal(connection)) {
      hangUp()
      return () => undefined
    }
    void this.#follow(listener, ended.signal)
      .catch((error: unknown) => {
        session.context.log.warn({ err: error, instance: session.instance }, 'a subscription broke')
      })
      .finally(() => {
        connection.closed()
        hangUp()
      })
    return () => ended.abort()
  }

  async #follow(listener: Listener, signal: AbortSignal): Promise<void> {
    const { deps, session: { identity, instance } } = this.#given
    const wants = { stream: 'activity' }
    const followed = await follow(deps, { identity, wants, after: null, instance, signal })
    if ('problem' in followed) return
    for await (const { subject } of followed.events) {
      for (const uri of addressesOf(subject, identity.actor.id)) {
        listener({ kind: 'resource_updated', uri })
      }
    }
  }
}
