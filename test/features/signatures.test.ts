/** Proof of identity: what is signed is believed, everything else is 401 and reveals nothing. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSignature } from '../../api/auth/signature.ts'
import type { SignedRequest } from '../harness/signer.ts'
import { signedHeaders } from '../harness/signer.ts'
import type { Registered, World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let ada: Registered
beforeAll(async () => {
  world = await openWorld({ worker: true })
  ada = world.agents.ada!
})
afterAll(() => world.close())

type Sent = { status: number; code: string | undefined; body: Record<string, unknown> }
async function send(
  headers: Record<string, string>, { method, target, body }: Pick<SignedRequest, 'method' | 'target' | 'body'>,
): Promise<Sent> {
  const response = await fetch(world.url + target, { method, headers, ...(body ? { body } : {}) })
  const answer = await response.json() as Record<string, unknown>
  return { status: response.status, code: answer.code as string, body: answer }
}
const whoami = { method: 'GET', target: '/api/v1/agents/whoami' }
const create = { method: 'POST', target: '/api/v1/tasks', body: '{"title":"Signed"}' }
const signed = (over: Partial<SignedRequest> & Pick<SignedRequest, 'method' | 'target'>) =>
  signedHeaders({ keyid: ada.keyid, secret: ada.secret, ...over })
const now = (): number => Math.floor(Date.now() / 1000)

test('the test vector of the contract', () => {
  const body = Buffer.from('{"to":"review"}')
  const request: SignedRequest = {
    method: 'POST', target: '/api/v1/tasks/T-42/transition?dry_run=false', body: body.toString(),
    idempotencyKey: '01JD0000000000000000000000', created: 1_795_219_200,
    nonce: '3f1c9a0e5b7d4c2a8e6f00112233445566', keyid: 'agt_builder.k1',
    secret: Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64'),
  }
  const headers = signedHeaders(request)
  expect(headers.signature).toBe('sig1=:4cUqOR9JlPidjru7vR5eym/06TuZSBHm404U8Y9+CZU=:')
  const proof = readSignature({ method: request.method, target: request.target, headers, body })
  expect(proof).toMatchObject({ kind: 'signature', keyid: 'agt_builder.k1', created: 1_795_219_200 })
})

describe('accepted', () => {
  test('a signed read', async () => {
    expect(await send(signed(whoami), whoami)).toMatchObject({ status: 200, body: { handle: 'ada' } })
  })
  test('a signed command with a key', async () => {
    expect((await send(signed({ ...create, idempotencyKey: 'signed-1' }), create)).status).toBe(201)
  })
  test('a query string', async () => {
    const list = { method: 'GET', target: '/api/v1/tasks?limit=1&search=a%20b' }
    expect((await send(signed(list), list)).status).toBe(200)
  })
  test.each([-299, 0, 299])('%i seconds off', async (off) => {
    expect((await send(signed({ ...whoami, created: now() + off }), whoami)).status).toBe(200)
  })
  test('an Ed25519 key made here', async () => {
    const made = await world.owner.do('agent.key_create', { id: 'ada', alg: 'ed25519' })
    const secret = createPrivateKey({ key: Buffer.from(made.secret, 'base64'), format: 'der', type: 'pkcs8' })
    expect((await send(signed({ ...whoami, keyid: made.keyid, secret }), whoami)).status).toBe(200)
  })
  test('an Ed25519 key whose private half never left its agent', async () => {
    const pair = generateKeyPairSync('ed25519')
    const raw = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
    const made = await world.owner.do('agent.key_create', {
      id: 'bob', alg: 'ed25519', public_key: raw.toString('base64'),
    })
    expect(made.secret).toBeNull()
    const bob = { keyid: made.keyid, secret: pair.privateKey }
    expect(await send(signed({ ...whoami, ...bob }), whoami)).toMatchObject({ status: 200, body: { handle: 'bob' } })
  })
})

describe('refused', () => {
  const bent = (name: string, change: (headers: Record<string, string>) => Record<string, string>) => ({ name, change })
  const replaceIn = (header: string, from: string | RegExp, to: string) =>
    (headers: Record<string, string>) => ({ ...headers, [header]: headers[header]!.replace(from, to) })

  test.each([-301, 301])('%i seconds off', async (off) => {
    const answer = await send(signed({ ...whoami, created: now() + off }), whoami)
    expect(answer).toMatchObject({ status: 401, code: 'signature_expired' })
    expect(answer.body.server_time).toMatch(/^\d{4}-/)
  })
  test('a read sent twice', async () => {
    const headers = signed(whoami)
    expect((await send(headers, whoami)).status).toBe(200)
    expect(await send(headers, whoami)).toMatchObject({ status: 401, code: 'signature_replayed' })
  })
  test('a command sent twice happens once, also on another server', async () => {
    const body = '{"title":"Only once"}'
    const once = { ...create, body }
    const headers = signed(once)
    const second = await world.spawn('api')
    const answers = await Promise.all([world.url, second.url, world.url, second.url].map(async (url) =>
      (await fetch(url + once.target, { method: 'POST', headers, body })).status))
    expect(answers.toSorted()).toEqual([201, 401, 401, 401])
    expect((await world.owner.do('task.list', { search: 'Only once' })).items).toHaveLength(1)
  })
  test.each([
    { name: 'another method', request: { ...whoami, method: 'DELETE' } },
    { name: 'another path', request: { ...whoami, target: '/api/v1/agents/ada' } },
    { name: 'another query', request: { ...whoami, target: '/api/v1/agents/whoami?x=1' } },
    { name: 'another body', request: { ...create, body: '{"title":"Forged"}' } },
  ])('$name', async ({ request }) => {
    const original = request.method === 'POST' ? create : whoami
    const headers = signed({ ...original, ...(original === create ? { body: create.body } : {}) })
    expect(await send(headers, request)).toMatchObject({ status: 401, code: 'unauthenticated' })
  })
  test.each([
    bent('another idempotency key', (headers) => ({ ...headers, 'idempotency-key': 'other' })),
    bent('an idempotency key that was not signed', (headers) => {
      const { 'idempotency-key': _, ...rest } = headers
      return { ...signed(create), 'idempotency-key': rest.signature!.slice(6, 20) }
    }),
    bent('no digest', ({ 'content-digest': _, ...rest }) => rest),
    bent('another digest', replaceIn('content-digest', /:.*:/, ':AAAA:')),
    bent('another nonce', replaceIn('signature-input', /nonce="[^"]+"/, `nonce="${'a'.repeat(32)}"`)),
    bent('a short nonce', replaceIn('signature-input', /nonce="[^"]+"/, 'nonce="short"')),
    bent('another key id', replaceIn('signature-input', /keyid="[^"]+"/, 'keyid="agt_unknown.k1"')),
    bent('another algorithm', replaceIn('signature-input', 'hmac-sha256', 'ed25519')),
    bent('another tag', replaceIn('signature-input', 'agent-v1', 'agent-v2')),
    bent('fewer components', replaceIn('signature-input', '"@query" ', '')),
    bent('another label', replaceIn('signature', 'sig1', 'sig2')),
    bent('no signature', ({ signature: _, ...rest }) => rest),
    bent('a cut signature', replaceIn('signature', /:(.{10}).*:/, ':$1==:')),
    bent('nonsense', () => ({ signature: '!', 'signature-input': '!' })),
  ])('$name', async ({ change }) => {
    const headers = change(signed({ ...create, idempotencyKey: 'bent' }))
    const answer = await send({ 'content-type': 'application/json', ...headers }, create)
    expect(answer).toMatchObject({ status: 401, code: 'unauthenticated' })
    // Nothing but the one sentence: no key, no actor, no reason.
    expect(Object.keys(answer.body).toSorted()).toEqual(
      ['code', 'detail', 'hint', 'instance', 'server_time', 'status', 'title', 'type'])
  })
  test('a revoked key, at once', async () => {
    const made = await world.owner.do('agent.key_create', { id: 'ada' })
    const request = { ...create, keyid: made.keyid, secret: made.secret }
    expect((await send(signed(request), create)).status).toBe(201)
    await world.owner.do('agent.key_revoke', { id: 'ada', key: made.keyid })
    expect(await send(signed(request), create)).toMatchObject({ status: 401, code: 'unauthenticated' })
  })
  test('a retired key, after its overlap', async () => {
    await world.owner.do('workspace.update', { settings: { key_overlap_seconds: 60 } })
    const old = await world.owner.do('agent.key_create', { id: 'bob' })
    await world.owner.do('agent.key_create', { id: 'bob', retire: old.keyid })
    const request = { ...create, keyid: old.keyid, secret: old.secret }
    expect((await send(signed(request), create)).status).toBe(201)
    await world.advance(61)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(await send(signed(request), create)).toMatchObject({ status: 401 })
  })
  test.each(['', 'Bearer', 'Bearer short', 'Basic YTpi', 'Bearer gh_unknownunknownunknownunknown'])(
    'authorization %j', async (authorization) => {
      expect(await send(authorization ? { authorization } : {}, whoami)).toMatchObject({ status: 401 })
    })
  test('a token outside its scopes', async () => {
    const { token } = await world.owner.do('agent.token_create', { id: 'ada', scopes: ['read'] })
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    expect((await send(headers, whoami)).status).toBe(200)
    expect(await send(headers, create)).toMatchObject({ status: 403, body: { required: { scope: 'task.create' } } })
  })
  test('a bearer begets no bearer, a signature does', async () => {
    const mint = { method: 'POST', target: '/api/v1/agents/ada/tokens', body: '{"ttl_seconds":60}' }
    expect((await ada.client.call('agent.token_create', { id: 'ada' })).status).toBe(403)
    expect((await send(signed(mint), mint)).status).toBe(201)
    const long = { ...mint, body: '{"ttl_seconds":901}' }
    expect((await send(signed(long), long)).status).toBe(403)
  })
  test('the sixth key', async () => {
    await world.register('keyholder')
    for (let key = 2; key <= 5; key++) await world.owner.do('agent.key_create', { id: 'keyholder' })
    expect(await world.owner.call('agent.key_create', { id: 'keyholder' }))
      .toMatchObject({ status: 409, body: { code: 'limit_reached', limit: 5 } })
  })
  test('secrets are shown once and stored nowhere in clear', async () => {
    const first = await world.owner.do('agent.register', { handle: 'secretive' }, { key: 'reg' })
    const again = await world.owner.do('agent.register', { handle: 'secretive' }, { key: 'reg' })
    expect(again.key).toEqual({ ...first.key, secret: null })
    const [found] = await world.sql<{ found: boolean }>(
      'select exists (select from idempotency where answer::text like $1) as found', [`%${first.key.secret}%`])
    expect(found!.found).toBe(false)
  })
})

describe('sessions', () => {
  const signIn = async (): Promise<string> => {
    const { People } = await import('../../handlers/people.ts')
    const [owner] = await world.sql<{ workspace_id: string; id: string }>("select * from actors where handle = 'owner'")
    const link = await new People(world.parts.db).invite(owner!.workspace_id, owner!.id)
    const response = await fetch(`${world.url}/sign-in/${link}`, { redirect: 'manual' })
    expect(response.status).toBe(303)
    const cookie = response.headers.get('set-cookie')!
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/)
    expect((await fetch(`${world.url}/sign-in/${link}`, { redirect: 'manual' })).status).toBe(401)
    return cookie.split(';')[0]!
  }
  test('a link works once and makes a session; foreign pages cannot use it', async () => {
    const cookie = await signIn()
    expect(await send({ cookie }, whoami)).toMatchObject({ status: 200, body: { handle: 'owner' } })
    const json = { cookie, 'content-type': 'application/json' }
    expect((await send(json, create)).status).toBe(403)
    expect((await send({ ...json, origin: 'http://evil.example' }, create)).status).toBe(403)
    expect((await send({ ...json, origin: world.url }, create)).status).toBe(201)
    const out = await fetch(`${world.url}/sign-out`, { method: 'POST', headers: { cookie, origin: world.url } })
    expect(out.status).toBe(204)
    expect((await send({ cookie }, whoami)).status).toBe(401)
  })
})
