/** The home belongs to one instance, its secrets to its owner; the server's program is fetched. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { HomeInUse, lockHome, makeHome, masterKey, ownerToken } from '../../ops/home.ts'
import { logFile, openLog } from '../../ops/logs.ts'
import { identify, isRunning } from '../../ops/processes.ts'
import { download } from '../../ops/temporal-binary.ts'

const folder = mkdtempSync(join(tmpdir(), 'guildhall-home-'))
let home = folder

beforeEach(({ task }) => {
  home = join(folder, task.id)
  makeHome(home)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a second instance is refused, naming the home and the process that holds it', () => {
  const lock = lockHome(home)
  expect(() => lockHome(home)).toThrow(HomeInUse)
  expect(() => lockHome(home)).toThrow(
    new RegExp(`The home ${home} is in use by process ${process.pid}`))
  lock.release()
  lockHome(home).release()
})

test.each([
  ['whose process has ended', { pid: spawnSync('true').pid, startedAt: '1' }],
  ['whose number is another process now', { ...identify(process.pid)!, startedAt: '1' }],
  ['that is half written', '{"pid":'],
])('a lock %s is taken over', (_case, holder) => {
  writeFileSync(join(home, 'lock'), typeof holder === 'string' ? holder : JSON.stringify(holder))
  lockHome(home)
  expect(() => lockHome(home)).toThrow(HomeInUse)
})

test('secrets are made once and only their owner reads them', () => {
  expect(Buffer.from(masterKey(home, null), 'base64')).toHaveLength(32)
  expect(masterKey(home, null)).toBe(masterKey(home, null))
  expect(masterKey(home, 'given')).toBe('given')
  expect(statSync(join(home, 'secrets', 'master.key')).mode & 0o777).toBe(0o600)
  expect(statSync(join(home, 'secrets')).mode & 0o777).toBe(0o700)
  expect(statSync(home).mode & 0o066).toBe(0)
})

test('the owner token given at the first start stays', () => {
  const given = 'the-owner-token-given-at-the-first-start'
  expect(ownerToken(home, given)).toBe(given)
  expect(ownerToken(home, 'another-token-given-at-a-later-start')).toBe(given)
  expect(ownerToken(home, null)).toBe(given)
})

test('an owner token that is made is long enough and new', () => {
  expect(ownerToken(home, null)).toMatch(/^gh_.{40,}$/)
})

test('a log above its size makes way', () => {
  writeFileSync(logFile(home, 'api'), Buffer.alloc(11 * 1024 * 1024, 'x'))
  openLog(home, 'api')
  expect(statSync(logFile(home, 'api')).size).toBe(0)
  expect(statSync(`${logFile(home, 'api')}.1`).size).toBe(11 * 1024 * 1024)
})

test('a process is known by when it started, too', () => {
  const own = identify(process.pid)!
  expect(isRunning(own)).toBe(true)
  expect(isRunning({ ...own, startedAt: '1' })).toBe(process.platform === 'win32')
  expect(identify(spawnSync('true').pid)).toBeNull()
})

test('Temporal is fetched by asking its site for the archive of this version', async () => {
  const packed = join(home, 'packed')
  mkdirSync(packed)
  writeFileSync(join(packed, 'temporal'), 'the program')
  spawnSync('tar', ['-czf', join(home, 'temporal.tar.gz'), '-C', packed, 'temporal'])
  const asked: string[] = []
  const site = createServer((request, response) => {
    asked.push(request.url!)
    const archiveUrl = `http://${request.headers.host}/archive`
    response.end(request.url === '/archive'
      ? readFileSync(join(home, 'temporal.tar.gz'))
      : JSON.stringify({ archiveUrl, fileToExtract: 'temporal' }))
  }).listen(0, '127.0.0.1')
  await new Promise((done) => site.once('listening', done))
  const { port } = site.address() as AddressInfo
  const program = await download(home, undefined, `http://127.0.0.1:${port}`)
  expect(readFileSync(program, 'utf8')).toBe('the program')
  expect(asked[0]).toMatch(/^\/cli\/v1\.9\.1\?arch=(amd64|arm64)&platform=(linux|darwin)&format=/)
  site.closeAllConnections()
  await new Promise((done) => site.close(done))
})
