/**
 * The load: agents that sign each request, on kept connections. Lean on purpose, for it shares the
 * machine with what it measures.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { operationsByName } from '../operations/index.ts'

export type Key = { keyid: string; secret: string }
export type Answer = {
  status: number
  body: Record<string, unknown> & { code?: string }
  bytes: number
}

type Sent = { method: string; target: string; body: string; key?: string | undefined }

export class Caller {
  readonly #url: URL
  readonly #agent: Agent
  readonly #secret: Buffer
  readonly #keyid: string

  constructor(url: string, { keyid, secret }: Key, sockets = 1) {
    this.#url = new URL(url)
    this.#agent = new Agent({ keepAlive: true, maxSockets: sockets })
    this.#secret = Buffer.from(secret, 'base64')
    this.#keyid = keyid
  }

  /** Calls an operation over signed REST, with an idempotency key where one is given. */
  call(name: string, input: Record<string, unknown> = {}, key?: string): Promise<Answer> {
    const { route, params, kind } = operationsByName.get(name)!
    const fields = { ...input }
    let path = `/api/v1${route.path}`
    for (const param of params) {
      path = path.replace(`{${param}}`, encodeURIComponent(String(fields[param])))
      delete fields[param]
    }
    if (kind === 'command') {
      return this.#send({ method: route.method, target: path, body: JSON.stringify(fields), key })
    }
    const query = new URLSearchParams(fields as Record<string, string>).toString()
    return this.#send({ method: route.method, target: query ? `${path}?${query}` : path, body: '' })
  }

  /** Calls and insists on success. */
  async do(name: string, input: Record<string, unknown> = {}): Promise<Answer['body']> {
    const { status, body } = await this.call(name, input)
    if (status >= 400) throw new Error(`${name} answered ${status} ${JSON.stringify(body)}`)
    return body
  }

  close(): void {
    this.#agent.destroy()
  }

  #headers({ method, target, body, key }: Sent): Record<string, string> {
    const [path, query] = target.split('?', 2)
    const nonce = randomBytes(16).toString('hex')
    const created = Math.floor(Date.now() / 1000)
    const digest = body && `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
    const names = [
      '"@method"', '"@path"', '"@query"', ...(body ? ['"content-digest"'] : []),
      ...(key ? ['"idempotency-key"'] : []),
    ]
    const parameters = `(${names.join(' ')});created=${created};nonce="${nonce}"`
      + `;keyid="${this.#keyid}";alg="hmac-sha256";tag="agent-v1"`
    const base = [
      `"@method": ${method}`, `"@path": ${path}`, `"@query": ?${query ?? ''}`,
      ...(body ? [`"content-digest": ${digest}`] : []),
      ...(key ? [`"idempotency-key": ${key}`] : []), `"@signature-params": ${parameters}`,
    ].join('\n')
    const signature = createHmac('sha256', this.#secret).update(base).digest('base64')
    return {
      'signature-input': `sig1=${parameters}`, signature: `sig1=:${signature}:`,
      'accept-encoding': 'gzip',
      ...(key ? { 'idempotency-key': key } : {}),
      ...(body ? {
        'content-type': 'application/json', 'content-digest': digest,
        'content-length': String(Buffer.byteLength(body)),
      } : {}),
    }
  }

  #send(given: Sent): Promise<Answer> {
    const { method, target, body } = given
    const { hostname, port } = this.#url
    return new Promise((resolve, reject) => {
      const sent = request({
        hostname, port, method, path: target, agent: this.#agent,
        headers: this.#headers(given),
      }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = Buffer.concat(parts)
          const packed = response.headers['content-encoding'] !== undefined
          resolve({
            status: response.statusCode!, bytes: bytes.length,
            body: packed || !bytes.length ? {} : JSON.parse(bytes.toString()) as Answer['body'],
          })
        })
      })
      sent.on('error', reject)
      sent.setTimeout(30_000, () => sent.destroy(new Error('no answer within 30 s')))
      sent.end(body)
    })
  }
}
