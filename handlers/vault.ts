/**
 * Secrets: how keys are wrapped, tokens made and compared. Nothing secret is stored in clear:
 * key secrets under AES-256-GCM (the key's id is bound in), bearer secrets as SHA-256.
 */
import {
  createCipheriv, createDecipheriv, createHash, randomBytes,
} from 'node:crypto'
import { crc32 } from 'node:zlib'

export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The last 6 characters of a token, so that secret scanners can tell one from other text. */
const checksum = (body: string): string => crc32(body).toString(36).padStart(7, '0').slice(-6)

/** `gh_` + 256 random bits + checksum. */
export function newToken(): string {
  const body = randomBytes(32).toString('base64url')
  return `gh_${body}${checksum(body)}`
}

export class Vault {
  readonly #key: Buffer

  /** `masterKey`: 32 bytes in base64. */
  constructor(masterKey: string) {
    this.#key = Buffer.from(masterKey, 'base64')
    if (this.#key.length !== 32) throw new Error('The master key needs 32 bytes in base64')
  }

  wrap(secret: Buffer, keyid: string): Buffer {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(keyid))
    const text = Buffer.concat([cipher.update(secret), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), text])
  }

  unwrap(wrapped: Buffer, keyid: string): Buffer {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, wrapped.subarray(0, 12))
      .setAAD(Buffer.from(keyid)).setAuthTag(wrapped.subarray(12, 28))
    return Buffer.concat([decipher.update(wrapped.subarray(28)), decipher.final()])
  }
}
