/** Who sends this request: its proof, resolved once. Throws the 401, 403 or 429 that follows. */
import type { Context } from 'koa'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal } from '../domain/errors.ts'
import type { Proof } from '../handlers/authenticate.ts'
import type { Identity } from '../handlers/context.ts'
import { proofOf, refuseOrigin } from './auth/proof.ts'
import type { ApiDependencies } from './deps.ts'
import { Refused, throwIfRefused } from './errors.ts'

const isUnsafe = (method: string): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method)

type Needed = Pick<ApiDependencies, 'authenticator' | 'publicUrl' | 'limits'>

export async function identify(deps: Needed, context: Context): Promise<Identity> {
  const proof = proofOf(context.req, context.state.body)
  const foreign = refuseOrigin(proof, context.req, deps.publicUrl, isUnsafe(context.method))
  if (foreign) throw new Refused(foreign)
  const identity = await prove(deps, proof, context.ip,
    (left) => context.set('RateLimit', left))
  throwIfRefused(identity)
  return identity
}

/** The actor of a proof, within the limits for its address and its credential. */
export async function prove(
  { authenticator, limits }: Needed, proof: Proof | null, address: string,
  tell: (left: string) => void = () => undefined,
): Promise<Identity | Refusal> {
  if (!limits) return authenticator.authenticate(proof)
  const identity = await authenticator.authenticate(proof)
  if (isRefusal(identity)) return proof && await limits.failed(address) || identity
  const { refusal, header } = await limits.take(identity.credentialId)
  tell(header)
  return refusal ?? identity
}
