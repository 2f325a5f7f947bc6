/**
 * The topology of docker-compose.yml as processes: api, worker and relay apart, one Postgres, one
 * Temporal. Each health check tells its own process, and work done by one is seen by the others.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../config.ts'
import { startChild, type Child } from '../../ops/children.ts'
import { healthFaults } from '../../ops/health.ts'
import { quietPort } from '../../ops/ports.ts'
import { startPostgres, type Postgres } from '../../ops/postgres.ts'
import { startTemporal, type Temporal } from '../../ops/temporal.ts'

const home = mkdtempSync(join(tmpdir(), 'guildhall-topology-'))
const quiet = { home, log: () => undefined }
const ownerToken = 'the-owner-token-of-the-topology-test'
type Role = 'api' | 'worker' | 'relay'
const running: Partial<Record<Role, Child>> = {}
let postgres: Postgres
let temporal: Temporal
let environment: Record<string, string>

const start = async (role: Role) => {
  running[role] = await startChild({
    home, name: role, script: resolve(import.meta.dirname, '..', '..', 'main.ts'),
    environment: { ...environment, GUILDHALL_ROLES: role }, signal: new AbortController().signal,
  })
}
const faultsOf = (role: Role) =>
  healthFaults(readConfig({ ...environment, GUILDHALL_ROLES: role }))

async function call(path: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`http://127.0.0.1:${environment.PORT}/api/v1${path}`, {
    ...body && { method: 'POST', body: JSON.stringify(body) },
    headers: { authorization: `Bearer ${ownerToken}`, 'content-type': 'application/json' },
  })
  return await answer.json() as Record<string, unknown>
}
const createTask = async (title: string) =>
  String((await call('/tasks', { title, status: 'todo' })).key)
const settledAt = async (key: string) =>
  (await call(`/tasks/${key}?wait=20&settled=true`)).settled_at

beforeAll(async () => {
  [postgres, temporal] = await Promise.all([startPostgres(quiet), startTemporal(quiet)])
  environment = {
    DATABASE_URL: postgres.appUrl, MIGRATION_URL: postgres.ownerUrl, GUILDHALL_HOME: home,
    TEMPORAL_ADDRESS: temporal.address, HOST: '127.0.0.1', PORT: String(await quietPort(null)),
    GUILDHALL_MASTER_KEY: randomBytes(32).toString('base64'), GUILDHALL_OWNER_TOKEN: ownerToken,
  }
  // All at once, as compose starts them: the migrations are applied once.
  await Promise.all([start('api'), start('worker'), start('relay')])
}, 180_000)

afterAll(async () => {
  await Promise.all(Object.values(running).map((one) => one.stop()))
  await Promise.all([postgres?.stop(), temporal?.stop()])
  rmSync(home, { recursive: true, force: true })
}, 60_000)

test('what the api commits, the worker settles', async () => {
  expect(await settledAt(await createTask('apart'))).toMatch(/^\d{4}-/)
  for (const role of ['api', 'worker', 'relay'] as const) expect(await faultsOf(role)).toEqual([])
}, 60_000)

test('without a worker the api goes on, and a new worker settles what is open', async () => {
  await running.worker!.stop()
  const key = await createTask('while nobody works')
  expect((await call(`/tasks/${key}`)).settled_at).toBeNull()
  await start('worker')
  expect(await settledAt(key)).toMatch(/^\d{4}-/)
}, 60_000)

test('each health check tells its own process', async () => {
  await Promise.all([running.api!.stop(), running.relay!.stop()])
  expect(await faultsOf('relay')).toEqual(['no relay of this host is connected to Postgres'])
  expect(await faultsOf('api')).toHaveLength(1)
  expect(await faultsOf('worker')).toEqual([])
  expect(await healthFaults(readConfig({ ...environment, GUILDHALL_ROLES: 'worker',
    GUILDHALL_TASK_QUEUE: 'nobody' }))).toEqual([expect.stringContaining('no worker of ')])
}, 60_000)
