/** The command line: what people read, what scripts rely on, and whose credential goes where. */
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../operations/index.ts'
import { catalogue } from '../../domain/errors.ts'
import { exitCodeOf } from '../../cli/exit.ts'
import { runCli } from '../../cli/run.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

const checkout = resolve(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'guildhall-cli-'))
let world: World
beforeAll(async () => { world = await openWorld() })
afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

type Said = { code: number; out: string; err: string }
type Environment = Record<string, string>

/** Nobody else's profiles. */
const nowhere: Environment = { HOME: join(folder, 'nobody'), GUILDHALL_HOME: join(folder, 'no-home') }
const asOwner = (): Environment => ({ ...nowhere, GUILDHALL_URL: world.url, GUILDHALL_TOKEN: world.owner.token })

async function say(words: string[], env: Environment = asOwner()): Promise<Said> {
  const said = { out: '', err: '' }
  const code = await runCli(words, {
    env, columns: 100, out: (text) => { said.out += text }, err: (text) => { said.err += text },
    stdin: (async function* none() { /* nothing is typed */ })(),
  })
  return { code, ...said }
}

describe('exit codes', () => {
  test('every refusal has one of its class', () => {
    const codes = Object.values(catalogue).map(({ status }) => exitCodeOf(status))
    expect(codes.every((code) => code >= 2)).toBe(true)
    expect(exitCodeOf(0)).toBe(9)
  })

  const cases: [string, string[], number, string][] = [
    ['wrong input', ['task', 'create', '--title', ' '], 2, 'invalid_input'],
    ['no proof', ['agent', 'whoami', '--token', 'gh_nonsense'], 3, 'unauthenticated'],
    ['not allowed', ['credits', 'spend', '--amount', '1', '--reason', 'Tea'], 4, 'forbidden'],
    ['not found', ['task', 'get', 'TASK-99999'], 5, 'not_found'],
    ['a server that is away', ['task', 'list', '--url', 'http://127.0.0.1:1'], 9, 'unreachable'],
    ['an unknown noun', ['taks', 'list'], 2, 'Did you mean task?'],
    ['an unknown verb', ['task', 'lst'], 2, 'Did you mean task list?'],
    ['an unknown flag', ['task', 'list', '--tagg', 'x'], 2, 'Did you mean --tag?'],
    ['a missing id', ['task', 'get'], 2, 'It needs <id>'],
    ['one word too many', ['task', 'get', 'TASK-1', 'TASK-2'], 2, 'What is TASK-2?'],
    ['a flag without its text', ['task', 'list', '--tag'], 2, 'argument missing'],
    ['fields that are not JSON', ['task', 'create', '--fields', '{'], 2, 'one JSON object'],
    ['a nested field that is not there', ['workspace', 'update', '--settings.lease', '1'], 2, 'there is no lease there'],
    ['no such address', ['task', 'list', '--url', 'nonsense'], 2, 'is not an address'],
    ['nothing', [], 2, ''],
  ]
  test.each(cases)('%s', async (_, words, code, sentence) => {
    const said = await say(words)
    expect(said.code).toBe(code)
    expect(said.err).toContain(sentence)
  }, 15_000)

  test('a conflict is 6, and --json gives the problem as it came', async () => {
    const { key } = await world.owner.do('task.create', { title: 'Not yet' })
    const { code, err, out } = await say(['task', 'transition', key, '--to', 'done', '--json'])
    expect({ code, out }).toEqual({ code: 6, out: '' })
    expect(JSON.parse(err)).toMatchObject({ code: 'invalid_transition', from: 'backlog', to: 'done' })
  })
})

describe('flags', () => {
  test('carry texts, lists, JSON and nested values', async () => {
    const { out } = await say([
      'task', 'create', '--title', 'Flags', '--tags', 'a,b', '--tags', 'c', '--estimate', '1.5', '--input', '{"x":[1]}',
      '--required-capabilities', 'sql', '--required-capabilities', '{"tag":"go","proficiency":"expert"}',
      '--gates', '{"to":"done","policy":{"quorum":2}}', '--reward', '12.5', '--json',
    ])
    const task = JSON.parse(out)
    expect(task).toMatchObject({
      tags: ['a', 'b', 'c'], estimate: 1.5, input: { x: [1] }, reward: '12.5',
      required_capabilities: [{ tag: 'sql', proficiency: null }, { tag: 'go', proficiency: 'expert' }],
    })
    const cleared = await say(['task', 'update', task.key, '--estimate', 'null', '--if-match', '1', '--json'])
    expect(JSON.parse(cleared.out)).toMatchObject({ estimate: null, version: 2 })
    const stale = await say(['task', 'update', task.key, '--title', 'Stale', '--if-match', '1'])
    expect(stale).toMatchObject({ code: 6, err: expect.stringContaining('version_conflict') })
    const settings = await say([
      'workspace', 'update', '--settings.lease-seconds', '1234', '--settings.rates.task.done', '26', '--json'])
    expect(JSON.parse(settings.out).settings).toMatchObject({ lease_seconds: 1234, rates: { 'task.done': '26' } })
    const policy = await say([
      'gate', 'policy-create', '--scope.workspace', '--match.to', 'done', '--match.tags', 'x,y', '--json'])
    expect(JSON.parse(policy.out)).toMatchObject({ scope: { workspace: true }, match: { tags: ['x', 'y'] } })
  })

  test('the same idempotency key gives the same answer', async () => {
    const words = ['task', 'create', '--title', 'Once', '--idempotency-key', 'cli-once', '--json']
    const [first, again] = [await say(words), await say(words)]
    expect(again).toEqual(first)
  })
})

describe('for people', () => {
  test('lists are tables, single things are names and values', async () => {
    await world.owner.do('task.create', { title: 'Shown \u001b[31mred', status: 'todo', tags: ['shown'] })
    const list = await say(['task', 'list', '--tag', 'shown'])
    const [heads, row] = list.out.split('\n')
    expect(heads).toMatch(/^KEY +TITLE +STATUS +PRIORITY/)
    expect(row).toMatch(/^TASK-\d+ +Shown ·\[31mred +todo/)
    expect((await say(['task', 'list', '--tag', 'nobody-has-this'])).out).toBe('Nothing.\n')
    const more = await say(['event', 'list', '--limit', '1'])
    expect(more.out).toContain('There is more: --cursor ')
    const me = await say(['agent', 'whoami'])
    expect(me.out).toMatch(/^handle +owner$/m)
    expect(me.out).not.toContain('null')
  })

  test('help follows from the definitions, for all, a noun and every verb', async () => {
    const all = await say(['--help'])
    for (const noun of new Set(operations.map((one) => one.noun))) expect(all.out).toContain(noun)
    expect(all.out).toContain('Exit codes')
    const noun = await say(['task', '--help'])
    expect(noun.out).toContain('Take a task that is ready')
    for (const { noun: name, verb, summary } of operations) {
      const { code, out } = await say([name, verb.replaceAll('_', '-'), '--help'])
      expect(code).toBe(0)
      expect(out).toContain(summary)
      expect(out).toContain(`guildhall ${name} ${verb.replaceAll('_', '-')}`)
    }
  })

  test('says how to connect', async () => {
    const { out } = await say(['connect'])
    for (const name of ['OpenClaw', 'Claude Code', 'Codex', 'LangChain', 'CrewAI', 'curl']) expect(out).toContain(name)
    expect(out).toContain(`${world.url}/mcp`)
    expect(out).not.toContain(world.owner.token)
  })

  test('proofs have names of their own', async () => {
    expect((await say(['audit', 'verify'])).out).toContain('streams')
    expect((await say(['ledger', 'verify', '--json'])).out).toContain('"ok":true')
  })
})

describe('credentials', () => {
  const whoami = async (words: string[], env: Environment) =>
    JSON.parse((await say(['agent', 'whoami', '--json', ...words], env)).out).handle

  test('flags, environment, profile and the instance of this machine, in this order', async () => {
    const { ada, bob } = world.agents
    const home = join(folder, 'home')
    mkdirSync(join(home, 'secrets'), { recursive: true })
    writeFileSync(join(home, 'secrets', 'owner.token'), `${world.owner.token}\n`)
    const local = { HOME: join(folder, 'nobody'), GUILDHALL_HOME: home, GUILDHALL_URL: world.url }
    expect(await whoami([], local)).toBe('owner')
    writeFileSync(join(home, 'profiles.json'), JSON.stringify({
      default: 'ada', profiles: {
        ada: { url: world.url, keyid: ada!.keyid, secret: ada!.secret }, bob: { url: world.url, token: bob!.client.token },
      },
    }))
    expect(await whoami([], { ...local, GUILDHALL_URL: '' })).toBe('ada')
    expect(await whoami(['--profile', 'bob'], local)).toBe('bob')
    const key = { GUILDHALL_KEYID: bob!.keyid, GUILDHALL_SECRET: bob!.secret }
    expect(await whoami([], { ...local, ...key })).toBe('bob')
    expect(await whoami(['--token', world.owner.token], { ...local, ...key })).toBe('owner')
    expect(await whoami(['--profile', 'ada'], { ...local, ...key })).toBe('ada')
    const none = await say(['agent', 'whoami', '--profile', 'eve'], local)
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('There is no profile eve') })
  })

  test('a profile’s credential goes to its own server only', async () => {
    const seen: (string | undefined)[] = []
    const other: Server = createServer(({ headers }, response) => {
      seen.push(headers.authorization)
      response.writeHead(401, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify({ code: 'unauthenticated', status: 401, detail: 'Who?' }))
    })
    await new Promise<void>((done) => { other.listen(0, '127.0.0.1', done) })
    const home = join(folder, 'careful')
    mkdirSync(home)
    writeFileSync(join(home, 'profiles.json'), JSON.stringify({
      default: 'mine', profiles: { mine: { url: world.url, token: world.owner.token } },
    }))
    const address = `http://127.0.0.1:${(other.address() as { port: number }).port}`
    const said = await say(['agent', 'whoami', '--url', address], { HOME: folder, GUILDHALL_HOME: home })
    expect(said.code).toBe(3)
    expect(seen).toEqual([undefined])
    await new Promise((done) => other.close(done))
  })
})

describe('as a process', () => {
  const run = (file: string, words: string[], env: Environment = asOwner()) =>
    new Promise<Said>((done) => {
      execFile(file, words, { env: { PATH: process.env.PATH!, ...env } }, (error, out, err) =>
        done({ code: error ? Number(error.code) : 0, out, err }))
    })

  test('runs on whatever Node is there', async () => {
    const said = await run(join(checkout, 'cli', 'guildhall.mjs'), ['agent', 'whoami', '--json'])
    expect(said.err).toBe('')
    expect(JSON.parse(said.out)).toMatchObject({ handle: 'owner' })
    expect((await run(join(checkout, 'cli', 'guildhall.mjs'), ['task', 'get', 'TASK-99999'])).code).toBe(5)
  }, 30_000)

  test('a reader that goes away is no fault', async () => {
    const child = spawn(process.execPath, [join(checkout, 'cli', 'main.ts'), '--help'], {
      env: asOwner(), stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => { err += chunk })
    const code = await new Promise((done) => child.on('close', done))
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  test('login makes a link that signs a person in', async () => {
    const { config } = world
    const { out } = await run(process.execPath, [join(checkout, 'cli', 'main.ts'), 'login'], {
      ...nowhere, DATABASE_URL: config.databaseUrl!, PUBLIC_URL: world.url,
    })
    const link = /http\S+/.exec(out)![0]
    const signedIn = await fetch(link, { redirect: 'manual' })
    expect(signedIn.status).toBe(303)
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!
    const me = await fetch(`${world.url}/api/v1/agents/whoami`, { headers: { cookie } })
    expect(await me.json()).toMatchObject({ handle: 'owner', kind: 'human' })
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(401)
    const nobody = await run(process.execPath, [join(checkout, 'cli', 'main.ts'), 'login', 'eve'], {
      ...nowhere, DATABASE_URL: config.databaseUrl!,
    })
    expect(nobody).toMatchObject({ code: 1, err: 'There is no person eve there.\n' })
  }, 30_000)
})
