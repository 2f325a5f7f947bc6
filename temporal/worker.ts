/** The worker: runs workflows and activities. Bundled once per version of the workflows. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DefaultLogger, NativeConnection, Runtime, Worker, bundleWorkflowCode, makeTelemetryFilterString,
} from '@temporalio/worker'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { Activities } from '../activities/index.ts'
import type { EngineAddress } from './connection.ts'

const root = join(import.meta.dirname, '..')
const workflowsPath = join(root, 'workflows', 'index.ts')

/** Everything a workflow can reach: its own folder, and the SDK by its version. */
async function bundleKey(): Promise<string> {
  const hash = createHash('sha256')
  const folder = join(root, 'workflows')
  for (const name of (await readdir(folder)).sort()) hash.update(await readFile(join(folder, name)))
  hash.update(await readFile(join(root, 'package-lock.json')))
  return hash.digest('hex').slice(0, 16)
}

/** The bundle as one file; made when the sources changed (a few seconds), else found. */
export async function workflowBundle(cacheFolder: string): Promise<string> {
  const path = join(cacheFolder, `workflows-${await bundleKey()}.js`)
  if (await readFile(path).then(() => true, () => false)) return path
  const { code } = await bundleWorkflowCode({
    workflowsPath, logger: quietLogger, ignoreModules: [],
  })
  await mkdir(cacheFolder, { recursive: true })
  await writeFile(`${path}.${process.pid}`, code)
  await rename(`${path}.${process.pid}`, path)
  return path
}

export type WorkerLog = { warn: (fields: object, message: string) => void }

/** The SDK's own log goes where ours goes, from warnings up. Once per process, before anything. */
export function installRuntime(log: WorkerLog): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('WARN', ({ message, meta }) => log.warn({ ...meta }, message)),
      telemetryOptions: {
        logging: {
          filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {},
        },
      },
    })
  } catch {
    // Installed before, in this process: the first logger stays.
  }
}

const silent = (): void => undefined
const quietLogger = {
  log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent,
}

export type WorkerOptions = EngineAddress & {
  taskQueue: string
  activities: Activities
  bundlePath: string
}

/** Connects and starts; throws while the engine does not answer. */
export async function createWorker(options: WorkerOptions): Promise<Worker> {
  const { address, namespace, taskQueue, activities, bundlePath } = options
  const connection = await NativeConnection.connect({
    ...loadClientConnectConfig().connectionOptions,
    ...(address ? { address } : {}),
  })
  return Worker.create({
    connection, namespace, taskQueue,
    activities: { ...activities },
    workflowBundle: { codePath: bundlePath },
    // A killed worker's sticky queue is given up after a second.
    stickyQueueScheduleToStartTimeout: '1s',
    maxConcurrentLocalActivityExecutions: 40,
    shutdownGraceTime: '5s',
    shutdownForceTime: '9s',
  })
}
