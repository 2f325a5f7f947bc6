/** What the HTTP surfaces are given; main.ts makes it. */
import type { LastProof } from '../db/proofs.ts'
import type { EventFeed } from '../db/listen.ts'
import type { Authenticator } from '../handlers/authenticate.ts'
import type { Context as HandlerContext } from '../handlers/context.ts'
import type { People } from '../handlers/people.ts'
import type { Readiness } from '../handlers/readiness.ts'
import type { Limits } from './limits.ts'

export type ApiDependencies = {
  context: HandlerContext
  authenticator: Authenticator
  people: People
  feed: EventFeed
  readiness: () => Promise<Readiness>
  /** What the background proofs of ledgers last said. */
  proofs: () => Promise<LastProof[]>
  /** Without a trailing slash. */
  publicUrl: string
  temporalUiUrl: string | null
  trustProxy: boolean
  /** Where strangers can reach the server; null on loopback. */
  limits: Limits | null
  version: string
}
