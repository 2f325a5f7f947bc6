/**
 * The life of one gate: reminds, goes up, and ends it when nobody decides. Votes are counted in
 * Postgres and move their subject there; this owns the clock. Source: architecture §2 (gates).
 */
import { continueAsNew, proxyLocalActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'
import { Life, MAX_WAKES } from './life.ts'
import type { Ref } from './messages.ts'

const { settleGate } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '20s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' },
})

export async function gate(ref: Ref): Promise<void> {
  const life = new Life()
  for (let wakes = 0; ; wakes++) {
    if (wakes >= MAX_WAKES) return continueAsNew<typeof gate>(ref)
    life.look()
    const owed = await settleGate(ref)
    life.know(owed)
    if (owed.again || life.dirty) continue
    if (owed.final) return
    await life.rest(owed)
  }
}
