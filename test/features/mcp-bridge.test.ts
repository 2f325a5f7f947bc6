/** `guildhall mcp` as a process: what a client that only starts commands relies on. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import * as modern from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld() })
afterAll(() => world?.close())

const main = join(resolve(import.meta.dirname, '..', '..'), 'cli', 'main.ts')
type Bridge = {
  child: ChildProcess
  send: (message: unknown) => void
  said: any[]
  err: () => string
  answer: (id: number) => Promise<any>
}
const bridges: Bridge[] = []
afterEach(() => { for (const { child } of bridges.splice(0)) child.kill('SIGKILL') })

/** Speaks to the bridge as a client does, line by line. */
function start(env: Record<string, string>): Bridge {
  const child = spawn(process.execPath, [main, 'mcp'], { env: { HOME: '/nonexistent', ...env }, stdio: 'pipe' })
  const said: any[] = []
  let rest = ''
  let err = ''
  child.stdout!.on('data', (chunk: Buffer) => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop()!
    said.push(...lines.map((line) => JSON.parse(line)))
  })
  child.stderr!.on('data', (chunk: Buffer) => { err += chunk })
  const bridge: Bridge = {
    child, said, err: () => err,
    send: (message) => {
      child.stdin!.write(typeof message === 'string' ? message : `${JSON.stringify({ jsonrpc: '2.0', ...message as object })}\n`)
    },
    answer: (id) => eventually(async () => said.find((one) => one.id === id && ('result' in one || 'error' in one))),
  }
  bridges.push(bridge)
  return bridge
}

const asAda = () => {
  const { keyid, secret } = world.agents.ada!
  return { GUILDHALL_URL: world.url, GUILDHALL_KEYID: keyid, GUILDHALL_SECRET: secret }
}
const initialize = {
  id: 1, method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } },
}

test('signs as the agent, in the older era', async () => {
  const bridge = start(asAda())
  bridge.send(initialize)
  expect((await bridge.answer(1)).result).toMatchObject({ protocolVersion: '2025-06-18', serverInfo: { name: 'guildhall' } })
  bridge.send({ method: 'notifications/initialized' })
  for (let id = 2; id < 12; id++) bridge.send({ id, method: 'tools/call', params: { name: 'agent_whoami', arguments: {} } })
  for (let id = 2; id < 12; id++) {
    expect((await bridge.answer(id)).result.structuredContent).toMatchObject({ handle: 'ada' })
  }
  expect(bridge.said).toHaveLength(11)
  bridge.child.stdin!.end()
  expect(await new Promise((done) => bridge.child.on('close', done))).toBe(0)
  expect(bridge.err()).toBe('')
})

test('carries the newer era, changes included', async () => {
  const client = new modern.Client({ name: 't', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StdioClientTransport({
    command: process.execPath, args: [main, 'mcp'], env: { HOME: '/nonexistent', ...asAda() },
  }))
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28')
  const task = await world.owner.do('task.create', { title: 'Watched', status: 'todo' })
  const heard: string[] = []
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => { heard.push(params.uri) })
  const subscription = await client.listen({ resourceSubscriptions: [`task://${task.key}`] })
  await client.callTool({ name: 'task_claim', arguments: { id: task.key } })
  await eventually(async () => heard.includes(`task://${task.key}`))
  await subscription.close()
  await client.close()
})

/** A port on which nobody listens any more. */
async function freePort(): Promise<number> {
  const gone = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => gone.once('listening', done))
  const { port } = gone.address() as { port: number }
  await new Promise((done) => gone.close(done))
  return port
}

test('goes on when the server was away, and when a message was no message', async () => {
  const bridge = start({ ...asAda(), GUILDHALL_URL: `http://127.0.0.1:${await freePort()}` })
  bridge.send({ id: 1, method: 'tools/list' })
  expect((await bridge.answer(1)).error).toMatchObject({ code: -32_000, message: expect.stringContaining('does not answer: ECONNREFUSED') })
  bridge.send('this is no message\n')
  expect(await eventually(async () => bridge.said.find(({ id }) => id === null))).toMatchObject({ error: { code: -32_700 } })
  bridge.send({ method: 'notifications/initialized' })
  await eventually(async () => bridge.err().includes('does not answer'))
  expect(bridge.child.exitCode).toBeNull()
})

test('a call waits out a short restart', async () => {
  const port = await freePort()
  const bridge = start({ ...asAda(), GUILDHALL_URL: `http://127.0.0.1:${port}` })
  bridge.send({ id: 1, method: 'ping' })
  await new Promise((done) => setTimeout(done, 700))
  const back = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"jsonrpc":"2.0","id":1,"result":{}}')
  }).listen(port, '127.0.0.1')
  expect(await bridge.answer(1)).toMatchObject({ result: {} })
  back.closeAllConnections()
  await new Promise((done) => back.close(done))
})

test('a refused credential is an error with the problem', async () => {
  const bridge = start({ GUILDHALL_URL: world.url, GUILDHALL_TOKEN: 'gh_nonsense' })
  bridge.send(initialize)
  expect((await bridge.answer(1)).error).toMatchObject({
    message: 'No valid proof of identity', data: { code: 'unauthenticated', status: 401 },
  })
})

test('gives up what the client cancels', async () => {
  let arrived = 0
  let hungUp = 0
  const slow = createServer((_, response) => {
    arrived++
    response.on('close', () => { hungUp++ })
  }).listen(0, '127.0.0.1')
  await new Promise((done) => slow.once('listening', done))
  const { port } = slow.address() as { port: number }
  const bridge = start({ GUILDHALL_URL: `http://127.0.0.1:${port}`, GUILDHALL_TOKEN: 't' })
  bridge.send({ id: 1, method: 'tools/call', params: { name: 'task_get', arguments: { id: 'TASK-1', wait: 30 } } })
  await eventually(async () => arrived)
  bridge.send({ method: 'notifications/cancelled', params: { requestId: 1 } })
  await eventually(async () => hungUp)
  expect(bridge.said).toEqual([])
  slow.closeAllConnections()
  await new Promise((done) => slow.close(done))
})
