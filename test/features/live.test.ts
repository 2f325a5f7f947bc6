/** Live events, over GraphQL sockets and as server-sent events: replay, limits, endings. */
import { createClient } from 'graphql-ws'
import type { Client } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'
import { People } from '../../handlers/people.ts'
import { signedHeaders } from '../harness/signer.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
const clients: Client[] = []
const sockets: WebSocket[] = []
beforeAll(async () => { world = await openWorld() })
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()))
  for (const socket of sockets.splice(0)) socket.terminate()
})
afterAll(() => world.close())

type Live = {
  type: string
  stream: string
  seq: number
  cursor: string
  subject: { key: string | null }
}
type Seen = {
  events: Live[]
  errors: { extensions?: { code?: string } }[]
  closed: { code: number }[]
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const socketUrl = (url = world.url): string => `${url.replace('http', 'ws')}/graphql`

function connect(token: string, url = world.url): { client: Client; seen: Seen } {
  const seen: Seen = { events: [], errors: [], closed: [] }
  const client = createClient({
    url: socketUrl(url), webSocketImpl: WebSocket, retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${token}` },
  })
  client.on('closed', (event) => seen.closed.push(event as { code: number }))
  clients.push(client)
  return { client, seen }
}

const FIELDS = 'type stream seq cursor subject { key }'

/** Subscribes with a stock client and gathers what comes. */
function subscribe(variables: Record<string, unknown> = {}, token = world.owner.token): Seen {
  const { client, seen } = connect(token)
  client.subscribe<{ events: Live }>({
    query: `subscription ($after: Cursor, $filter: EventFilterInput) {
      events(after: $after, filter: $filter) { ${FIELDS} }
    }`, variables,
  }, {
    next: ({ data, errors }) => {
      if (data) seen.events.push(data.events)
      seen.errors.push(...(errors ?? []))
    },
    error: (error) => { if (Array.isArray(error)) seen.errors.push(...error) },
    complete: () => undefined,
  })
  return seen
}

const create = async (): Promise<string> =>
  (await world.owner.do('task.create', { title: 'x' })).key
/** Where the log is now. */
async function here(): Promise<string> {
  const seen = subscribe()
  await eventually(async () => {
    await create()
    return seen.events.length
  })
  await pause(200)
  return seen.events.at(-1)!.cursor
}

test('a subscription replays what is after its cursor, then follows, without a gap', async () => {
  const after = await here()
  const missed = [await create(), await create()]
  const seen = subscribe({ after })
  await eventually(async () => seen.events.length === 2)
  const live = await create()
  await eventually(async () => seen.events.length === 3)
  expect(seen.events.map(({ subject }) => subject.key)).toEqual([...missed, live])
  const again = subscribe({ after: seen.events[0]!.cursor })
  await eventually(async () => again.events.length === 2)
  expect(again.events).toEqual(seen.events.slice(1))
})

test('the cursor of event.list continues as a subscription', async () => {
  const { next_cursor } = await world.owner.do('event.list', { limit: 3 })
  const rest = await world.owner.do('event.list', { limit: 1000, cursor: next_cursor })
  const seen = subscribe({ after: next_cursor })
  await eventually(async () => seen.events.length >= rest.items.length)
  expect(seen.events.map(({ stream, seq }) => [stream, seq]))
    .toEqual(rest.items.map(({ stream, seq }: Live) => [stream, seq]))
})

test('filters', async () => {
  const key = await create()
  const after = await here()
  const seen = subscribe({ after, filter: { task: key, type: 'task.commented' } })
  await world.owner.do('task.comment', { id: await create(), body: 'another' })
  await world.owner.do('task.update', { id: key, title: 'y' })
  await world.owner.do('task.comment', { id: key, body: 'this' })
  await eventually(async () => seen.events.length)
  expect(seen.events).toMatchObject([{ type: 'task.commented', subject: { key } }])
})

test.each([
  ['a bad cursor', { after: 'nonsense' }, 'invalid_input'],
  ['an unknown task', { filter: { task: 'TASK-999999' } }, 'not_found'],
  ['an unknown field', { filter: { tsk: 'x' } }, 'invalid_input'],
  ['a bad instant', { filter: { since: 'yesterday' } }, 'invalid_input'],
])('a subscription with %s is refused', async (_, variables, code) => {
  const seen = subscribe(variables)
  await eventually(async () => seen.errors.length)
  expect(seen.errors[0]!.extensions).toMatchObject({ code })
})

test('queries and mutations work over the socket too, with whole problems', async () => {
  const { client } = connect(world.agents.ada!.client.token)
  const ask = async (query: string) => (await client.iterate({ query }).next()).value
  expect(await ask('{ agentWhoami { handle } }'))
    .toEqual({ data: { agentWhoami: { handle: 'ada' } } })
  expect(await ask('mutation { taskNext(tags: ["none"]) { task { key } } }'))
    .toMatchObject({ data: { taskNext: { task: null } } })
  expect(await ask('mutation { workspaceUpdate(name: "x") { name } }'))
    .toMatchObject({ errors: [{ extensions: { code: 'forbidden', status: 403 } }] })
})

type Raw = {
  socket: WebSocket
  messages: any[] // oxlint-disable-line typescript/no-explicit-any
  closed: number | null
  refused: number | null
}

/** A bare socket; `messages` are sent once it is open. */
async function open(headers: Record<string, string>, ...messages: unknown[]): Promise<Raw> {
  const socket = new WebSocket(socketUrl(), 'graphql-transport-ws', { headers })
  const raw: Raw = { socket, messages: [], closed: null, refused: null }
  sockets.push(socket)
  socket.on('open', () => {
    for (const message of messages) socket.send(JSON.stringify(message))
  })
  socket.on('message', (data) => raw.messages.push(JSON.parse(String(data))))
  socket.on('close', (code) => { raw.closed = code })
  socket.on('unexpected-response', (_, response) => { raw.refused = response.statusCode! })
  socket.on('error', () => undefined)
  await eventually(async () => raw.messages.length || raw.closed || raw.refused)
  return raw
}

const init = { type: 'connection_init' }
const bearer = (token = world.owner.token) => ({ authorization: `Bearer ${token}` })

test('who opens a socket proves it: header, parameters or a signed upgrade', async () => {
  const accepted = { messages: [{ type: 'connection_ack' }], closed: null }
  expect(await open(bearer(), init)).toMatchObject(accepted)
  expect(await open({}, { ...init, payload: { token: world.owner.token } })).toMatchObject(accepted)
  const { keyid, secret } = world.agents.ada!
  const signed = signedHeaders({ method: 'GET', target: '/graphql', keyid, secret })
  expect(await open(signed, init)).toMatchObject(accepted)
  expect(await open(signed, init)).toMatchObject({ refused: 401 })
  expect(await open(bearer('gh_of_nobody_at_all'), init)).toMatchObject({ refused: 401 })
  expect(await open({}, init)).toMatchObject({ closed: 4401 })
  expect(await open({}, { ...init, payload: { token: 'wrong' } })).toMatchObject({ closed: 4401 })
})

test('a session opens sockets from our own page only', async () => {
  const [person] = await world.sql<{ workspace_id: string; id: string }>(
    "select workspace_id, id from actors where handle = 'owner'")
  const link = await new People(world.parts.db).invite(person!.workspace_id, person!.id)
  const answer = await fetch(`${world.url}/sign-in/${link}`, { redirect: 'manual' })
  const cookie = answer.headers.get('set-cookie')!.split(';')[0]!
  const foreign = { cookie, origin: 'https://elsewhere.example' }
  expect(await open(foreign, init)).toMatchObject({ refused: 403 })
  expect(await open({ cookie }, init)).toMatchObject({ refused: 403 })
  const own = await open({ cookie, origin: world.url }, init)
  expect(own).toMatchObject({ messages: [{ type: 'connection_ack' }] })
  await fetch(`${world.url}/sign-out`, { method: 'POST', headers: { cookie, origin: world.url } })
  await eventually(async () => own.closed, { within: 1500 })
  expect(own.closed).toBe(4401)
})

test('what a socket may do is bounded', async () => {
  const broken = await open(bearer(), init)
  broken.socket.send('{broken')
  await eventually(async () => broken.closed === 4400)
  const large = await open(bearer(), init)
  large.socket.send('x'.repeat(1024 * 1024 + 1))
  await eventually(async () => large.closed === 1009)
  const early = await open(bearer(), {
    type: 'subscribe', id: '1', payload: { query: '{ workspace { name } }' },
  })
  expect(early.closed).toBe(4401)
  const many = await open(bearer(), init)
  for (let count = 0; count < 33; count++) {
    many.socket.send(JSON.stringify({
      type: 'subscribe', id: `s${count}`, payload: { query: 'subscription { events { type } }' },
    }))
  }
  await eventually(async () => many.messages.length > 1)
  expect(many.messages.slice(1)).toMatchObject([
    { id: 's32', type: 'error', payload: [{ extensions: { code: 'limit_reached', limit: 32 } }] },
  ])
})

/** Reads a stream of events until it ends or the caller has seen enough. */
function stream(query = '', headers: Record<string, string> = bearer()) {
  const state = { status: 0, frames: [] as string[], ended: false, close: () => undefined as void }
  const abort = new AbortController()
  state.close = () => abort.abort()
  const read = async (): Promise<void> => {
    const response = await fetch(`${world.url}/api/v1/events/stream${query}`, {
      headers, signal: abort.signal,
    })
    state.status = response.status
    let rest = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split('\n\n')
      rest = parts.pop()!
      state.frames.push(...parts)
    }
  }
  void read().catch(() => undefined).finally(() => { state.ended = true })
  return state
}

const idOf = (frame: string): string => /^id: (.+)$/m.exec(frame)![1]!
const dataOf = (frame: string) => JSON.parse(/^data: (.+)$/m.exec(frame)![1]!)

test('server-sent events: id, type and data; who comes back goes on where it was', async () => {
  const after = await here()
  const keys = [await create(), await create(), await create()]
  const first = stream(`?after=${after}`)
  await eventually(async () => first.frames.length === 4)
  expect(first.frames[0]).toMatch(/^retry: \d+$/)
  const frames = first.frames.slice(1)
  expect(frames.map((frame) => dataOf(frame).subject.key)).toEqual(keys)
  expect(frames[0]).toMatch(/^id: \S+\nevent: task\.created\ndata: /)
  const { items } = await world.owner.do('event.list', { cursor: after })
  expect(frames.map(dataOf)).toEqual(items)
  const back = stream(`?after=${after}`, { ...bearer(), 'last-event-id': idOf(frames[1]!) })
  await eventually(async () => back.frames.length === 2)
  expect(dataOf(back.frames[1]!).subject.key).toBe(keys[2])
  first.close()
  back.close()
})

test.each([
  ['?after=nonsense', 400, 'invalid_input'],
  ['?nothing=1', 400, 'invalid_input'],
  ['?limit=5', 400, 'invalid_input'],
  ['?severity=loud', 400, 'invalid_input'],
  ['?task=TASK-999999', 404, 'not_found'],
])('GET /events/stream%s is a problem', async (query, status, code) => {
  const response = await fetch(`${world.url}/api/v1/events/stream${query}`, { headers: bearer() })
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ code })
})

test('a revoked token loses its socket and its stream within a second', async () => {
  const token = await world.owner.do('agent.token_create', { id: 'bob' })
  const seen = subscribe({}, token.token)
  const events = stream('', bearer(token.token))
  const kept = subscribe({}, world.agents.bob!.client.token)
  await eventually(async () => events.frames.length)
  await pause(300)
  await world.owner.do('agent.token_revoke', { id: 'bob', token: token.id })
  const began = Date.now()
  await eventually(async () => events.ended && seen.closed.length, { within: 2000 })
  expect(Date.now() - began).toBeLessThan(1200)
  expect(seen.closed).toMatchObject([{ code: 4401 }])
  const before = kept.events.length
  await create()
  await eventually(async () => kept.events.length > before)
})

test('who does not read is closed and resumes; others notice nothing', async () => {
  const after = await here()
  for (let count = 0; count < 60; count++) {
    await world.owner.do('task.comment', { id: 'TASK-1', body: 'x'.repeat(60_000) })
  }
  const many = Array.from({ length: 8 }, (_, n) => `d${n}: data`).join(' ')
  const query = `subscription { events(after: "${after}") { cursor ${many} } }`
  const slow = await open(bearer(), init)
  slow.socket.pause()
  slow.socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }))
  const events = stream()
  await eventually(async () => events.frames.length)
  await pause(11_000)
  const key = await create()
  await eventually(async () => events.frames.some((frame) => frame.includes(`"${key}"`)))
  slow.socket.resume()
  await eventually(async () => slow.closed !== null)
  expect([1013, 1006]).toContain(slow.closed)
  // What came is whole, and its last cursor leads to the rest.
  const got = slow.messages.filter(({ type }) => type === 'next')
    .map(({ payload }) => payload.data.events)
  const rest = subscribe({ after: got.at(-1)!.cursor })
  await eventually(async () => got.length + rest.events.length >= 61)
  events.close()
})

test('5,000 events replay in order', async () => {
  const after = await here()
  const keys = await Promise.all(Array.from({ length: 8 }, () => create()))
  for (let round = 0; round < 625; round++) {
    await Promise.all(keys.map((id) => world.owner.do('task.comment', { id, body: 'x' })))
  }
  const seen = subscribe({ after })
  await eventually(async () => seen.events.length >= 5008, { within: 20_000 })
  const seqs = seen.events.map(({ seq }) => seq)
  expect(seqs).toEqual(seqs.map((_, index) => seqs[0]! + index))
}, 120_000)

test('a process that stops closes its sockets and streams, and ends soon', async () => {
  const other = await world.spawn('api')
  const { client, seen } = connect(world.owner.token, other.url)
  client.subscribe({ query: 'subscription { events { type } }' }, {
    next: () => undefined, error: () => undefined, complete: () => undefined,
  })
  const response = await fetch(`${other.url}/api/v1/events/stream`, { headers: bearer() })
  await pause(300)
  const began = Date.now()
  const gone = new Promise<number | null>((resolve) => { other.process.once('exit', resolve) })
  other.process.kill('SIGTERM')
  for await (const _ of response.body!) { /* until it ends */ }
  expect(await gone).toBe(0)
  expect(Date.now() - began).toBeLessThan(5000)
  expect(seen.closed).toMatchObject([{ code: 1001 }])
})
