/** Who sends this request: its proof, resolved once. Throws the 401 or 403 that follows. */
import type { Context } from 'koa'
import type { Identity } from '../handlers/context.ts'
import { proofOf, refuseOrigin } from './auth/proof.ts'
import type { ApiDependencies } from './deps.ts'
import { Refused, throwIfRefused } from './errors.ts'

const isUnsafe = (method: string): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method)

export async function identify(
  { authenticator, publicUrl }: Pick<ApiDependencies, 'authenticator' | 'publicUrl'>,
  context: Context,
): Promise<Identity> {
  const proof = proofOf(context.req, context.state.body)
  const foreign = refuseOrigin(proof, context.req, publicUrl, isUnsafe(context.method))
  if (foreign) throw new Refused(foreign)
  const identity = await authenticator.authenticate(proof)
  throwIfRefused(identity)
  return identity
}
