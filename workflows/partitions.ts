/** The daily look whether the months to come have their partitions; see db/functions. */
import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

const { makePartitions } = proxyActivities<Activities>({
  // It waits for a second at most, behind whoever holds the table, and tries again.
  startToCloseTimeout: '1m',
  retry: { maximumAttempts: 10 },
})

export async function partitionsAhead(): Promise<void> {
  await makePartitions()
}
