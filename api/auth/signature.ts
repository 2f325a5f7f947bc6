/**
 * Reads a signed request (RFC 9421, profile `agent-v1`): which parts were signed, by whom, and the
 * text that was signed, rebuilt from raw bytes. Nothing is verified here but the body's digest.
 * Source: contract §2.1.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Proof } from '../../handlers/authenticate.ts'

/** What of a request is signed: the target and the body as they came, never parsed values. */
export type RawRequest = {
  method: string
  /** As in the request line: `/path?query`. */
  target: string
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

const INPUT = /^([a-z][a-z0-9_-]*)=(\((?:"[a-z@-]+"(?: |(?=\))))*\)(;.*))$/
const PARAMETERS = new RegExp('^;created=(\\d{1,12});nonce="([A-Za-z0-9_-]{22,128})"'
  + ';keyid="([A-Za-z0-9_.:-]{1,128})";alg="([a-z0-9-]{1,32})";tag="agent-v1"$')
const SIGNATURE = /^([a-z][a-z0-9_-]*)=:([A-Za-z0-9+/]+={0,2}):$/
const DIGEST = /^(sha-256|sha-512)=:([A-Za-z0-9+/]+={0,2}):$/

const single = (value: string | string[] | undefined): string | null =>
  (typeof value === 'string' ? value.trim() : null)

/** The components that must be signed, in their order. */
function components({ headers, body }: RawRequest): string[] {
  return [
    '@method', '@path', '@query',
    ...(body.length ? ['content-digest'] : []),
    ...(headers['idempotency-key'] === undefined ? [] : ['idempotency-key']),
  ]
}

/** The proof a signed request shows; null when it is not signed exactly as the profile says. */
export function readSignature(request: RawRequest): Proof | null {
  const input = INPUT.exec(single(request.headers['signature-input']) ?? '')
  const signature = SIGNATURE.exec(single(request.headers.signature) ?? '')
  if (!input || !signature || input[1] !== signature[1]) return null
  const parameters = PARAMETERS.exec(input[3]!)
  if (!parameters) return null
  const wanted = components(request)
  const list = `(${wanted.map((name) => `"${name}"`).join(' ')})`
  if (input[2] !== `${list}${input[3]}`) return null
  if (request.body.length && !isDigestOf(request)) return null
  const lines = wanted.map((name) => lineOf(name, request))
  if (lines.includes(null)) return null
  const [, created, nonce, keyid, alg] = parameters as unknown as string[]
  return {
    kind: 'signature', keyid: keyid!, alg: alg!, created: Number(created), nonce: nonce!,
    signature: Buffer.from(signature[2]!, 'base64'),
    base: [...lines, `"@signature-params": ${input[2]}`].join('\n'),
    isRead: request.method === 'GET' || request.method === 'HEAD',
  }
}

function lineOf(name: string, { method, target, headers }: RawRequest): string | null {
  const question = target.indexOf('?')
  switch (name) {
    case '@method': return `"@method": ${method}`
    case '@path': return `"@path": ${question < 0 ? target : target.slice(0, question)}`
    case '@query': return `"@query": ${question < 0 ? '?' : target.slice(question)}`
    default: {
      const value = single(headers[name])
      return value === null ? null : `"${name}": ${value}`
    }
  }
}

/** Content-Digest (RFC 9530) over the bytes that came. */
function isDigestOf({ headers, body }: RawRequest): boolean {
  const digest = DIGEST.exec(single(headers['content-digest']) ?? '')
  if (!digest) return false
  const algorithm = digest[1] === 'sha-256' ? 'sha256' : 'sha512'
  const wanted = createHash(algorithm).update(body).digest()
  const given = Buffer.from(digest[2]!, 'base64')
  return wanted.length === given.length && timingSafeEqual(wanted, given)
}
