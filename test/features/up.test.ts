/** `npm start` from outside: what it prints, what it refuses, and that it leaves nothing behind. */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, expect, test } from 'vitest'
import { quietPort } from '../../ops/ports.ts'
import { hasEnded, identify, isRunning, type ProcessIdentity } from '../../ops/processes.ts'

const checkout = resolve(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'guildhall-up-'))
const home = join(folder, 'home')
// Run by root, Postgres is another user, who must be able to pass.
chmodSync(folder, 0o711)

/** Our own processes without their work: they answer, fail or drain as their roles say. */
writeFileSync(join(folder, 'main.mjs'), `
  import { createServer } from 'node:http'
  const { GUILDHALL_ROLES: roles, PORT, HOST, HOW } = process.env
  process.on('disconnect', () => process.exit(0))
  process.on('SIGTERM', () => setTimeout(() => process.exit(0), 200))
  const url = 'http://' + HOST + ':' + PORT
  if (HOW === 'fail') process.send({ failed: 'the moon is in the way' }, () => process.exit(1))
  else if (roles !== 'api') process.send({ ready: true, workspace: 'main' })
  else createServer((request, response) => response.end(JSON.stringify(process.env)))
    .listen(Number(PORT), HOST, () =>
      process.send({ ready: true, url, workspace: 'main', signIn: url + '/sign-in' }))
  setInterval(() => undefined, 1000)
`)
writeFileSync(join(folder, 'up.mjs'), `
  import { up } from ${JSON.stringify(pathToFileURL(join(checkout, 'ops', 'up.ts')).href)}
  import { readConfig } from ${JSON.stringify(pathToFileURL(join(checkout, 'config.ts')).href)}
  const usual = Number(process.env.USUAL_PORT)
  process.exitCode = await up({
    config: { ...readConfig(), ...usual && { port: usual } }, script: ${JSON.stringify(join(folder, 'main.mjs'))},
    json: process.argv.includes('--json'),
  })
`)

type Instance = {
  child: ChildProcess
  stdout: () => string
  stderr: () => string
  says: (words: string | RegExp) => Promise<string>
  exit: Promise<number | null>
}
const instances: Instance[] = []

/** As npm starts it: by scripts/run.mjs, in a process group of its own like a terminal's. */
function start(environment: Record<string, string> = {}, ...args: string[]): Instance {
  const child = spawn(process.execPath, [
    join(checkout, 'scripts', 'run.mjs'), join(folder, 'up.mjs'), ...args,
  ], {
    detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', GUILDHALL_HOME: home, ...environment },
  })
  const said = { stdout: '', stderr: '' }
  child.stdout!.on('data', (chunk: Buffer) => { said.stdout += chunk })
  child.stderr!.on('data', (chunk: Buffer) => { said.stderr += chunk })
  const says = async (words: string | RegExp) => {
    for (const until = Date.now() + 30_000; Date.now() < until; await sleep(25)) {
      const all = `${said.stdout}${said.stderr}`
      if (typeof words === 'string' && all.includes(words)) return words
      const found = typeof words === 'string' ? null : words.exec(all)
      if (found) return found[0]
      if (child.exitCode !== null) break
    }
    throw new Error(`It never said ${words}, but:\n${said.stdout}\n${said.stderr}`)
  }
  const exit = new Promise<number | null>((done) => child.on('close', (code) => done(code)))
  const instance = { child, stdout: () => said.stdout, stderr: () => said.stderr, says, exit }
  instances.push(instance)
  return instance
}

type Known = Record<'postgres' | 'temporal' | 'api' | 'worker', ProcessIdentity>
const known = (): Known => JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8'))
const everyone = (processes: Known) => Object.values(processes)

afterEach(async () => {
  for (const { child, exit } of instances.splice(0)) {
    if (child.exitCode === null) child.kill('SIGTERM')
    await exit
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('it announces itself, refuses a second one, and Ctrl-C leaves nothing behind', async () => {
  const port = await quietPort(null)
  const first = start({ PORT: String(port) })
  await first.says('Temporal UI: ')
  expect(first.stdout()).toMatch(new RegExp([
    `^Guildhall is ready: http://127.0.0.1:${port}$`,
    `^Sign in .*: http://127.0.0.1:${port}/sign-in$`,
    '^Temporal UI: http://127.0.0.1:\\d+$',
  ].join('\n'), 'm'))
  const told = await (await fetch(`http://127.0.0.1:${port}`)).json() as Record<string, string>
  expect(told.DATABASE_URL).toMatch(/^postgres:\/\/guildhall_app:/)
  expect(told.MIGRATION_URL).toMatch(/^postgres:\/\/guildhall_owner:/)
  expect(told.TEMPORAL_ADDRESS).toMatch(/^127\.0\.0\.1:\d+$/)
  expect(Buffer.from(told.GUILDHALL_MASTER_KEY!, 'base64')).toHaveLength(32)
  const second = start({ PORT: String(port) })
  expect(await second.exit).toBe(1)
  expect(second.stderr()).toContain(`The home ${home} is in use by process `)
  const processes = known()
  expect(everyone(processes).every(isRunning)).toBe(true)
  // A terminal sends Ctrl-C to all in the foreground at once; run.mjs passes it on besides.
  process.kill(-first.child.pid!, 'SIGINT')
  expect(await first.exit).toBe(0)
  expect(everyone(processes).some(isRunning)).toBe(false)
}, 60_000)

test('whatever is killed comes back, and --json prints one line', async () => {
  const port = await quietPort(null)
  const instance = start({ PORT: String(port) }, '--json')
  const line = JSON.parse(await instance.says(/^\{.*\}$/m))
  expect(line).toEqual({
    url: `http://127.0.0.1:${port}`, workspace: 'main', sign_in: `http://127.0.0.1:${port}/sign-in`,
    temporal_ui: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  })
  const before = known()
  for (const one of everyone(before)) process.kill(one.pid, 'SIGKILL')
  for (const name of ['Postgres', 'Temporal', 'The api process', 'The worker process']) {
    await instance.says(`${name} ended (signal SIGKILL); starting it again in 1 s.`)
    await instance.says(`${name} is running again.`)
  }
  expect(instance.stdout().trim().split('\n')).toHaveLength(1)
  const after = known()
  expect(everyone(after).every(isRunning)).toBe(true)
  expect(await (await fetch(`http://127.0.0.1:${port}`)).json()).toBeTruthy()
  instance.child.kill('SIGTERM')
  expect(await instance.exit).toBe(0)
  expect(everyone(after).some(isRunning)).toBe(false)
}, 60_000)

test('a killed instance leaves a home that the next one takes over', async () => {
  const killed = start({ PORT: String(await quietPort(null)) })
  await killed.says('Guildhall is ready')
  const left = known()
  const supervisor = identify(JSON.parse(readFileSync(join(home, 'lock'), 'utf8')).pid)!
  process.kill(supervisor.pid, 'SIGKILL')
  expect(await killed.exit).toBe(137)
  expect(await hasEnded(left.api, 2_000)).toBe(true)
  const next = start({ PORT: String(await quietPort(null)) })
  await next.says('Guildhall is ready')
  expect(everyone(left).some(isRunning)).toBe(false)
  expect(everyone(known()).every(isRunning)).toBe(true)
}, 60_000)

test('only the roles asked for run', async () => {
  const instance = start({ GUILDHALL_ROLES: 'relay' })
  await instance.says('Guildhall is ready: relay')
  expect(Object.keys(known()).sort()).toEqual(['postgres', 'temporal', 'worker'])
}, 60_000)

test('a process that cannot start says why, and everything is stopped again', async () => {
  const instance = start({ HOW: 'fail', PORT: String(await quietPort(null)) })
  expect(await instance.exit).toBe(1)
  expect(instance.stderr()).toContain('the moon is in the way')
  expect(everyone(known()).some((one) => one && isRunning(one))).toBe(false)
}, 60_000)

test('a port asked for and taken is an error; the usual one gives way', async () => {
  const taken = await quietPort(null)
  const taker = createServer()
  await new Promise<void>((done) => taker.listen(taken, '127.0.0.1', done))
  const refused = start({ PORT: String(taken) })
  expect(await refused.exit).toBe(1)
  expect(refused.stderr()).toContain(`Port ${taken} on 127.0.0.1 is in use, and PORT asks for it`)
  const moved = start({ USUAL_PORT: String(taken) })
  const [, chosen] = /taking (\d+) instead/.exec(await moved.says(/taking \d+ instead/))!
  await moved.says(`Guildhall is ready: http://127.0.0.1:${chosen}`)
  await new Promise((done) => taker.close(done))
}, 60_000)
