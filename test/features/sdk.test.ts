/** The SDK: signatures as the contract has them, retries with one key, and events without gaps. */
import { generateKeyPairSync, verify } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, GuildhallError } from '../../sdk/client.ts'
import type { Followed } from '../../sdk/follow.ts'
import { createSigner } from '../../sdk/sign.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const moment = { created: 1795219200, nonce: '3f1c9a0e5b7d4c2a8e6f00112233445566' }
const signable = {
  method: 'POST', target: '/api/v1/tasks/T-42/transition?dry_run=false', body: bytes('{"to":"review"}'),
  idempotencyKey: '01JD0000000000000000000000',
}

describe('signing', () => {
  test('gives the signature of the contract’s test vector', async () => {
    const secret = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')
    const headers = await createSigner({ keyid: 'agt_builder.k1', secret })(signable, moment)
    expect(headers.signature).toBe('sig1=:4cUqOR9JlPidjru7vR5eym/06TuZSBHm404U8Y9+CZU=:')
    expect(headers['signature-input']).toBe('sig1=("@method" "@path" "@query" "content-digest" "idempotency-key")'
      + ';created=1795219200;nonce="3f1c9a0e5b7d4c2a8e6f00112233445566";keyid="agt_builder.k1"'
      + ';alg="hmac-sha256";tag="agent-v1"')
  })

  test('signs with Ed25519 keys in both forms', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
    const signatures = await Promise.all([pkcs8, pkcs8.subarray(-32)].map(async (secret) => {
      const sign = createSigner({ keyid: 'a.k1', alg: 'ed25519', secret: secret.toString('base64') })
      return sign({ method: 'GET', target: '/x' }, moment)
    }))
    expect(signatures[0]).toEqual(signatures[1])
    const { signature, 'signature-input': input } = signatures[0] as Record<string, string>
    const base = `"@method": GET\n"@path": /x\n"@query": ?\n"@signature-params": ${input!.slice('sig1='.length)}`
    expect(verify(null, Buffer.from(base), publicKey, Buffer.from(signature!.slice(6, -1), 'base64'))).toBe(true)
  })

  test('takes a new nonce for each request', async () => {
    const sign = createSigner({ keyid: 'a.k1', secret: 'AAAA' })
    const [one, other] = await Promise.all([sign(signable), sign(signable)])
    expect(one.signature).not.toBe(other.signature)
  })
})

type Sent = { url: string; key: string | null; signature: string | null; body: unknown }
type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | Error

/** A server that answers what it is told, one after the other. */
function scripted(replies: Reply[]) {
  const sent: Sent[] = []
  const fetch = async (url: URL | string | Request, init?: RequestInit): Promise<Response> => {
    const headers = new Headers(init?.headers)
    const body = init?.body ? JSON.parse(new TextDecoder().decode(init.body as Uint8Array)) : null
    sent.push({ url: String(url), key: headers.get('idempotency-key'), signature: headers.get('signature'), body })
    const reply = replies[Math.min(sent.length, replies.length) - 1]!
    if (reply instanceof Error) throw reply
    const type = reply.status < 400 ? 'application/json' : 'application/problem+json'
    return new Response(JSON.stringify(reply.body ?? {}), {
      status: reply.status, headers: { 'content-type': type, ...reply.headers },
    })
  }
  return { sent, fetch: fetch as typeof globalThis.fetch }
}

const problem = (status: number, code: string, headers = {}): Reply =>
  ({ status, body: { code, status, detail: `It is ${code}` }, headers })
const done: Reply = { status: 200, body: { key: 'TASK-1' } }
const retry = { firstDelayMs: 1 }
const url = 'http://guildhall.test'

describe('retries', () => {
  const passing: [string, Reply][] = [
    ['no answer', new TypeError('fetch failed')], ['502', { status: 502 }],
    ['503', problem(503, 'storage_unavailable', { 'retry-after': '0.001' })],
    ['504', problem(504, 'outcome_unknown')], ['429', problem(429, 'rate_limited', { 'retry-after': '0' })],
  ]
  test.each(passing)('after %s, with the same key and a new signature', async (_, failure) => {
    const server = scripted([failure, done])
    const client = createClient({ url, key: { keyid: 'a.k1', secret: 'AAAA' }, fetch: server.fetch, retry })
    expect(await client.task.claim('TASK-1')).toEqual({ key: 'TASK-1' })
    const [first, second] = server.sent
    expect(first!.key).toMatch(/^[0-9a-f-]{36}$/)
    expect(second!.key).toBe(first!.key)
    expect(second!.signature).not.toBe(first!.signature)
  })

  const final: [string, Reply][] = [
    ['a refusal', problem(409, 'already_claimed')], ['a fault', problem(500, 'internal')],
    ['a limit that does not say how long', problem(429, 'rate_limited')],
    ['a server that asks for longer than we wait', problem(503, 'engine_unavailable', { 'retry-after': '3600' })],
  ]
  test.each(final)('never after %s', async (_, failure) => {
    const server = scripted([failure])
    const client = createClient({ url, token: 't', fetch: server.fetch, retry })
    const error = await client.task.claim('TASK-1').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(GuildhallError)
    expect(server.sent).toHaveLength(1)
  })

  test('end, and the error says what is known', async () => {
    const server = scripted([new TypeError('fetch failed')])
    const client = createClient({ url, token: 't', fetch: server.fetch, retry: { ...retry, attempts: 3 } })
    const error = await client.task.claim('TASK-1', {}, { idempotencyKey: 'mine' }).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'unreachable', status: 0, idempotencyKey: 'mine', problem: null })
    expect(server.sent.map(({ key }) => key)).toEqual(['mine', 'mine', 'mine'])
  })

  test('stop when the caller gives up', async () => {
    const giveUp = new AbortController()
    const server = scripted([problem(503, 'storage_unavailable', { 'retry-after': '5' })])
    const client = createClient({ url, token: 't', fetch: server.fetch })
    const asked = client.task.list({}, { signal: giveUp.signal })
    setTimeout(() => giveUp.abort(new Error('enough')), 20)
    await expect(asked).rejects.toThrow('enough')
    expect(server.sent).toHaveLength(1)
  })

  test('paths, queries and bodies are what the route says', async () => {
    const server = scripted([done])
    const client = createClient({ url: `${url}/`, token: 't', fetch: server.fetch })
    await client.task.list({ status: ['todo', 'review'], tag: 'a/b', limit: 5 })
    await client.task.transition('A B', { to: 'done', reason: 'ok' }, { ifMatch: 7 })
    await client.agent.keyRevoke('ada', 'agt_x.k1')
    expect(server.sent.map(({ url: to, body }) => [to.slice(url.length), body])).toEqual([
      ['/api/v1/tasks?status=todo&status=review&tag=a%2Fb&limit=5', null],
      ['/api/v1/tasks/A%20B/transition', { to: 'done', reason: 'ok' }],
      ['/api/v1/agents/ada/keys/agt_x.k1', {}],
    ])
  })
})

describe('against a server', () => {
  let world: World
  beforeAll(async () => { world = await openWorld() })
  afterAll(() => world?.close())

  test('answers carry version, key and whether they are a replay', async () => {
    const client = createClient({ url: world.url, token: world.owner.token })
    const first = await client.call('task.create', { title: 'Once' }, { idempotencyKey: 'once' })
    expect(first).toMatchObject({ status: 201, etag: '"1"', replayed: false, idempotencyKey: 'once' })
    const again = await client.call('task.create', { title: 'Once' }, { idempotencyKey: 'once' })
    expect(again).toMatchObject({ body: first.body, replayed: true })
    const stale = client.task.update(first.body.key, { title: 'Stale' }, { ifMatch: 9 })
    await expect(stale).rejects.toMatchObject({ code: 'version_conflict', status: 412, problem: { code: 'version_conflict' } })
  })

  test('Ed25519 and HMAC keys sign what the server takes', async () => {
    const { ada } = world.agents
    const byHmac = createClient({ url: world.url, key: ada! })
    const made = await byHmac.agent.keyCreate('ada', { alg: 'ed25519' })
    const key = { keyid: made.keyid, secret: made.secret!, alg: made.alg }
    expect(await createClient({ url: world.url, key }).agent.whoami()).toMatchObject({ handle: 'ada' })
  })

  test('events come in order, without gaps, also across a broken connection', async () => {
    const owner = createClient({ url: world.url, token: world.owner.token })
    const { next_cursor: after } = await owner.event.list({ limit: 1 })
    const task = await owner.task.create({ title: 'Followed' })
    for (const body of ['One', 'Two']) await owner.task.comment(task.key, { body })
    const opened: string[] = []
    const breaking: typeof globalThis.fetch = async (to, init) => {
      opened.push(String(to))
      const response = await globalThis.fetch(to, init)
      if (opened.length > 1) return response
      // The first connection ends in the middle of the second event.
      let messages = 0
      const limited = response.body!.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          const second = Buffer.from(chunk).indexOf('data:', messages ? 0 : Buffer.from(chunk).indexOf('data:') + 1)
          messages += Buffer.from(chunk).includes('data:') ? 1 : 0
          controller.enqueue(second < 0 || messages < 1 ? chunk : chunk.subarray(0, second + 20))
          if (messages > 1 || second >= 0) controller.terminate()
        },
      }))
      return new Response(limited, response)
    }
    const client = createClient({ url: world.url, token: world.owner.token, fetch: breaking, retry })
    const stop = new AbortController()
    const seen: Followed[] = []
    for await (const one of client.follow({ after: after!, task: task.key, signal: stop.signal })) {
      if (seen.push(one) === 3) stop.abort()
    }
    expect(seen.map(({ event }) => event.type)).toEqual(['task.created', 'task.commented', 'task.commented'])
    const { items } = await owner.event.list({ task: task.key })
    expect(seen.map(({ event }) => event.seq)).toEqual(items.map(({ seq }) => seq))
    expect(opened).toHaveLength(2)
    expect(opened[1]).toContain(`after=${encodeURIComponent(seen[0]!.cursor)}`)
  })
})

test('generated files are what the registry says', () => {
  const said = execFileSync(process.execPath, ['scripts/gen.ts', '--check'], { encoding: 'utf8' })
  expect(said).toContain('are current')
})
