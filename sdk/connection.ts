/** One server and one credential: sends requests with their proof. */
import { createSigner } from './sign.ts'
import type { Signer, SigningKey } from './sign.ts'

export type ConnectionOptions = {
  /** Such as `http://127.0.0.1:4400`. */
  url: string
  /** A bearer token. Without token and key a browser's session cookie is what proves who asks. */
  token?: string
  /** An agent's key: every request is signed. */
  key?: SigningKey
  /** Another fetch, for tests and proxies. */
  fetch?: typeof globalThis.fetch
}

export type Outgoing = {
  method: string
  /** Path and query. */
  target: string
  headers?: Record<string, string>
  body?: string | null
  signal?: AbortSignal | null
}

export class Connection {
  readonly url: string
  readonly #token: string | null
  readonly #sign: Signer | null
  readonly #fetch: typeof globalThis.fetch

  constructor({ url, token, key, fetch = globalThis.fetch }: ConnectionOptions) {
    this.url = url.replace(/\/+$/, '')
    this.#token = token ?? null
    this.#sign = key ? createSigner(key) : null
    // Browsers insist that fetch is called on the window.
    this.#fetch = fetch.bind(globalThis)
  }

  /** Sends once; signed anew each time, because a signature is good for one request. */
  async send(request: Outgoing): Promise<Response> {
    const { method, target, headers = {}, body = null, signal = null } = request
    const url = new URL(this.url + target)
    const bytes = body === null ? null : new TextEncoder().encode(body)
    const proof = await this.#prove(method, url, bytes, headers['idempotency-key'] ?? null)
    return this.#fetch(url, {
      method, body: bytes, signal,
      headers: { ...(bytes ? { 'content-type': 'application/json' } : {}), ...headers, ...proof },
    })
  }

  async #prove(
    method: string, url: URL, body: Uint8Array | null, idempotencyKey: string | null,
  ): Promise<Record<string, string>> {
    if (this.#sign) {
      return this.#sign({ method, target: url.pathname + url.search, body, idempotencyKey })
    }
    return this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }
  }
}
