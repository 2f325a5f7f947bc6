/** Money that races: awards against a revocation, and bodies that are far too large. */
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestClient } from '../harness/client.ts'
import type { Spawned, World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let second: Spawned
beforeAll(async () => {
  world = await openWorld({ worker: true })
  second = await world.spawn('api')
})
afterAll(() => world.close())

test('awards racing a revocation: what was acknowledged is paid once, nothing after it', async () => {
  const { id, token } = await world.owner.do('agent.token_create', { id: 'ada' })
  const clients = [new TestClient(world.url, token), second.client(token)]
  const tasks: string[] = []
  const prepare = async (turn: number): Promise<void> => {
    const { key } = await world.owner.do('task.create', { title: `Race ${turn}`, status: 'todo' })
    await clients[turn % 2]!.do('task.claim', { id: key })
    tasks.push(key)
  }
  for (let turn = 0; turn < 120; turn += 4) await Promise.all([0, 1, 2, 3].map((more) => prepare(turn + more)))
  const before = Number((await world.owner.do('credits.balance', { agent: 'ada' })).posted)
  const answers: { key: string; status: number; body: any }[] = []
  let revoking: Promise<unknown> | null = null
  // Some are kept until it is done, so that there is something for it to refuse on any machine.
  const late = tasks.slice(-8)
  const left = tasks.slice(0, -8)
  const worker = async (turn: number): Promise<void> => {
    for (let key = left.shift(); key; key = left.shift()) {
      answers.push({ key, ...await clients[turn % 2]!.call('task.complete', { id: key }) })
      if (answers.length === 8) revoking = world.owner.do('agent.token_revoke', { id: 'ada', token: id })
    }
  }
  await Promise.all([0, 1, 2, 3].map(worker))
  await revoking
  for (const [turn, key] of late.entries()) {
    answers.push({ key, ...await clients[turn % 2]!.call('task.complete', { id: key }) })
  }
  expect(answers.slice(-8).map(({ status }) => status)).toEqual(Array(8).fill(401))
  const done = answers.filter(({ status }) => status < 400)
  expect(new Set(answers.filter(({ status }) => status >= 400).map(({ body }) => body.code))).toEqual(new Set(['unauthenticated']))
  expect(done.length).toBeGreaterThan(0)
  expect(done.length).toBeLessThan(120)
  for (const { key } of done) {
    expect(await world.owner.do('task.get', { id: key, wait: 15, settled: true })).toMatchObject({ status: 'done' })
    expect((await world.owner.do('credits.history', { task: key, kind: 'reward' })).items).toHaveLength(1)
  }
  for (const { key } of answers.filter(({ status }) => status >= 400)) {
    expect(await world.owner.do('task.get', { id: key })).toMatchObject({ status: 'in_progress', assignee: 'ada' })
  }
  const after = Number((await world.owner.do('credits.balance', { agent: 'ada' })).posted)
  expect(after - before).toBe(done.length * 25)
  expect((await world.owner.do('credits.verify')).ok).toBe(true)
}, 60_000)

describe('100 MB', () => {
  const headers = () => ({ authorization: `Bearer ${world.owner.token}`, 'content-type': 'application/json' })
  const charges = async () => (await world.owner.do('event.list', { type: 'credit.spent', limit: 1000 })).items.length

  /** Streams them, and stops when the server has answered. */
  const pour = (path: string): Promise<number> => new Promise((resolve, reject) => {
    const sending = request(new URL(path, world.url), { method: 'POST', headers: { ...headers(), 'transfer-encoding': 'chunked' } })
    const piece = Buffer.alloc(1 << 20, 'x')
    let left = 100
    const next = (): void => {
      while (left-- > 0) if (!sending.write(piece)) return void sending.once('drain', next)
      sending.end()
    }
    sending.on('response', (answer) => { left = 0; resolve(answer.statusCode!); answer.resume(); sending.destroy() })
    sending.on('error', (error) => { if (left > 0) reject(error) })
    next()
  })
  test.each(['/api/v1/credits/spend', '/intake/litellm', '/v1/traces'])('sent to %s: refused long before its end', async (path) => {
    const before = await charges()
    expect(await pour(path)).toBe(413)
    expect(await charges()).toBe(before)
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200)
  })

  test('packed into 100 kB: refused when it is unpacked', async () => {
    const answer = await fetch(`${world.url}/intake/litellm`, {
      method: 'POST', headers: { ...headers(), 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(100 << 20, ' ')),
    })
    expect([answer.status, (await answer.json() as { code: string }).code]).toEqual([413, 'payload_too_large'])
  })
})
