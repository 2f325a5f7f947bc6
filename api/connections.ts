/**
 * Connections that stay open: sockets and event streams. They outlive the proof they began with, so
 * every credential among them is looked at again twice a second. There is a limit to them, and
 * when the process stops they are closed first, since nobody else would end them.
 */
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import { authorize } from '../domain/agents.ts'
import type { Identity, Log } from '../handlers/context.ts'
import type { Authenticator, Proof } from '../handlers/authenticate.ts'
import { eventList } from './following.ts'

const RECHECK_MS = 500
/** A credential that could not be looked at for this long is not trusted any more. */
const MAX_UNCHECKED_MS = 10_000
const AT_A_TIME = 4
const MAX_OPEN = 1000
/** No single actor takes all of them. */
const MAX_PER_ACTOR = 250

/** `busy`: the other side is too slow, or we cannot check who it is. */
export type Ending = 'revoked' | 'stopping' | 'busy'

export type Connection = {
  /** Replaced by a fresh one at each look. */
  identity: Identity
  proof: Proof
  end: (why: Ending) => void
}

type Open = Connection & { checkedAt: number }

export class Connections {
  readonly #open = new Set<Open>()
  readonly #authenticator: Authenticator
  readonly #log: Log
  #timer: NodeJS.Timeout | null = null
  #isStopping = false

  constructor(authenticator: Authenticator, log: Log) {
    this.#authenticator = authenticator
    this.#log = log
  }

  /** Takes it in, or says why not. The answered connection carries the identity as it is now. */
  open(connection: Connection): { opened: Connection; closed: () => void } | Refusal {
    const own = [...this.#open].filter(({ identity }) =>
      identity.actor.id === connection.identity.actor.id).length
    if (this.#isStopping || this.#open.size >= MAX_OPEN || own >= MAX_PER_ACTOR) {
      return refuse('rate_limited', 'Too many open connections', { retry_after: 5 })
    }
    const opened = { ...connection, checkedAt: Date.now() }
    this.#open.add(opened)
    this.#schedule()
    return { opened, closed: () => { this.#open.delete(opened) } }
  }

  /** Ends all of them; nothing is opened from now on. */
  stop(): void {
    this.#isStopping = true
    if (this.#timer) clearTimeout(this.#timer)
    for (const connection of this.#open) this.#end(connection, 'stopping')
  }

  #end(connection: Open, why: Ending): void {
    this.#open.delete(connection)
    connection.end(why)
  }

  #schedule(): void {
    if (this.#timer || this.#isStopping || this.#open.size === 0) return
    this.#timer = setTimeout(() => {
      void this.#lookAtAll().finally(() => {
        this.#timer = null
        this.#schedule()
      })
    }, RECHECK_MS).unref()
  }

  /** One look per credential, however many connections it has. */
  async #lookAtAll(): Promise<void> {
    const byCredential = Map.groupBy(this.#open, ({ identity, proof }) =>
      `${proof.kind} ${identity.credentialId}`)
    const groups = [...byCredential.values()]
    const worker = async (): Promise<void> => {
      for (let group = groups.pop(); group; group = groups.pop()) await this.#lookAt(group)
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  }

  async #lookAt(group: Open[]): Promise<void> {
    const [{ identity, proof }] = group as [Open]
    try {
      const fresh = await this.#renew(identity, proof)
      for (const connection of group) {
        if (isRefusal(fresh)) this.#end(connection, 'revoked')
        else Object.assign(connection, { identity: fresh, checkedAt: Date.now() })
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'the credential of an open connection could not be checked')
      for (const connection of group) {
        if (Date.now() - connection.checkedAt > MAX_UNCHECKED_MS) this.#end(connection, 'busy')
      }
    }
  }

  /** The caller as it is now; a signature cannot be shown twice, its actor stays as it was. */
  async #renew(identity: Identity, proof: Proof): Promise<Identity | Refusal> {
    const refused = await identity.renew()
    if (refused) return refused
    const fresh = proof.kind === 'signature'
      ? identity : await this.#authenticator.authenticate(proof)
    if (isRefusal(fresh)) return fresh
    const revoked = authorize(eventList.who, fresh.actor, true)
    return revoked?.refused === 'unauthenticated' ? revoked : fresh
  }
}
