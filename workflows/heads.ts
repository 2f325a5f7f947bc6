/** The hourly signing of heads; see activities/heads.ts. */
import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

const { signHeads } = proxyActivities<Activities>({
  // The first head of a long log is signed after all of it was recomputed.
  startToCloseTimeout: '30m',
  retry: { maximumAttempts: 3 },
})

export async function headSigning(): Promise<void> {
  await signHeads()
}
