/** How calls fail: one error class, with the server's own words. */
import type { ErrorCode } from './generated/types.ts'

/** A refusal as the server sends it (`application/problem+json`). */
export type Problem = {
  code: ErrorCode
  status: number
  title: string
  detail: string
  instance: string
  hint: string | null
  /** What its code carries: `allowed`, `available`, `errors`, `retry_after` … */
  [field: string]: unknown
}

/**
 * Thrown by every call that did not succeed. `code` is the server's, or `unreachable` when no
 * answer of Guildhall came at all (`status` is 0, or a gateway's).
 */
export class GuildhallError extends Error {
  override readonly name = 'GuildhallError'
  readonly code: ErrorCode | 'unreachable'
  readonly status: number
  readonly problem: Problem | null
  /** Seconds the server asks to wait; null when it does not say. */
  readonly retryAfter: number | null
  /** Repeat a command with this key and it happens once; null for queries. */
  readonly idempotencyKey: string | null

  constructor(message: string, given: {
    problem?: Problem | null
    status?: number
    retryAfter?: number | null
    idempotencyKey?: string | null
    cause?: unknown
  }) {
    super(message, given.cause === undefined ? {} : { cause: given.cause })
    this.problem = given.problem ?? null
    this.code = this.problem?.code ?? 'unreachable'
    this.status = given.status ?? this.problem?.status ?? 0
    this.retryAfter = given.retryAfter ?? null
    this.idempotencyKey = given.idempotencyKey ?? null
  }
}

/** The error in an answer that is not a success. */
export async function errorOf(
  response: Response, idempotencyKey: string | null,
): Promise<GuildhallError> {
  const after = Number(response.headers.get('retry-after') ?? Number.NaN)
  const problem = await problemIn(response)
  return new GuildhallError(problem?.detail ?? `The server answered ${response.status}`, {
    problem, status: response.status, idempotencyKey,
    retryAfter: Number.isFinite(after) ? after : null,
  })
}

async function problemIn(response: Response): Promise<Problem | null> {
  if (!response.headers.get('content-type')?.includes('json')) return null
  const body = await response.json().catch(() => null) as Problem | null
  return typeof body?.code === 'string' ? body : null
}
