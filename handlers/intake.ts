/** Model calls that arrive in batches: each is charged or refused by itself. */
import type { Refusal } from '../domain/errors.ts'
import { isRefusal } from '../domain/errors.ts'
import type { Usage } from '../domain/usage.ts'
import type { Operation } from '../operations/define.ts'
import { chargeUsage, reportingOf } from './charges.ts'
import type { Context, Identity } from './context.ts'
import { admit, recheck } from './invoke.ts'

export type Refused = { call_id: string; code: string; message: string }
export type Taken = { charged: number; repeated: number; refused: Refused[] }

/** So many wait for the ledger at a time: others come through between them. */
const AT_ONCE = 500

/** Charges what was used; `operation` is `credits.charge`, whose rights it takes. */
export async function takeUsages(
  context: Context, { identity, operation }: { identity: Identity; operation: Operation },
  usages: Usage[],
): Promise<Taken | Refusal> {
  const call = { identity, operation }
  const barred = admit(call) ?? await identity.nonce
  if (barred) return barred
  const reporting = await reportingOf(context, identity, (facts) => recheck(call, facts))
  const taken: Taken = { charged: 0, repeated: 0, refused: [] }
  const { id, kind, handle } = identity.actor
  for (let from = 0; from < usages.length; from += AT_ONCE) {
    const some = usages.slice(from, from + AT_ONCE)
    const outcomes = await Promise.all(some.map((usage) => chargeUsage(context, reporting, {
      workspace: identity.workspaceId, actor: { id, kind, handle }, operation: operation.name,
      key: usage.call_id, fresh: true, request_hash: usage.call_id, reason: null,
    }, usage)))
    for (const [index, outcome] of outcomes.entries()) {
      if (isRefusal(outcome)) {
        const { refused: code, detail: message } = outcome
        taken.refused.push({ call_id: some[index]!.call_id, code, message })
      } else if (outcome.replayed) taken.repeated++
      else taken.charged++
    }
  }
  return taken
}
