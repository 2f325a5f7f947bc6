/**
 * Signs requests by RFC 9421, profile `agent-v1`: method, path, query, body and idempotency key, so
 * that nothing of them can be changed on the way or sent twice. WebCrypto only: the same code runs
 * in Node 20 and in browsers. Source: contract §2.1.
 */
export type KeyAlgorithm = 'hmac-sha256' | 'ed25519'

/** A key as `agent.register` and `agent.key_create` answer it. */
export type SigningKey = {
  keyid: string
  /** Base64: the shared secret, or the private key (PKCS #8, or its 32 bytes). */
  secret: string
  /** `hmac-sha256` where it is not given. */
  alg?: KeyAlgorithm
}

/** What of a request is signed, exactly as it will be sent. */
export type Signable = {
  method: string
  /** Path and query as in the request line. */
  target: string
  body?: Uint8Array | null
  idempotencyKey?: string | null
}

/** For tests; otherwise now, and 16 random bytes. */
export type Moment = { created?: number; nonce?: string }

/** Answers the headers that prove who sends the request. Each call uses a nonce of its own. */
export type Signer = (request: Signable, moment?: Moment) => Promise<Record<string, string>>

/** PKCS #8 around the 32 bytes of an Ed25519 private key. */
const PKCS8_PREFIX = [
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const toBase64 = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))

function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

type ImportedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

function importKey({ secret, alg = 'hmac-sha256' }: SigningKey): Promise<ImportedKey> {
  const bytes = fromBase64(secret)
  if (alg === 'hmac-sha256') {
    return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  }
  const pkcs8 = bytes.length === 32 ? Uint8Array.from([...PKCS8_PREFIX, ...bytes]) : bytes
  return crypto.subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, false, ['sign'])
}

/** Content-Digest (RFC 9530). */
async function digestOf(body: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(body))
  return `sha-256=:${toBase64(digest)}:`
}

/** A signer for one key; the key is imported once. */
export function createSigner(key: SigningKey): Signer {
  const { keyid, alg = 'hmac-sha256' } = key
  const algorithm = alg === 'ed25519' ? 'Ed25519' : 'HMAC'
  const imported = importKey(key)
  // Whoever signs hears of a bad key; nobody has to listen before.
  imported.catch(() => undefined)
  return async (request, moment = {}) => {
    const { created = Math.floor(Date.now() / 1000), nonce = newNonce() } = moment
    const digest = request.body?.length ? await digestOf(request.body) : null
    const components = componentsOf(request, digest)
    const names = components.map(([name]) => `"${name}"`).join(' ')
    const input = `(${names});created=${created};nonce="${nonce}";keyid="${keyid}"`
      + `;alg="${alg}";tag="agent-v1"`
    const base = [
      ...components.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${input}`,
    ].join('\n')
    const signature = await crypto.subtle.sign(algorithm, await imported, bytesOf(base))
    return {
      ...(digest === null ? {} : { 'content-digest': digest }),
      'signature-input': `sig1=${input}`,
      signature: `sig1=:${toBase64(signature)}:`,
    }
  }
}

function componentsOf(
  { method, target, idempotencyKey }: Signable, digest: string | null,
): [name: string, value: string][] {
  const question = target.indexOf('?')
  return [
    ['@method', method],
    ['@path', question < 0 ? target : target.slice(0, question)],
    ['@query', question < 0 ? '?' : target.slice(question)],
    ...(digest === null ? [] : [['content-digest', digest] as [string, string]]),
    ...(idempotencyKey ? [['idempotency-key', idempotencyKey] as [string, string]] : []),
  ]
}
