/** Schedules kept by the engine. */
import { ScheduleAlreadyRunning } from '@temporalio/client'
import type { Client, ScheduleSpec } from '@temporalio/client'

type Kept = { name: string; spec: ScheduleSpec; workflowType: string }

const schedules: Kept[] = [
  /** Every night at 03:17 UTC every open row is compared with its workflow. */
  {
    name: 'nightly-reconcile', spec: { calendars: [{ hour: 3, minute: 17 }] },
    workflowType: 'nightlyReconcile',
  },
  /** What holds keep whose time is over comes back within this. */
  { name: 'hold-sweep', spec: { intervals: [{ every: '10s' }] }, workflowType: 'holdSweep' },
  /** What a stream was is vouched for within this; an untouched one is left alone. */
  { name: 'head-signing', spec: { intervals: [{ every: '1h' }] }, workflowType: 'headSigning' },
  /** Transfers are kept by month: the partitions of the months to come are made long before. */
  {
    name: 'partitions', spec: { calendars: [{ hour: 4, minute: 41 }] },
    workflowType: 'partitionsAhead',
  },
]

export async function ensureSchedules(client: Client, taskQueue: string): Promise<void> {
  for (const schedule of schedules) await ensure(client, taskQueue, schedule)
}

async function ensure(
  client: Client, taskQueue: string, { name, spec, workflowType }: Kept,
): Promise<void> {
  const id = `${name}/${taskQueue}`
  try {
    await client.withDeadline(Date.now() + 5000, () => client.schedule.create({
      scheduleId: id, spec, policies: { overlap: 'SKIP', catchupWindow: '1m' },
      action: { type: 'startWorkflow', workflowType, taskQueue, workflowId: id },
    }))
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
  }
}
