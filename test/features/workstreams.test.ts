/** Workstreams: names, versions, progress; tasks that enter, move and leave; and what is over takes none. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callByGraphQL, introspect } from '../harness/graphql.ts'
import type { TestClient } from '../harness/client.ts'
import type { Spawned, World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let second: Spawned
let owner: TestClient
beforeAll(async () => {
  world = await openWorld()
  second = await world.spawn('api')
  owner = world.owner
})
afterAll(() => world.close())

let count = 0
const begin = async (more: object = {}) => owner.do('workstream.create', { name: `stream-${++count}`, ...more })
const task = (workstream: string | null, more: object = {}) => owner.do('task.create', { title: 'x', workstream, ...more })
const told = async (id: string) => (await owner.do('event.list', { limit: 1000 })).items
  .filter(({ subject }: any) => subject.id === id)
const put = (path: string, body: object, headers: Record<string, string> = {}) => fetch(`${world.url}/api/v1${path}`, {
  method: 'PATCH', body: JSON.stringify(body),
  headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json', ...headers },
})

describe('names', () => {
  test('one of each, however it is typed when it is asked for', async () => {
    const { id, name } = await begin()
    expect(await owner.call('workstream.create', { name })).toMatchObject({ status: 409, body: { code: 'duplicate', name } })
    for (const ref of [id, name, name.toUpperCase()]) {
      expect(await owner.do('workstream.get', { id: ref })).toMatchObject({ id, name })
    }
    const other = await begin()
    expect(await owner.call('workstream.update', { id: other.id, name })).toMatchObject({ status: 409, body: { code: 'duplicate' } })
  })
  test.each(['', 'Docs', 'two words', '-docs', 'a_b', 'ä', 'x'.repeat(65), '01900000-0000-7000-8000-000000000000'])(
    'not a name: %j', async (name) => {
      expect(await owner.call('workstream.create', { name }))
        .toMatchObject({ status: 400, body: { code: 'invalid_input', errors: [{ pointer: '/name' }] } })
    })
  test('sixty at once through two servers: one is made', async () => {
    const servers = [owner, second.client(owner.token)]
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) =>
      servers[index % 2]!.call('workstream.create', { name: 'at-once' })))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.code))).toEqual(new Set(['duplicate']))
  })
  test('another workspace’s names and ids are not found', async () => {
    const [{ id: foreign }] = await world.sql<{ id: string }>(`with w as (
        insert into workspaces (name, key_prefix) values ('other', 'OTHER') returning id),
      a as (insert into actors (workspace_id, kind, handle, name, role)
        select id, 'human', 'zoe', 'Zoe', 'owner' from w returning workspace_id, id)
      insert into workstreams (workspace_id, id, name, creator_id, created_at, updated_at)
        select workspace_id, uuidv7(), 'theirs', id, now(), now() from a returning id`) as [{ id: string }]
    for (const id of ['theirs', foreign]) {
      expect(await owner.call('workstream.get', { id })).toMatchObject({ status: 404 })
      expect(await owner.call('task.create', { title: 'x', workstream: id })).toMatchObject({ status: 404, body: { code: 'not_found' } })
      expect(await owner.call('credits.budget_create', { scope: { workstream: id }, unit: 'credits', period: 'day', limit: '1' }))
        .toMatchObject({ status: 404 })
    }
  })
})

describe('who may', () => {
  test('agents that create tasks begin one, operators change it, everyone reads', async () => {
    const { client: novice } = await world.register('novice', { level: 1 })
    const { client: watcher } = await world.register('watcher', { level: 5, mode: 'observer' })
    expect(await novice.call('workstream.create', { name: 'by-novice' })).toMatchObject({ status: 403, body: { required: { level: 2 } } })
    expect(await watcher.call('workstream.create', { name: 'by-watcher' })).toMatchObject({ status: 403 })
    const lead = world.agents.lead!.client
    const made = await lead.do('workstream.create', { name: 'by-lead' })
    expect(made).toMatchObject({ created_by: 'lead', status: 'active' })
    expect(await lead.call('workstream.update', { id: made.id, status: 'archived' })).toMatchObject({ status: 403 })
    expect(await watcher.do('workstream.get', { id: 'by-lead' })).toEqual(made)
  })
})

describe('versions and events', () => {
  test('each change is one version with one event; a change of nothing is none', async () => {
    const { id, name } = await begin({ description: 'Long.' })
    const after = await owner.do('workstream.update', { id, priority: 'urgent', description: 'Short.', reason: 'May is near' })
    expect(after).toMatchObject({ priority: 'urgent', description: 'Short.', version: 2 })
    expect(await owner.do('workstream.update', { id, priority: 'urgent' })).toMatchObject({ version: 2 })
    expect(await owner.do('workstream.get', { id })).toEqual(after)
    expect(await told(id)).toMatchObject([
      { type: 'workstream.created', subject: { kind: 'workstream', key: name }, data: { name, priority: 'normal' } },
      {
        type: 'workstream.updated', reason: 'May is near',
        data: { fields: ['description', 'priority'], before: { priority: 'normal' }, after: { priority: 'urgent' } },
      },
    ])
    expect(JSON.stringify(await told(id))).not.toMatch(/Long|Short/)
  })
  test('If-Match: only what was seen is changed; the ETag is the version', async () => {
    const { id } = await begin()
    const changed = await put(`/workstreams/${id}`, { status: 'paused' }, { 'if-match': '"1"' })
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"'])
    const late = await put(`/workstreams/${id}`, { status: 'archived' }, { 'if-match': '"1"' })
    expect([late.status, await late.json()]).toMatchObject([412, { code: 'version_conflict', current: 2 }])
    expect(await owner.do('workstream.get', { id })).toMatchObject({ status: 'paused', version: 2 })
  })
  test('the same key answers the first answer again, also when it has changed since', async () => {
    const { id } = await begin()
    const key = { 'idempotency-key': 'pause-it' }
    const first = await (await put(`/workstreams/${id}`, { status: 'paused' }, key)).json()
    await owner.do('workstream.update', { id, status: 'active' })
    const again = await put(`/workstreams/${id}`, { status: 'paused' }, key)
    expect([again.headers.get('idempotency-replayed'), await again.json()]).toEqual(['true', first])
    expect((await put(`/workstreams/${id}`, { status: 'archived' }, key)).status).toBe(422)
  })
  test('what comes later is not accepted yet', async () => {
    const { id } = await begin()
    expect(await owner.call('workstream.create', { name: 'later', gates: [] })).toMatchObject({ status: 400 })
    expect((await fetch(`${world.url}/api/v1/workstreams/${id}/freeze`, {
      method: 'POST', headers: { authorization: `Bearer ${owner.token}` },
    })).status).toBe(404)
  })
})

describe('tasks', () => {
  test('enter, move and leave; progress counts them by status; a list has its own', async () => {
    const [docs, launch] = [await begin(), await begin()]
    const first = await task(docs.name)
    expect(first).toMatchObject({ workstream: docs.name })
    const ready = await task(docs.id, { status: 'todo' })
    await world.agents.ada!.client.do('task.claim', { id: ready.key })
    const { progress } = await owner.do('workstream.get', { id: docs.id })
    expect(progress).toEqual({ backlog: 1, todo: 0, in_progress: 1, review: 0, done: 0, blocked: 0, cancelled: 0 })
    await owner.do('task.update', { id: first.key, workstream: launch.name })
    await owner.do('task.cancel', { id: ready.key })
    const keys = async (workstream: string) =>
      (await owner.do('task.list', { workstream })).items.map(({ key }: any) => key)
    expect([await keys(docs.name), await keys(launch.id)]).toEqual([[ready.key], [first.key]])
    expect(await owner.do('workstream.list', { limit: 2 })).toMatchObject({
      items: [{ id: launch.id, progress: { backlog: 1 } }, { id: docs.id, progress: { backlog: 0, in_progress: 0, cancelled: 1 } }],
    })
    await owner.do('workstream.update', { id: launch.id, name: 'renamed' })
    expect(await owner.do('task.get', { id: first.key })).toMatchObject({ workstream: 'renamed', version: 2 })
    expect(await owner.do('task.update', { id: first.key, workstream: null })).toMatchObject({ workstream: null, version: 3 })
    expect(await owner.call('task.list', { workstream: 'nowhere' })).toMatchObject({ status: 404 })
    expect(await owner.call('task.update', { id: first.key, workstream: 'nowhere' })).toMatchObject({ status: 404 })
  })
  test('a subtask is where its parent is, unless it says otherwise', async () => {
    const [docs, launch] = [await begin(), await begin()]
    const parent = await task(docs.name)
    const child = (more: object = {}) => owner.do('task.create', { title: 'x', parent: parent.key, ...more })
    expect(await child()).toMatchObject({ parent: parent.key, workstream: docs.name })
    expect(await child({ workstream: launch.name })).toMatchObject({ workstream: launch.name })
    expect(await child({ workstream: null })).toMatchObject({ workstream: null })
  })
  test.each(['completed', 'archived'])('one that is %s takes none, and what is in it goes on', async (status) => {
    const { id, name } = await begin()
    const inside = await task(name, { status: 'todo' })
    const outside = await task(null)
    await owner.do('workstream.update', { id, status })
    const refused = { status: 403, body: { code: 'forbidden', required: { workstream: name, status: ['active', 'paused'] } } }
    expect(await owner.call('task.create', { title: 'x', workstream: name })).toMatchObject(refused)
    expect(await owner.call('task.create', { title: 'x', parent: inside.key })).toMatchObject(refused)
    expect(await owner.call('task.update', { id: outside.key, workstream: name })).toMatchObject(refused)
    expect(await owner.do('task.update', { id: inside.key, title: 'y', workstream: name })).toMatchObject({ title: 'y' })
    await world.agents.ada!.client.do('task.claim', { id: inside.key })
    await owner.do('workstream.update', { id, status: 'active' })
    expect(await task(name)).toMatchObject({ workstream: name })
  })
  test('none slips into one while it is archived', async () => {
    const { id, name } = await begin()
    const stray = await Promise.all(Array.from({ length: 20 }, () => task(null)))
    const servers = [owner, second.client(owner.token)]
    const entering = stray.flatMap(({ key }: any, index: number) => [
      servers[index % 2]!.call('task.update', { id: key, workstream: name }),
      servers[(index + 1) % 2]!.call('task.create', { title: 'x', workstream: name }),
    ])
    await owner.do('workstream.update', { id, status: 'archived' })
    const answers = await Promise.all(entering)
    const [{ seq }] = (await told(id)).filter(({ type }: any) => type === 'workstream.updated')
    const entered = (await owner.do('event.list', { limit: 1000 })).items.filter(({ type, data }: any) =>
      (type === 'task.created' && data.workstream === name) || data.after?.workstream === name)
    expect(entered.filter((event: any) => event.seq > seq)).toEqual([])
    expect(answers.filter(({ status }) => status < 400)).toHaveLength(entered.length)
  })
  test('GraphQL leads from a task to its workstream and back', async () => {
    const { name } = await begin()
    const { key } = await task(name)
    const answer = await fetch(`${world.url}/graphql`, {
      method: 'POST', headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `{ task(id: "${key}") { workstream workstreamDetail { name progress { backlog } tasks { items { key } } } } }`,
      }),
    })
    expect(await answer.json()).toEqual({
      data: { task: { workstream: name, workstreamDetail: { name, progress: { backlog: 1 }, tasks: { items: [{ key }] } } } },
    })
    const schema = await introspect(world.url, owner.token)
    expect(await callByGraphQL(schema, { url: world.url, token: owner.token }, 'task.update', { id: key, workstream: null }))
      .toMatchObject({ body: { workstream: null } })
  })
})
