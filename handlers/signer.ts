/**
 * The key that heads are signed with. It follows from the master key, so nothing new has to be
 * kept, and the database never has it.
 */
import {
  createHash, createPrivateKey, createPublicKey, hkdfSync, sign, verify,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Head, SignedHead } from '../domain/heads.ts'
import { headText } from '../domain/heads.ts'

/** Another text makes another key: change it only together with the version in `headText`. */
const INFO = 'guildhall signed heads 1'
/** What comes before the 32 bytes of an Ed25519 key in PKCS #8 and SPKI. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** A public key (32 bytes in base64) by a name that is short enough to compare by eye. */
export const keyIdOf = (publicKey: string): string =>
  createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 16)

/** Whether `signature` (base64) is of this text by this public key. */
export function isSigned(publicKey: string, text: string, signature: string): boolean {
  try {
    return verify(null, Buffer.from(text), publicKeyOf(publicKey), Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}

const publicKeyOf = (publicKey: string): KeyObject => createPublicKey({
  key: Buffer.concat([PUBLIC_PREFIX, Buffer.from(publicKey, 'base64')]),
  format: 'der', type: 'spki',
})

export class Signer {
  readonly #key: KeyObject
  /** 32 bytes in base64. */
  readonly publicKey: string
  readonly keyId: string

  /** `masterKey`: 32 bytes in base64. */
  constructor(masterKey: string) {
    const seed = Buffer.from(hkdfSync('sha256', Buffer.from(masterKey, 'base64'), '', INFO, 32))
    this.#key = createPrivateKey({
      key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8',
    })
    const { x } = createPublicKey(this.#key).export({ format: 'jwk' })
    this.publicKey = Buffer.from(x!, 'base64url').toString('base64')
    this.keyId = keyIdOf(this.publicKey)
  }

  sign = (head: Head): SignedHead => ({
    ...head, key_id: this.keyId,
    signature: sign(null, Buffer.from(headText(head)), this.#key).toString('base64'),
  })

  /** Whether a head was signed with this key. */
  isGenuine = (head: SignedHead): boolean => head.key_id === this.keyId
    && isSigned(this.publicKey, headText(head), head.signature)
}
