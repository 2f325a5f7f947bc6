/** `guildhall doctor` finds what is wrong on real engines, and says what to do. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../config.ts'
import { migrate } from '../../db/migrate.ts'
import { doctor } from '../../ops/doctor.ts'
import { lockHome } from '../../ops/home.ts'
import { withClient } from '../../ops/postgres-cluster.ts'
import { startPostgres, type Postgres } from '../../ops/postgres.ts'
import { startTemporal, type Temporal } from '../../ops/temporal.ts'

const home = mkdtempSync(join(tmpdir(), 'guildhall-doctor-'))
const quiet = { home, log: () => undefined }
let postgres: Postgres
let temporal: Temporal

const look = async (environment: Record<string, string> = {}) => {
  const findings = await doctor(readConfig({ GUILDHALL_HOME: home, ...environment }))
  return findings.filter(({ state }) => state !== 'ok')
    .map(({ state, what, remedy }) => `${state}: ${what} → ${remedy}`)
}

beforeAll(async () => {
  [postgres, temporal] = await Promise.all([startPostgres(quiet), startTemporal(quiet)])
}, 120_000)

afterAll(async () => {
  await Promise.all([postgres?.stop(), temporal?.stop()])
  rmSync(home, { recursive: true, force: true })
})

test('a home without an instance, a database without tables', async () => {
  expect(await look()).toEqual([
    'fault: No instance works in this home. → Start Guildhall: npm start',
    expect.stringMatching(/^fault: The database lacks 0001.* → Start Guildhall: it applies/),
  ])
}, 20_000)

test('nothing to say when all is well', async () => {
  await migrate(postgres.ownerUrl, 'guildhall_app')
  lockHome(home)
  expect(await look()).toEqual([])
}, 20_000)

test('a namespace without the search attributes', async () => {
  // Every server has this one for itself.
  expect(await look({ TEMPORAL_NAMESPACE: 'temporal-system' })).toEqual([
    expect.stringMatching(/^fault: .* lacks the search attributes Workspace, Kind, Key\. → For/),
  ])
}, 20_000)

test('the owner as application, and settings that can lose a commit', async () => {
  await withClient(postgres.adminUrl, (query) =>
    query('alter role guildhall_owner set synchronous_commit = off'))
  expect(await look({ DATABASE_URL: postgres.ownerUrl })).toEqual([
    expect.stringMatching(/^fault: Postgres runs with synchronous_commit=off.* → alter system set/),
    expect.stringMatching(/^warning: The application works as guildhall_owner, who owns the/),
  ])
}, 20_000)

test('parked steps, by subject, step and error', async () => {
  await withClient(postgres.adminUrl.replace(/postgres$/, 'guildhall'), async (query) => {
    await query("insert into workspaces (name, key_prefix) values ('main', 'TASK')")
    await query(`insert into parked_steps select id, 'task', id, 1, 'award', 'division by zero', 1,
      now(), now() from workspaces`)
  })
  expect(await look()).toEqual([
    expect.stringMatching(/^warning: Steps are parked .*task award \(1\): division by zero → /),
  ])
}, 20_000)

test('engines that are away', async () => {
  await Promise.all([postgres.stop(), temporal.stop()])
  expect(await look()).toEqual([
    expect.stringMatching(/^fault: Postgres at 127\.0\.0\.1:.* does not answer: .* → Start /),
    expect.stringMatching(/^fault: Temporal at 127\.0\.0\.1:.* does not answer .* → Start /),
  ])
}, 20_000)
