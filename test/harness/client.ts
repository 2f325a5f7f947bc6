/** A plain REST caller by operation name: what a script with curl would do. */
import { operationsByName } from '../../operations/index.ts'

export type Answer<Body = Record<string, any>> = {
  status: number
  body: Body
  headers: Headers
}

export type CallOptions = { key?: string; ifMatch?: string; headers?: Record<string, string> }

/* oxlint-disable typescript/no-explicit-any -- answers are looked at, not relied on */
export class TestClient {
  readonly url: string
  readonly token: string

  constructor(url: string, token: string) {
    this.url = url
    this.token = token
  }

  /** Calls an operation over REST; answers whatever came. */
  async call(name: string, input: Record<string, any> = {}, options: CallOptions = {}): Promise<Answer> {
    const { route, kind, params } = operationsByName.get(name)!
    const fields = { ...input }
    let path = route.path
    for (const param of params) {
      path = path.replace(`{${param}}`, encodeURIComponent(String(fields[param])))
      delete fields[param]
    }
    const query = kind === 'query' ? queryOf(fields) : ''
    return this.request(route.method, `/api/v1${path}${query}`, kind === 'command' ? fields : null, options)
  }

  async request(
    method: string, target: string, body: unknown, { key, ifMatch, headers = {} }: CallOptions = {},
  ): Promise<Answer> {
    const response = await fetch(this.url + target, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...(key ? { 'idempotency-key': key } : {}),
        ...(ifMatch ? { 'if-match': ifMatch } : {}),
        ...headers,
      },
      ...(body === null ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status, headers: response.headers,
      body: isJson ? JSON.parse(text) : { text } as Record<string, any>,
    }
  }

  /** Calls and insists on success; answers the body. */
  async do(name: string, input: Record<string, any> = {}, options: CallOptions = {}): Promise<any> {
    const { status, body } = await this.call(name, input, options)
    if (status >= 400) throw new Error(`${name} answered ${status}: ${JSON.stringify(body)}`)
    return body
  }
}

function queryOf(fields: Record<string, any>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) query.set(name, String(value))
  return query.size ? `?${query}` : ''
}
