/** The embedded engines are real, keep what they were told, and come back from a kill. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Connection } from '@temporalio/client'
import { recall } from '../../ops/home.ts'
import { withClient } from '../../ops/postgres-cluster.ts'
import { startPostgres, type Postgres } from '../../ops/postgres.ts'
import { hasEnded, identify, isRunning } from '../../ops/processes.ts'
import { startTemporal } from '../../ops/temporal.ts'

const home = mkdtempSync(join(tmpdir(), 'guildhall-engines-'))
const said: string[] = []
const options = { home, log: (text: string) => { said.push(text) } }
let postgres: Postgres

const ask = (url: string, text: string) => withClient(url, (query) => query(text))

afterAll(async () => {
  await postgres?.stop()
  rmSync(home, { recursive: true, force: true })
})

test('Postgres 18 starts with an owner, an application role and durable settings', async () => {
  postgres = await startPostgres(options)
  const rows = await ask(postgres.appUrl, `select current_user as role, current_database() as name,
    current_setting('server_version_num')::int / 10000 as major, current_setting('fsync') as fsync,
    current_setting('full_page_writes') as pages, current_setting('synchronous_commit') as commits,
    current_setting('listen_addresses') as addresses, current_setting('TimeZone') as zone`)
  expect(rows).toEqual([{
    role: 'guildhall_app', name: 'guildhall', major: 18, fsync: 'on', pages: 'on', commits: 'on',
    addresses: '127.0.0.1', zone: 'UTC',
  }])
  await ask(postgres.ownerUrl, 'create table kept (word text)')
  await expect(ask(postgres.appUrl, 'create table mine ()')).rejects.toThrow(/permission denied/)
  await expect(ask(postgres.appUrl.replace(/:[^:@]+@/, ':wrong@'), 'select 1'))
    .rejects.toThrow(/password authentication failed/)
}, 30_000)

test('a second start finds the data on the same port', async () => {
  await ask(postgres.ownerUrl, "insert into kept values ('a')")
  const before = postgres
  await postgres.stop()
  postgres = await startPostgres(options)
  expect(postgres.port).toBe(before.port)
  expect(await ask(before.ownerUrl, 'select * from kept')).toEqual([{ word: 'a' }])
}, 30_000)

test('after a kill it comes back with everything that was committed', async () => {
  const { port, pid, ended } = postgres
  await ask(postgres.ownerUrl, "insert into kept values ('b')")
  process.kill(pid, 'SIGKILL')
  expect(await ended).toBe('signal SIGKILL')
  postgres = await startPostgres({ ...options, port })
  expect(await ask(postgres.ownerUrl, 'select word from kept order by 1'))
    .toEqual([{ word: 'a' }, { word: 'b' }])
}, 30_000)

test('a server that a killed instance left behind is stopped, not refused', async () => {
  const left = postgres
  postgres = await startPostgres(options)
  expect(postgres.pid).not.toBe(left.pid)
  expect(await left.ended).toBe('exit code 0')
  expect(said.join()).toContain(`left behind (process ${left.pid})`)
}, 30_000)

test('a stale pid file does not matter, even if its number is another process now', async () => {
  await postgres.stop()
  const bystander = spawn(process.execPath, ['-e', 'setTimeout(() => 0, 60000)'])
  const { folder } = recall<{ folder: string }>(home, 'postgres')!
  writeFileSync(join(folder, 'data', 'postmaster.pid'), `${bystander.pid}\n${folder}\n`)
  postgres = await startPostgres(options)
  expect(isRunning(identify(bystander.pid!)!)).toBe(true)
  bystander.kill()
}, 30_000)

test('a taken port gives way to another one', async () => {
  const { port } = postgres
  await postgres.stop()
  const taker = createServer().listen(port, '127.0.0.1')
  postgres = await startPostgres(options)
  expect(postgres.port).not.toBe(port)
  await new Promise((done) => taker.close(done))
}, 30_000)

test('it is refused with settings that can lose a commit', async () => {
  await ask(postgres.adminUrl, 'alter role guildhall_app set synchronous_commit = off')
  await postgres.stop()
  await expect(startPostgres(options)).rejects.toThrow(/synchronous_commit/)
  const { folder } = recall<{ folder: string }>(home, 'postgres')!
  expect(() => readFileSync(join(folder, 'data', 'postmaster.pid'))).toThrow(/ENOENT/)
}, 30_000)

test('Temporal keeps its namespace, attributes and data over a stop and a kill', async () => {
  const first = await startTemporal(options)
  await on(first.address, (server) => server.workflowService.registerNamespace({
    namespace: 'kept', workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  }))
  await first.stop()
  const second = await startTemporal(options)
  expect([second.port, second.databaseFile]).toEqual([first.port, first.databaseFile])
  process.kill(second.pid, 'SIGKILL')
  expect(await second.ended).toBe('signal SIGKILL')
  const third = await startTemporal({ ...options, port: first.port })
  const answer = await on(third.address, async ({ workflowService, operatorService }) => ({
    kept: await workflowService.describeNamespace({ namespace: 'kept' }),
    found: await operatorService.listSearchAttributes({ namespace: 'default' }),
    ui: await fetch(third.uiUrl),
  }))
  expect(answer.kept.namespaceInfo?.name).toBe('kept')
  // 2 = Keyword in the server's own list of types.
  expect(answer.found.customAttributes).toEqual({ Workspace: 2, Kind: 2, Key: 2 })
  expect(answer.ui.status).toBe(200)
  const left = await startTemporal(options)
  expect(await third.ended).toBe('exit code 0')
  await left.stop()
}, 200_000)

test('engines end with the process that started them, even if that is killed', async () => {
  const ops = new URL('../../ops/', import.meta.url).href
  const starter = spawn(process.execPath, ['--input-type=module', '-e', `
    const options = { home: ${JSON.stringify(join(home, 'other'))}, log: () => undefined }
    const { startPostgres } = await import('${ops}postgres.ts')
    const { startTemporal } = await import('${ops}temporal.ts')
    const engines = await Promise.all([startPostgres(options), startTemporal(options)])
    console.log(JSON.stringify(engines.map(({ pid }) => pid)))
  `], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((done) => starter.stdout.once('data', (chunk) =>
    done(String(chunk))))
  const engines = (JSON.parse(line) as number[]).map((pid) => identify(pid)!)
  expect(engines.every(isRunning)).toBe(true)
  starter.kill('SIGKILL')
  for (const engine of engines) expect(await hasEnded(engine, 10_000)).toBe(true)
}, 60_000)

async function on<T>(address: string, run: (server: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: 5_000 })
  try {
    return await connection.withDeadline(Date.now() + 5_000, () => run(connection))
  } finally {
    await connection.close()
  }
}
