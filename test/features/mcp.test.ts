/** MCP over HTTP: who sees which tools, what is refused at the door, and what comes by itself. */
import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import * as modern from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../operations/index.ts'
import { signedHeaders } from '../harness/signer.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld() })
afterAll(() => world?.close())

const info = { name: 'test', version: '1.0.0' }
const headersOf = (token: string) => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } })
const address = (): URL => new URL(`${world.url}/mcp`)

async function older(token: string): Promise<Client> {
  const client = new Client(info)
  await client.connect(new StreamableHTTPClientTransport(address(), headersOf(token)))
  return client
}

async function newer(token: string): Promise<modern.Client> {
  const client = new modern.Client(info, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new modern.StreamableHTTPClientTransport(address(), headersOf(token)))
  return client
}

const namesOf = async (client: Client | modern.Client): Promise<string[]> =>
  (await client.listTools()).tools.map(({ name }) => name)
type Result = { isError?: boolean; structuredContent: any; content: any; _meta: any }

describe('tools', () => {
  test('both eras get the same tools in the same order, each operation once', async () => {
    const [one, other] = [await older(world.owner.token), await newer(world.owner.token)]
    expect(other.getNegotiatedProtocolVersion()).toBe('2026-07-28')
    const names = await namesOf(one)
    expect(names).toEqual(await namesOf(other))
    expect(names).toEqual(operations.filter(({ who }) => who.human).map(({ tool }) => tool))
    await Promise.all([one.close(), other.close()])
  })

  test('say honestly what they do, and what they take and answer', async () => {
    const client = await newer(world.owner.token)
    const { tools } = await client.listTools()
    for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
      const operation = operations.find(({ tool }) => tool === name)!
      expect(title).toBeTruthy()
      expect(description).toContain(operation.summary)
      expect(annotations).toMatchObject({
        readOnlyHint: operation.kind === 'query', destructiveHint: operation.destructive ?? false, openWorldHint: false,
      })
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(JSON.stringify(inputSchema)).not.toContain('$ref')
      const fields = Object.keys(inputSchema.properties!)
      expect(fields.includes('idempotency_key')).toBe(operation.kind === 'command')
      expect(fields.includes('if_match')).toBe(operation.kind === 'command')
      expect(fields).toEqual(expect.arrayContaining(operation.params))
      expect(outputSchema).toMatchObject({ type: 'object' })
    }
    await client.close()
  })

  test('a worker sees its daily ones, at most 20, and may call others that its role allows', async () => {
    const { ada } = world.agents
    const client = await newer(ada!.client.token)
    const names = await namesOf(client)
    expect(names.length).toBeLessThanOrEqual(20)
    expect(names).toContain('task_next')
    expect(names).not.toContain('agent_get')
    const other = await client.callTool({ name: 'agent_get', arguments: { id: 'bob' } }) as Result
    expect(other.structuredContent).toMatchObject({ handle: 'bob' })
    const refused = await client.callTool({ name: 'agent_register', arguments: { handle: 'eve' } }) as Result
    expect(refused).toMatchObject({ isError: true, structuredContent: { code: 'forbidden', status: 403 } })
    await client.close()
  })

  test('a scoped token sees what its scopes cover', async () => {
    const { token } = await world.owner.do('agent.token_create', { id: 'ada', scopes: ['task.get', 'credits.*'] })
    const client = await older(token)
    expect(await namesOf(client)).toEqual(['task_get', 'credits_balance', 'credits_spend', 'credits_hold', 'credits_settle'])
    const refused = await client.callTool({ name: 'task_next', arguments: {} }) as Result
    expect(refused.structuredContent).toMatchObject({ code: 'forbidden', required: { scope: 'task.next' } })
    await client.close()
  })

  test('the same key answers the same again; another input and an old version are refused', async () => {
    const client = await older(world.owner.token)
    await client.listTools()
    const call = (name: string, given: object) => client.callTool({ name, arguments: { ...given } }) as Promise<Result>
    const key = randomUUID()
    const first = await call('task_create', { title: 'Once', idempotency_key: key })
    const again = await call('task_create', { title: 'Once', idempotency_key: key })
    expect(again.structuredContent).toEqual(first.structuredContent)
    expect(again._meta).toMatchObject({ 'guildhall/replayed': true, 'guildhall/idempotency_key': key })
    expect(JSON.parse(first.content[0].text)).toEqual(first.structuredContent)
    const other = await call('task_create', { title: 'Twice', idempotency_key: key })
    expect(other.structuredContent.code).toBe('idempotency_conflict')
    const { key: id, version } = first.structuredContent
    const changed = await call('task_update', { id, title: 'Changed', if_match: version })
    expect(changed.structuredContent.version).toBe(version + 1)
    const stale = await call('task_update', { id, title: 'Stale', if_match: `"${version}"` })
    expect(stale.structuredContent.code).toBe('version_conflict')
    const bad = await call('task_update', { id, title: 'Bad', idempotency_key: 7 })
    expect(bad.structuredContent).toMatchObject({ code: 'invalid_input', errors: [{ pointer: '/idempotency_key' }] })
    await client.close()
  })
})

describe('resources and prompts', () => {
  test('are read as the caller', async () => {
    const client = await older(world.agents.ada!.client.token)
    const task = await world.owner.do('task.create', { title: 'Readable', status: 'todo' })
    const { resourceTemplates } = await client.listResourceTemplates()
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(['task://{key}', 'gate://{id}'])
    const read = async (uri: string) => JSON.parse((await client.readResource({ uri }) as any).contents[0].text)
    expect(await read(`task://${task.key}`)).toMatchObject({ title: 'Readable' })
    expect(await read('agent://me')).toMatchObject({ handle: 'ada' })
    await expect(client.readResource({ uri: 'task://TASK-99999' })).rejects.toMatchObject({ code: -32_602 })
    await expect(client.readResource({ uri: 'file:///etc/passwd' })).rejects.toMatchObject({ code: -32_602 })
    const { prompts } = await client.listPrompts()
    expect(prompts.map(({ name }) => name)).toEqual(['standup', 'handoff', 'review'])
    const review = await client.getPrompt({ name: 'review', arguments: { task: task.key } })
    expect(JSON.stringify(review.messages)).toContain('Readable')
    expect((await client.getPrompt({ name: 'standup' })).messages).toHaveLength(4)
    await expect(client.getPrompt({ name: 'review' })).rejects.toThrow('needs the argument task')
    const suggested = async (ref: any, name: string, value: string) =>
      (await client.complete({ ref, argument: { name, value } })).completion.values
    expect(await suggested({ type: 'ref/prompt', name: 'review' }, 'task', 'Readab')).toEqual([task.key])
    expect(await suggested({ type: 'ref/resource', uri: 'task://{key}' }, 'key', task.key)).toContain(task.key)
    expect(await suggested({ type: 'ref/resource', uri: 'gate://{id}' }, 'id', 'x')).toEqual([])
    expect(await suggested({ type: 'ref/prompt', name: 'nothing' }, 'nothing', '')).toEqual([])
    await client.close()
  })

  test('subscribers hear of changes until their credential is revoked', async () => {
    const { id, token } = await world.owner.do('agent.token_create', { id: 'ada' })
    const client = await newer(token)
    const task = await world.owner.do('task.create', { title: 'Watched', status: 'todo' })
    const other = await world.owner.do('task.create', { title: 'Not watched', status: 'todo' })
    const heard: string[] = []
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => { heard.push(params.uri) })
    const subscription = await client.listen({ resourceSubscriptions: [`task://${task.key}`] })
    await eventually(async () => {
      await world.owner.do('task.comment', { id: other.key, body: 'Quiet' })
      await world.owner.do('task.comment', { id: task.key, body: 'Listen' })
      return heard.length
    }, { every: 200 })
    expect(new Set(heard)).toEqual(new Set([`task://${task.key}`]))
    let isOver = false
    void subscription.closed.then(() => { isOver = true }, () => { isOver = true })
    await world.owner.do('agent.token_revoke', { id: 'ada', token: id })
    await eventually(async () => isOver)
    await client.close().catch(() => undefined)
  })
})

const listing = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })

/** Sends what no client library would; fetch does not let a Host through. */
function send(body: string, headers: Record<string, string> = {}, method = 'POST') {
  return new Promise<{ status: number; headers: any; text: string }>((done, fail) => {
    const request = httpRequest(address(), {
      method, headers: {
        accept: 'application/json, text/event-stream', 'content-type': 'application/json',
        authorization: `Bearer ${world.owner.token}`, ...headers,
      },
    }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => { text += chunk })
      response.on('end', () => done({ status: response.statusCode!, headers: response.headers, text }))
    })
    request.on('error', fail)
    request.end(body)
  })
}

describe('at the door', () => {
  const cases: [string, () => ReturnType<typeof send>, number, string][] = [
    ['no proof', () => send(listing, { authorization: '' }), 401, 'unauthenticated'],
    ['a false token', () => send(listing, { authorization: 'Bearer gh_nonsense' }), 401, 'unauthenticated'],
    ['the name of another host', () => send(listing, { host: 'rebound.example' }), 403, 'forbidden'],
    ['a foreign page', () => send(listing, { origin: 'https://evil.example' }), 403, 'forbidden'],
    ['a page without an address', () => send(listing, { origin: 'null' }), 403, 'forbidden'],
    ['broken JSON', () => send('{"jsonrpc"'), 400, '-32700'],
    ['another media type', () => send(listing, { 'content-type': 'text/plain' }), 415, '-32000'],
    ['too much', () => send(`"${'x'.repeat(1024 * 1024)}"`), 413, 'payload_too_large'],
    ['too many at once', () => send(JSON.stringify(Array.from({ length: 51 }, () => JSON.parse(listing)))), 400, '-32600'],
    ['a session', () => send('', {}, 'GET'), 405, '-32000'],
    ['the end of a session', () => send('', {}, 'DELETE'), 405, '-32000'],
  ]
  test.each(cases)('%s', async (_, ask, status, code) => {
    const answer = await ask()
    expect(answer.status).toBe(status)
    const body = JSON.parse(answer.text)
    expect(String(body.code ?? body.error.code)).toBe(code)
    expect(answer.headers['mcp-session-id']).toBeUndefined()
    if (status === 401) expect(answer.headers['www-authenticate']).toContain('Bearer')
  })

  test('our own names and our own page are let in', async () => {
    const { port } = new URL(world.url)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
      expect((await send(listing, { host })).status).toBe(200)
    }
    expect((await send(listing, { origin: world.url })).status).toBe(200)
  })

  test('a signed request works once, also for lists', async () => {
    const { keyid, secret } = world.agents.ada!
    const headers = signedHeaders({ method: 'POST', target: '/mcp', body: listing, keyid, secret })
    const ask = () => fetch(address(), {
      method: 'POST', body: listing, headers: { ...headers, accept: 'application/json, text/event-stream' },
    })
    const first = await ask()
    expect(first.status).toBe(200)
    expect(await first.text()).toContain('task_next')
    expect(await (await ask()).json()).toMatchObject({ status: 401, code: 'signature_replayed' })
  })

  test('no OAuth metadata is published', async () => {
    for (const name of ['oauth-protected-resource', 'oauth-authorization-server', 'oauth-protected-resource/mcp']) {
      expect((await fetch(`${world.url}/.well-known/${name}`)).status).toBe(404)
    }
  })
})
