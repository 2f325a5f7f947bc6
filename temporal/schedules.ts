/** Schedules kept by the engine. */
import { ScheduleAlreadyRunning } from '@temporalio/client'
import type { Client } from '@temporalio/client'

/** Every night at 03:17 UTC every open row is compared with its workflow. */
export async function ensureSchedules(client: Client, taskQueue: string): Promise<void> {
  try {
    await client.withDeadline(Date.now() + 5000, () => client.schedule.create({
      scheduleId: `nightly-reconcile/${taskQueue}`,
      spec: { calendars: [{ hour: 3, minute: 17 }] },
      policies: { overlap: 'SKIP' },
      action: {
        type: 'startWorkflow', workflowType: 'nightlyReconcile', taskQueue,
        workflowId: `nightly-reconcile/${taskQueue}`,
      },
    }))
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
  }
}
