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
    const { awards, settles, ...owed } = await settleTask(ref)
    let again = owed.again
    // Money is a step of its own, by name; the last payment settles what nothing else is owed for.
    for (const [index, award] of awards.entries()) {
      const isLast = index === awards.length - 1 && !again
      again = await awardCredits(ref, award, isLast ? settles : null) || again
    }
    life.know(settles && !again ? { ...owed, settledVersion: settles } : owed)
    if (again || life.dirty) continue
    if (owed.final) return
    await life.rest(owed)
  }
}
