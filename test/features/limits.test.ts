/** Where strangers can reach it, a caller asks so often and no more; and everyone is seen. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { readConfig } from '../../config.ts'
import { TestClient } from '../harness/client.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld({ env: { RATE_LIMIT: '40' } }) })
afterAll(() => world.close())

test('the limit is on where the server is exposed, and off on loopback', () => {
  expect(readConfig({ HOST: '0.0.0.0' }).rateLimit).toBe(6000)
  expect(readConfig({}).rateLimit).toBeNull()
  expect(readConfig({ HOST: '0.0.0.0', RATE_LIMIT: '0' }).rateLimit).toBeNull()
  expect(() => readConfig({ RATE_LIMIT: 'many' })).toThrow('RATE_LIMIT is not a number')
})

test('a credential past its limit gets a named 429; others go on', async () => {
  const { ada, bob } = world.agents
  const first = await ada!.client.call('agent.whoami')
  expect(first.headers.get('ratelimit')).toMatch(/^limit=40, remaining=\d+, reset=\d+$/)
  const answers = await Promise.all(Array.from({ length: 60 }, () => ada!.client.call('agent.whoami')))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThanOrEqual(20)
  expect(refused[0]!.body).toMatchObject({ code: 'rate_limited', retry_after: expect.any(Number) })
  expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await bob!.client.call('agent.whoami')).status).toBe(200)
})

test('an actor was last seen when it last asked', async () => {
  await eventually(async () => {
    const [row] = await world.sql<{ seen: boolean }>(`select last_seen_at > clock_timestamp() - interval '1 minute'
      as seen from actors where handle = 'bob'`)
    return row!.seen
  }, { within: 10_000 })
  const { last_seen_at } = await world.agents.bob!.client.do('agent.get', { id: 'bob' })
  expect(Date.now() - Date.parse(last_seen_at)).toBeLessThan(60_000)
})

test('who guesses has to wait, also at the socket; whoever shares the address goes on', async () => {
  const stranger = new TestClient(world.url, 'gh_guess')
  const guesses = await Promise.all(Array.from({ length: 40 }, () => stranger.call('agent.whoami')))
  expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401, 429]))
  expect((await world.agents.bob!.client.call('agent.whoami')).status).toBe(200)
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { authorization: 'Bearer gh_guess' },
  })
  const status = await new Promise((resolve) => {
    socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode))
    socket.on('open', () => resolve('open'))
  })
  expect(status).toBe(429)
})
