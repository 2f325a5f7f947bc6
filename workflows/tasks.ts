/**
 * The life of one task, from creation to its settled end. It waits on signals and deadlines and
 * performs what Postgres says is owed; it holds no state that matters. Source: architecture §2.
 */
import { continueAsNew, proxyLocalActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'
import { Life, MAX_WAKES } from './life.ts'
import type { Ref } from './messages.ts'

const { settleTask, awardCredits } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '20s',
  // A database that is away comes back: try again without limit, at most 30 s apart.
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' },
})

export async function task(ref: Ref): Promise<void> {
  const life = new Life()
  for (let wakes = 0; ; wakes++) {
    if (wakes >= MAX_WAKES) return continueAsNew<typeof task>(ref)
    life.look()
    const owed = await settleTask(ref)
    // Money is a step of its own, by name.
    for (const award of owed.awards) await awardCredits(ref, award)
    if (owed.again || owed.awards.length || life.dirty) continue
    life.know(owed)
    if (owed.final) return
    await life.rest(owed)
  }
}
