/** Sessions of people over HTTP, and the page's files: who may what, and what comes with which headers. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { createClient as createSdk } from '../../sdk/client.ts'
import { People } from '../../handlers/people.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld() })
afterAll(() => world.close())

async function link(handle = 'owner'): Promise<string> {
  const [person] = await world.sql<{ workspace_id: string; id: string }>(
    'select workspace_id, id from actors where handle = $1', [handle])
  return `${world.url}/sign-in/${await new People(world.parts.db).invite(person!.workspace_id, person!.id)}`
}

async function signIn(handle = 'owner', agent = 'a test'): Promise<string> {
  const answer = await fetch(await link(handle), { redirect: 'manual', headers: { 'user-agent': agent } })
  return answer.headers.get('set-cookie')!.split(';')[0]!
}

type Answer = { status: number; body: any; headers: Headers }
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const answer = await fetch(world.url + path, { method, headers, redirect: 'manual' })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json')
  return { status: answer.status, body: isJson ? JSON.parse(text) : text, headers: answer.headers }
}

describe('sessions', () => {
  test('current: who, the clock, and a place in the log from which events follow', async () => {
    const cookie = await signIn()
    const { status, body, headers } = await ask('/sessions/current', { cookie })
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({
      actor: { kind: 'human', handle: 'owner', role: 'owner' }, workspace: 'main', version: '0.1.0',
    })
    expect(Math.abs(Date.parse(body.server_time) - Date.now())).toBeLessThan(5000)
    const { key } = await world.owner.do('task.create', { title: 'After the place' })
    const client = createSdk({ url: world.url, token: world.owner.token })
    for await (const { event } of client.follow({ after: body.cursor })) {
      expect(event).toMatchObject({ type: 'task.created', subject: { key } })
      break
    }
  })

  test('the list has the own ones, which is this, and no secret', async () => {
    const [cookie] = [await signIn('owner', 'Here'), await signIn('owner', 'There')]
    await world.sql(`insert into actors (workspace_id, kind, handle, name, role)
      select workspace_id, 'human', 'vera', 'Vera', 'viewer' from actors where handle = 'owner'`)
    const vera = await signIn('vera', 'Elsewhere')
    const { body } = await ask('/sessions', { cookie: cookie! })
    const agents = body.items.map((one: any) => [one.user_agent, one.current])
    expect(agents).toContainEqual(['Here', true])
    expect(agents).toContainEqual(['There', false])
    expect(agents.flat()).not.toContain('Elsewhere')
    expect(Object.keys(body.items[0]).toSorted()).toEqual(
      ['created_at', 'current', 'expires_at', 'id', 'last_seen_at', 'user_agent'])
    expect((await ask('/sessions', { cookie: vera })).body.items).toHaveLength(1)
  })

  test('being used is remembered, once a minute at most', async () => {
    const cookie = await signIn('owner', 'Touched')
    const own = async () => (await ask('/sessions', { cookie })).body.items.find((one: any) => one.current)
    const before = await own()
    await ask('/sessions/current', { cookie })
    expect((await own()).last_seen_at).toBe(before.last_seen_at)
    await world.advance(90)
    await ask('/sessions/current', { cookie })
    expect(Date.parse((await own()).last_seen_at) - Date.parse(before.last_seen_at)).toBeGreaterThan(80_000)
    // What waits for a worker is not to look old to the other tests.
    await world.advance(-90)
  })

  test('ending one: its requests are refused at once, its sockets closed within a second', async () => {
    const [mine, other] = [await signIn('owner', 'Mine'), await signIn('owner', 'Other')]
    const headers = { cookie: other, origin: world.url }
    const closed: number[] = []
    class Socket extends WebSocket {
      constructor(url: string, protocols: string) { super(url, protocols, { headers }) }
    }
    const client = createClient({
      url: `${world.url.replace('http', 'ws')}/graphql`, webSocketImpl: Socket, lazy: false, retryAttempts: 0,
      onNonLazyError: () => undefined, on: { closed: (event) => closed.push((event as { code: number }).code) },
    })
    await new Promise<void>((resolve) => { client.on('connected', () => resolve()) })
    const { body: { items } } = await ask('/sessions', { cookie: mine })
    const { id } = items.find((one: any) => one.user_agent === 'Other')
    expect((await ask(`/sessions/${id}`, { cookie: mine, origin: world.url }, 'DELETE')).status).toBe(204)
    expect((await ask('/sessions/current', { cookie: other })).status).toBe(401)
    await eventually(async () => closed.length, { within: 1500 })
    expect(closed).toEqual([4401])
    expect((await ask(`/sessions/${id}`, { cookie: mine, origin: world.url }, 'DELETE')).status).toBe(404)
  })

  test('who may not', async () => {
    const cookie = await signIn()
    const own = (await ask('/sessions/current', { cookie })).body.id
    const vera = await signIn('vera')
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
    const cases: [string, string, Record<string, string>, number, string][] = [
      ['GET', '/sessions', {}, 401, 'unauthenticated'],
      ['GET', '/sessions/current', {}, 401, 'unauthenticated'],
      ['GET', '/sessions', bearer(world.agents.ada!.client.token), 403, 'forbidden'],
      ['GET', '/sessions/current', bearer(world.owner.token), 404, 'not_found'],
      ['DELETE', `/sessions/${own}`, { cookie }, 403, 'forbidden'],
      ['DELETE', `/sessions/${own}`, { cookie, origin: 'https://evil.example' }, 403, 'forbidden'],
      ['DELETE', `/sessions/${own}`, { cookie: vera, origin: world.url }, 404, 'not_found'],
      ['DELETE', '/sessions/nonsense', { cookie, origin: world.url }, 404, 'not_found'],
    ]
    for (const [method, path, headers, status, code] of cases) {
      expect(await ask(path, headers, method), `${method} ${path}`).toMatchObject({ status, body: { code } })
    }
    expect((await ask('/sessions/current', { cookie })).status).toBe(200)
  })

  test('a used link: browsers are led to words, others get the problem', async () => {
    const used = await link()
    await fetch(used, { redirect: 'manual' })
    const html = await fetch(used, { redirect: 'manual', headers: { accept: 'text/html,*/*;q=0.8' } })
    expect([html.status, html.headers.get('location')]).toEqual([303, '/sign-in?link=used'])
    const plain = await fetch(used, { redirect: 'manual' })
    expect([plain.status, (await plain.json() as any).code]).toEqual([401, 'unauthenticated'])
  })

  test('the SDK works with a cookie, from the own page only', async () => {
    const cookie = await signIn()
    const withCookie = (origin: string): typeof fetch => (url, init) =>
      fetch(url, { ...init, headers: { ...init?.headers, cookie, origin } })
    const own = createSdk({ url: world.url, fetch: withCookie(world.url), retry: { attempts: 1 } })
    expect(await own.agent.whoami()).toMatchObject({ kind: 'human', handle: 'owner' })
    expect(await own.task.create({ title: 'By cookie' })).toMatchObject({ creator: 'owner' })
    const foreign = createSdk({ url: world.url, fetch: withCookie('https://evil.example') })
    await expect(foreign.task.create({ title: 'x' })).rejects.toMatchObject({ code: 'forbidden' })
  })
})

const built = existsSync(join(import.meta.dirname, '..', '..', 'ui', 'dist', 'index.html'))
const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

/** As a browser asks again; Node would say that it wants no copy. */
const again = (headers: Headers) => ({ 'if-none-match': headers.get('etag')!, 'cache-control': 'max-age=0' })

describe.runIf(built)('the page’s files', () => {
  test('views are the page, under a strict policy, asked for anew each time', async () => {
    for (const path of ['/', '/inbox', '/tasks/TASK-1', '/agents/ada', '/agents/ada.v2', '/sign-in?link=used']) {
      const { status, body, headers } = await ask(path, html)
      expect([path, status]).toEqual([path, 200])
      expect(body).toContain('<div id="app">')
      expect(body).not.toMatch(/<script(?![^>]*\bsrc=)|<style|style=|https?:\/\//)
      expect(headers.get('cache-control')).toBe('no-cache')
      const policy = headers.get('content-security-policy')!
      expect(policy).toContain("default-src 'self'")
      expect(policy).not.toMatch(/unsafe|\*|https:/)
      expect((await ask(path, { ...html, ...again(headers) })).status).toBe(304)
    }
  })

  test('hashed files are kept for ever and come compressed', async () => {
    const folder = join(import.meta.dirname, '..', '..', 'ui', 'dist', 'assets')
    const largest = readdirSync(folder).find((name) => /^index-.*\.js$/.test(name))!
    const { status, headers } = await ask(`/assets/${largest}`, { 'accept-encoding': 'br' })
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(headers.get('content-encoding')).toBe('br')
    expect(headers.get('vary')).toMatch(/Accept-Encoding/i)
    const plain = await ask(`/assets/${largest}`, { 'accept-encoding': 'identity' })
    expect(plain.headers.get('content-encoding')).toBe(null)
  })

  test('nothing else becomes the page', async () => {
    const cases: [string, Record<string, string>, number][] = [
      ['/inbox', { accept: 'application/json' }, 404],
      ['/inbox', {}, 404],
      ['/nowhere', html, 404],
      ['/assets/none.js', html, 404],
      ['/api/v1/tasks', html, 401],
      ['/api/v2', html, 404],
      ['/../config.ts', html, 404],
      ['/assets/..%2f..%2f..%2fpackage.json', html, 404],
    ]
    for (const [path, headers, status] of cases) {
      expect([path, (await ask(path, headers)).status]).toEqual([path, status])
    }
    expect((await ask('/nowhere', html)).body).toContain('<div id="app">')
    expect((await ask('/inbox')).body).toMatchObject({ code: 'not_found' })
    expect((await ask('/docs', html)).headers.get('content-security-policy')).toContain("style-src 'self'")
  })
})
