/** Who asks for a socket: what the upgrade request shows, or later the connection's parameters. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { STATUS_CODES } from 'node:http'
import { randomUUID } from 'node:crypto'
import type { Problem, Refusal } from '../../domain/errors.ts'
import { isRefusal, problemOf } from '../../domain/errors.ts'
import type { Proof } from '../../handlers/authenticate.ts'
import type { Identity } from '../../handlers/context.ts'
import { proofOf, refuseOrigin } from '../auth/proof.ts'
import type { ApiDependencies } from '../deps.ts'
import { prove } from '../identify.ts'

export type Caller = { identity: Identity; proof: Proof }

const NO_BODY = Buffer.alloc(0)

/** As Koa does it for requests: the first address a trusted proxy names, else the peer's. */
function addressOf({ trustProxy }: ApiDependencies, { headers, socket }: IncomingMessage): string {
  const named = trustProxy ? String(headers['x-forwarded-for'] ?? '').split(',')[0]!.trim() : ''
  return named || (socket.remoteAddress ?? '')
}

/** Null = nothing shown yet. A stale cookie is nothing: browsers send it along unasked. */
export async function callerOf(
  deps: ApiDependencies, request: IncomingMessage,
): Promise<Caller | null | Refusal> {
  const proof = proofOf(request, NO_BODY)
  const { authorization, signature } = request.headers
  if (!proof && authorization === undefined && signature === undefined) return null
  const foreign = refuseOrigin(proof, request, deps.publicUrl, true)
  if (foreign) return foreign
  const identity = await prove(deps, proof, addressOf(deps, request))
  if (isRefusal(identity)) return proof?.kind === 'session' ? null : identity
  const used = await identity.nonce
  return used ?? { identity, proof: proof! }
}

/** `{authorization: "Bearer …"}` or `{token}`: null = neither is there, a refusal = not valid. */
export async function callerByParameters(
  deps: ApiDependencies, request: IncomingMessage,
  parameters: Record<string, unknown> | undefined,
): Promise<Caller | null | Refusal> {
  const { authorization, Authorization = authorization, token } = parameters ?? {}
  const given = Authorization ?? token
  if (given === undefined || given === null) return null
  const secret = typeof given === 'string' ? given.replace(/^Bearer /i, '') : ''
  const proof: Proof = { kind: 'bearer', secret }
  const identity = await prove(deps, proof, addressOf(deps, request))
  return isRefusal(identity) ? identity : { identity, proof }
}

/** An upgrade is refused as plain HTTP, with the same problem as anywhere. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const problem: Problem = problemOf(refusal, `urn:guildhall:request:${randomUUID()}`)
  const body = JSON.stringify(problem)
  socket.end([
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(problem.status === 401 ? ['WWW-Authenticate: Bearer, Signature'] : []),
    '', body,
  ].join('\r\n'))
}
