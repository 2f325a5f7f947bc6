/**
 * Resolves a proof to an actor. Credentials are remembered for a second; commands look again
 * inside their own snapshot, so nothing slips past a revocation. Source: contract §2.
 */
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Refusal } from '../domain/errors.ts'
import { refuse } from '../domain/errors.ts'
import type { CredentialRow } from '../db/credentials.ts'
import { findBearer, findKey } from '../db/credentials.ts'
import type { Database } from '../db/database.ts'
import type { Identity } from './context.ts'
import type { Nonces } from './nonces.ts'
import type { Seen } from './seen.ts'
import type { Vault } from './vault.ts'
import { sha256 } from './vault.ts'

/** What a request shows of its sender; the api extracts it, nothing is verified yet. */
export type Proof =
  | { kind: 'bearer' | 'session'; secret: string }
  | {
    kind: 'signature'
    keyid: string
    alg: string
    /** Seconds since 1970. */
    created: number
    nonce: string
    signature: Buffer
    /** The signature base of RFC 9421. */
    base: string
    /** Reads keep their nonces in memory, everything else in the database. */
    isRead: boolean
  }

const WINDOW_SECONDS = 300
const REMEMBER_MS = 1000
/** More distinct credentials a second than this, and the oldest are looked up again. */
const MAX_REMEMBERED = 10_000

type Verifier = (base: string, signature: Buffer) => boolean
type Known = { row: CredentialRow; verifier: Verifier | null; at: number }

/** One answer for every failed proof: nothing about keys and actors is revealed. */
const refuseProof = (): Refusal => refuse('unauthenticated', 'No valid proof of identity', {
  server_time: new Date().toISOString(),
})

export class Authenticator {
  readonly #db: Database
  readonly #vault: Vault
  readonly #nonces: Nonces
  readonly #seen: Seen
  readonly #known = new Map<string, Known>()
  readonly #looking = new Map<string, Promise<Known | null>>()

  constructor(db: Database, { vault, nonces, seen }: { vault: Vault; nonces: Nonces; seen: Seen }) {
    this.#db = db
    this.#vault = vault
    this.#nonces = nonces
    this.#seen = seen
  }

  /** Who shows this proof; a refusal (401) for anything that does not hold. */
  async authenticate(proof: Proof | null): Promise<Identity | Refusal> {
    if (!proof) return refuseProof()
    const name = proof.kind === 'signature' ? proof.keyid : proof.secret
    const known = await this.#find(proof.kind, name)
    if (!known?.row.live) return refuseProof()
    if (proof.kind !== 'signature') return this.#identity(proof.kind, name, known, null)
    if (proof.alg !== known.row.alg || !known.verifier!(proof.base, proof.signature)) {
      return refuseProof()
    }
    const late = Math.abs(Date.now() / 1000 - proof.created) > WINDOW_SECONDS
    if (late) {
      return refuse('signature_expired', `Signatures are valid for ${WINDOW_SECONDS} seconds`, {
        server_time: new Date().toISOString(),
      })
    }
    const nonce = proof.isRead ? this.#nonces.useForRead(proof) : this.#nonces.use(proof)
    return this.#identity('signature', name, known, nonce)
  }

  /** Forgets what is remembered: something changed who may do what. */
  forget(): void {
    this.#known.clear()
  }

  #identity(
    proof: Identity['proof'], name: string, { row }: Known, nonce: Promise<Refusal | null> | null,
  ): Identity {
    this.#seen.note(row.workspace_id, row.actor.id)
    return {
      workspaceId: row.workspace_id, workspace: row.workspace, actor: row.actor, scopes: row.scopes,
      epoch: row.epoch, credentialId: row.credential_id, proof,
      nonce: nonce ?? Promise.resolve(null),
      renew: async () => {
        this.#known.delete(`${proof} ${name}`)
        const fresh = await this.#find(proof, name)
        return fresh?.row.live ? null : refuseProof()
      },
    }
  }

  async #find(kind: Proof['kind'], name: string): Promise<Known | null> {
    const id = `${kind} ${name}`
    const known = this.#known.get(id)
    if (known && Date.now() - known.at < REMEMBER_MS) return known
    const looking = this.#looking.get(id)
    if (looking) return looking
    const look = this.#look(kind, name, id).finally(() => this.#looking.delete(id))
    this.#looking.set(id, look)
    return look
  }

  async #look(kind: Proof['kind'], name: string, id: string): Promise<Known | null> {
    const row = kind === 'signature'
      ? await findKey(this.#db, name) : await findBearer(this.#db, kindOf(kind), sha256(name))
    if (!row) return null
    const known = { row, verifier: row.alg ? this.#verifier(row, name) : null, at: Date.now() }
    if (this.#known.size >= MAX_REMEMBERED) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(id, known)
    return known
  }

  #verifier(row: CredentialRow, keyid: string): Verifier {
    if (row.alg === 'ed25519') {
      const key = ed25519Key(Buffer.from(row.public_key!, 'base64'))
      return (base, signature) => verify(null, Buffer.from(base), key, signature)
    }
    const secret = this.#vault.unwrap(Buffer.from(row.secret_wrapped!, 'base64'), keyid)
    return (base, signature) => {
      const wanted = createHmac('sha256', secret).update(base).digest()
      return wanted.length === signature.length && timingSafeEqual(wanted, signature)
    }
  }
}

const kindOf = (kind: 'bearer' | 'session'): 'token' | 'session' =>
  kind === 'bearer' ? 'token' : 'session'

/** A raw 32-byte Ed25519 public key as Node takes it. */
export function ed25519Key(raw: Buffer): KeyObject {
  const prefix = Buffer.from('302a300506032b6570032100', 'hex')
  return createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' })
}
