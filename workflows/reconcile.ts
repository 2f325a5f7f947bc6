/** The nightly comparison of every open row with its workflow; see activities/reconcile.ts. */
import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

const { reconcile } = proxyActivities<Activities>({
  startToCloseTimeout: '30m',
  heartbeatTimeout: '1m',
  retry: { maximumAttempts: 5 },
})

export async function nightlyReconcile(): Promise<void> {
  await reconcile()
}
