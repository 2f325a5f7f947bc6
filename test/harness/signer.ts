/** Signs requests as the profile `agent-v1` says; every part can be bent for a test. */
import { createHash, createHmac, randomBytes, sign as signWith } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export type SignedRequest = {
  method: string
  /** Path and query as they are sent. */
  target: string
  body?: string
  idempotencyKey?: string
  keyid: string
  /** Base64 for HMAC, a private key for Ed25519. */
  secret: string | KeyObject
  created?: number
  nonce?: string
}

export function signedHeaders(request: SignedRequest): Record<string, string> {
  const { method, target, body, idempotencyKey, keyid, secret } = request
  const { created = Math.floor(Date.now() / 1000), nonce = randomBytes(16).toString('hex') } = request
  const [path, query] = target.split('?', 2)
  const alg = typeof secret === 'string' ? 'hmac-sha256' : 'ed25519'
  const digest = body ? `sha-256=:${createHash('sha256').update(body).digest('base64')}:` : null
  const lines: [string, string][] = [
    ['@method', method], ['@path', path!], ['@query', `?${query ?? ''}`],
    ...(digest ? [['content-digest', digest] as [string, string]] : []),
    ...(idempotencyKey ? [['idempotency-key', idempotencyKey] as [string, string]] : []),
  ]
  const parameters = `(${lines.map(([name]) => `"${name}"`).join(' ')});created=${created}`
    + `;nonce="${nonce}";keyid="${keyid}";alg="${alg}";tag="agent-v1"`
  const base = [...lines.map(([name, value]) => `"${name}": ${value}`),
    `"@signature-params": ${parameters}`].join('\n')
  const signature = typeof secret === 'string'
    ? createHmac('sha256', Buffer.from(secret, 'base64')).update(base).digest('base64')
    : signWith(null, Buffer.from(base), secret).toString('base64')
  return {
    'signature-input': `sig1=${parameters}`, signature: `sig1=:${signature}:`,
    ...(digest ? { 'content-digest': digest, 'content-type': 'application/json' } : {}),
    ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
  }
}
