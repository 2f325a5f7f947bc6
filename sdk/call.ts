/**
 * Calls an operation by name: its route, its key, its retries.
 *
 * What is tried again, with the same idempotency key: no answer, 502, 503, 504, and 429 that says
 * how long to wait. At most 5 times in all, 0.2 s, 0.4 s … apart or as long as the server asks,
 * never longer than 10 s; `retry` in the client's options changes each of these. Everything else,
 * and the last failure, is thrown as a GuildhallError.
 */
import type { Connection, Outgoing } from './connection.ts'
import { GuildhallError, errorOf } from './errors.ts'
import type { Calls } from './generated/methods.ts'
import { routes } from './generated/routes.ts'

export const BASE_PATH = '/api/v1'

export type QueryOptions = {
  signal?: AbortSignal
  /** For one attempt; 60 s where it is not given. Reads can wait 30 s by themselves. */
  timeoutMs?: number
}

export type CommandOptions = QueryOptions & {
  /** Made where it is not given. */
  idempotencyKey?: string
  /** The version last seen: refused as `version_conflict` when it has changed since. */
  ifMatch?: number | string
}

export type RetryPolicy = {
  /** The first one included; 1 = never again. */
  attempts: number
  firstDelayMs: number
  /** A server that asks for more is not waited for. */
  maxDelayMs: number
}

export const usualRetries: RetryPolicy = { attempts: 5, firstDelayMs: 200, maxDelayMs: 10_000 }

/** An answer with what its headers say. */
export type Answer<Body> = {
  status: number
  body: Body
  /** For `ifMatch`; null where the thing has no version. */
  etag: string | null
  /** True when this is the first answer to the same key again. */
  replayed: boolean
  /** The key of a command; null for a query. */
  idempotencyKey: string | null
}

export type OperationName = keyof Calls
type Input = Record<string, unknown>

const TIMEOUT_MS = 60_000
const isPassing = (status: number): boolean => [0, 502, 503, 504].includes(status)

/** Path parameters go into the path, the rest into the query or the body. */
export function requestOf(name: OperationName, input: Input): Outgoing {
  const { kind, method, path } = routes[name]
  const fields = { ...input }
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, param: string) => {
    const value = fields[param]
    delete fields[param]
    return encodeURIComponent(String(value ?? ''))
  })
  return kind === 'query'
    ? { method, target: BASE_PATH + filled + queryOf(fields) }
    : { method, target: BASE_PATH + filled, body: JSON.stringify(fields) }
}

/** `?a=1&tag=x&tag=y`; empty text where nothing is asked. */
export function queryOf(fields: Input): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) query.append(name, String(one))
    }
  }
  return query.size ? `?${query}` : ''
}

function headersOf({ ifMatch }: CommandOptions, key: string | null): Record<string, string> {
  const version = typeof ifMatch === 'number' ? `"${ifMatch}"` : ifMatch
  return {
    accept: 'application/json',
    ...(key === null ? {} : { 'idempotency-key': key }),
    ...(version === undefined ? {} : { 'if-match': version }),
  }
}

/** Sends until it succeeds, is refused, or has been tried often enough. */
export async function call<Name extends OperationName>(
  connection: Connection, retry: RetryPolicy, name: Name, input: Input,
  options: CommandOptions = {},
): Promise<Answer<Calls[Name]['answer']>> {
  const isCommand = routes[name].kind === 'command'
  const key = isCommand ? options.idempotencyKey ?? crypto.randomUUID() : null
  const request = { ...requestOf(name, input), headers: headersOf(options, key) }
  for (let attempt = 1; ; attempt++) {
    const outcome = await once(connection, request, options, key)
    if (!(outcome instanceof GuildhallError)) return outcome as Answer<Calls[Name]['answer']>
    const delay = delayOf(outcome, attempt, retry)
    if (attempt >= retry.attempts || delay === null) throw outcome
    await pause(delay, options.signal)
  }
}

/** How long to wait before the next attempt; null = there is no use in one. */
function delayOf(error: GuildhallError, attempt: number, retry: RetryPolicy): number | null {
  const asked = error.retryAfter === null ? null : error.retryAfter * 1000
  if (error.status === 429 ? asked === null : !isPassing(error.status)) return null
  if (asked !== null) return asked <= retry.maxDelayMs ? asked : null
  const growing = Math.min(retry.firstDelayMs * 2 ** (attempt - 1), retry.maxDelayMs)
  // Clients that failed together should not come back together.
  return growing * (0.5 + Math.random() / 2)
}

async function once(
  connection: Connection, request: Outgoing, { signal, timeoutMs = TIMEOUT_MS }: QueryOptions,
  key: string | null,
): Promise<Answer<unknown> | GuildhallError> {
  const limits = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]
  try {
    const response = await connection.send({ ...request, signal: AbortSignal.any(limits) })
    if (!response.ok) return await errorOf(response, key)
    return {
      status: response.status, body: await response.json(), etag: response.headers.get('etag'),
      replayed: response.headers.get('idempotency-replayed') === 'true',
      idempotencyKey: response.headers.get('idempotency-key') ?? key,
    }
  } catch (cause) {
    signal?.throwIfAborted()
    return new GuildhallError(`${connection.url} does not answer`, { idempotencyKey: key, cause })
  }
}

/** Waits, unless the caller gives up meanwhile. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end)
  })
  signal?.throwIfAborted()
}
