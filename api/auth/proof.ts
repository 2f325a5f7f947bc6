/** Which proof a request shows: a signature, a bearer token or a session cookie, in this order. */
import type { IncomingMessage } from 'node:http'
import type { Refusal } from '../../domain/errors.ts'
import { refuse } from '../../domain/errors.ts'
import type { Proof } from '../../handlers/authenticate.ts'
import { readSignature } from './signature.ts'

export const SESSION_COOKIE = 'guildhall_session'

const BEARER = /^Bearer ([\x21-\x7e]{8,4096})$/i

/** Null when there is none, or none that is well-formed. */
export function proofOf(request: IncomingMessage, body: Buffer): Proof | null {
  const { headers, method = 'GET', url = '/' } = request
  if (headers['signature-input'] !== undefined || headers.signature !== undefined) {
    return readSignature({ method, target: url, headers, body })
  }
  if (headers.authorization !== undefined) {
    const bearer = BEARER.exec(headers.authorization)
    return bearer && { kind: 'bearer', secret: bearer[1]! }
  }
  const session = cookieOf(headers.cookie, SESSION_COOKIE)
  return session ? { kind: 'session', secret: session } : null
}

export function cookieOf(header: string | undefined, name: string): string | null {
  for (const part of header?.split(';') ?? []) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value) return value
  }
  return null
}

/**
 * A browser sends cookies along by itself: what a session may change must come from our own page.
 * Checked on every unsafe request and on WebSocket upgrades.
 */
export function refuseOrigin(
  proof: Proof | null, request: IncomingMessage, publicUrl: string, isUnsafe: boolean,
): Refusal | null {
  if (proof?.kind !== 'session' || !isUnsafe) return null
  const { origin, host } = request.headers
  const own = [new URL(publicUrl).origin, `http://${host}`, `https://${host}`]
  if (origin && own.includes(origin)) return null
  return refuse('forbidden', 'Sessions act from our own page only', {
    required: { origin: own[0] },
  })
}
