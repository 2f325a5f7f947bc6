/**
 * The yardstick: a bare Temporal Update of a workflow that only counts, on the same server, in the
 * same run. Everything else is reported as a ratio to it.
 */
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { count, counter } from './counter.ts'

const TASK_QUEUE = 'bench-yardstick'

export type Yardstick = {
  /** One Update of the caller's own workflow. */
  update: (caller: number) => Promise<void>
  stop: () => Promise<void>
}

/** Run in a process of its own: `node bench/yardstick.ts <address>`. */
async function runWorker(address: string): Promise<void> {
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }), taskQueue: TASK_QUEUE,
    workflowsPath: new URL('./counter.ts', import.meta.url).pathname,
  })
  process.on('disconnect', () => worker.shutdown())
  process.send?.({ ready: true })
  await worker.run()
  process.exit(0)
}

export async function startYardstick(address: string, callers: number): Promise<Yardstick> {
  const { fork } = await import('node:child_process')
  const child = fork(import.meta.filename, [address], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await new Promise((resolve) => child.once('message', resolve))
  const connection = await Connection.connect({ address })
  const client = new Client({ connection })
  const handles = await Promise.all(Array.from({ length: callers }, (_, caller) =>
    client.workflow.start(counter, {
      taskQueue: TASK_QUEUE, workflowId: `bench-counter/${caller}`,
    })))
  const turns = Array.from({ length: callers }, () => 0)
  return {
    update: async (caller) => {
      // Long histories slow replay: a run of its own after 400 updates, as ours continue as new.
      if (++turns[caller]! % 400 === 0) {
        await handles[caller]!.terminate()
        handles[caller] = await client.workflow.start(counter, {
          taskQueue: TASK_QUEUE, workflowId: `bench-counter/${caller}`,
        })
      }
      await handles[caller]!.executeUpdate(count)
    },
    stop: async () => {
      await Promise.all(handles.map((handle) => handle.terminate().catch(() => undefined)))
      await connection.close()
      child.disconnect()
    },
  }
}

if (import.meta.main) await runWorker(process.argv[2]!)
