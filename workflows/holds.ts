/** The sweep of holds whose time is over, and of what else the clock does to credits. */
import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

const { sweepHolds } = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  // The next run comes soon enough.
  retry: { maximumAttempts: 1 },
})

export async function holdSweep(): Promise<void> {
  await sweepHolds()
}
