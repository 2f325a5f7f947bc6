/** Bad input always gets its named error and changes nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../operations/index.ts'
import { makeGiven, resolve } from '../harness/given.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld({ worker: true }) })
afterAll(() => world.close())

/** Everything that a command could have changed, in one text. */
const state = async (): Promise<string> => JSON.stringify(await world.sql(`
  select (select json_agg(s order by stream) from streams s) as streams,
    (select json_agg(json_build_array(id, version, status) order by id) from tasks) as tasks,
    (select json_agg(json_build_array(id, version) order by id) from gates) as gates,
    (select json_agg(json_build_array(id, posted) order by id) from accounts) as accounts,
    (select count(*) from idempotency) as remembered,
    (select count(*) from agents) as agents, (select settings from workspaces) as settings`))

const commands = operations.filter(({ kind }) => kind === 'command')
/** A valid call of each operation: its first example that is not refused. */
async function validInput(name: string): Promise<{ input: Record<string, unknown>; token: string }> {
  const operation = operations.find((one) => one.name === name)!
  const example = operation.examples.find(({ refused }) => !refused)!
  const names = await makeGiven(world, example)
  const who = example.as && example.as !== 'owner' ? world.agents[example.as]!.client : world.owner
  return { input: resolve(example.input ?? {}, names) as Record<string, unknown>, token: who.token }
}

describe('every operation', () => {
  test.each(operations.map(({ name }) => name))('%s: an unknown field', async (name) => {
    const { input, token } = await validInput(name)
    const before = await state()
    const client = world.owner.token === token ? world.owner
      : Object.values(world.agents).find(({ client: one }) => one.token === token)!.client
    const answer = await client.call(name, { ...input, no_such_field: 1 })
    expect(answer).toMatchObject({
      status: 400, body: { code: 'invalid_input', errors: [{ pointer: '/no_such_field' }] },
    })
    expect(await state()).toBe(before)
  })

  const wrong = { text: { a: 1 }, number: 'x', list: 'x', flag: 'x' }
  test.each(commands.map(({ name }) => name))('%s: wrong types in each field', async (name) => {
    const operation = operations.find((one) => one.name === name)!
    const { input, token } = await validInput(name)
    const client = [world.owner, ...Object.values(world.agents).map(({ client: one }) => one)]
      .find((one) => one.token === token)!
    const before = await state()
    const fields = Object.keys(operation.input.shape).filter((field) => !operation.params.includes(field))
    for (const field of fields.filter((one) => !['input', 'output'].includes(one))) {
      const answer = await client.call(name, { ...input, [field]: [[wrong]] })
      expect(answer.status, `${name} ${field}`).toBe(400)
      expect(answer.body.code).toBe('invalid_input')
      expect(answer.body.errors[0].pointer).toMatch(new RegExp(`^/${field}`))
    }
    expect(await state()).toBe(before)
  })

  const onOne = operations.filter(({ params }) => params[0] === 'id')
  test.each(onOne.map(({ name }) => name))('%s: nobody’s id', async (name) => {
    const { input } = await validInput(name)
    const answer = await world.owner.call(name, { ...input, id: '01900000-0000-7000-8000-000000000000' })
    expect([403, 404]).toContain(answer.status)
    if (answer.status === 404) expect(answer.body.code).toBe('not_found')
  })

  test.each(operations.map(({ name }) => name))('%s: no proof', async (name) => {
    const { route } = operations.find((one) => one.name === name)!
    const target = `/api/v1${route.path.replaceAll(/\{\w+\}/g, 'x')}`
    const response = await fetch(world.url + target, { method: route.method })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'unauthenticated' })
  })
})

describe('the envelope', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    world.owner.request('POST', '/api/v1/tasks', body, { headers })
  const refused = async (body: string, code: string, status: number, headers = {}) => {
    const before = await state()
    const answer = await post(body, headers)
    expect(answer).toMatchObject({ status, body: { code } })
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(await state()).toBe(before)
    return answer
  }
  test.each(['{', '[]', '1', 'null', '"x"', '{"title":"x"', '\ufeff{}x', '{"title":"x",}'])(
    'broken or other JSON: %s', async (body) => { await refused(body, 'invalid_input', 400) })
  test.each(['text/plain', 'application/xml', 'multipart/form-data', ''])('the media type %j', async (type) => {
    await refused('{"title":"x"}', 'unsupported_media_type', 415, { 'content-type': type })
  })
  test('a compressed body', async () => {
    await refused('{"title":"x"}', 'unsupported_media_type', 415, { 'content-encoding': 'gzip' })
  })
  test('more than 1 MiB', async () => {
    const answer = await refused(`{"title":"${'x'.repeat(1 << 20)}"}`, 'payload_too_large', 413)
    expect(answer.body.limit).toBe(1 << 20)
  })
  test('invalid UTF-8', async () => {
    const response = await fetch(`${world.url}/api/v1/tasks`, {
      method: 'POST', body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      headers: { authorization: `Bearer ${world.owner.token}`, 'content-type': 'application/json' },
    })
    expect(response.status).toBe(400)
  })
  test('nested a thousand deep', async () => {
    await refused(`{"title":"x","input":${'['.repeat(1000)}${']'.repeat(1000)}}`, 'invalid_input', 400)
  })
  test.each(['\\u0000', '\\ud800'])('text that cannot be stored: %s', async (text) => {
    const answer = await refused(`{"title":"a${text}b"}`, 'invalid_input', 400)
    expect(answer.body.errors).toMatchObject([{ pointer: '/title' }])
    await refused(`{"title":"x","input":{"deep":["${text}"]}}`, 'invalid_input', 400)
  })
  test('numbers beyond any number', async () => {
    await refused('{"title":"x","input":1e999}', 'invalid_input', 400)
  })
  test.each([['title', 201], ['description', 65_537], ['reason', 501]])('%s too long', async (field, length) => {
    await refused(JSON.stringify({ title: 'x', [field]: 'x'.repeat(length) }), 'invalid_input', 400)
  })
  test('input above 256 KiB', async () => {
    await refused(JSON.stringify({ title: 'x', input: 'x'.repeat(262_145) }), 'invalid_input', 400)
  })
  test('bytes count, not characters', async () => {
    await refused(JSON.stringify({ title: 'x', description: 'é'.repeat(32_769) }), 'invalid_input', 400)
  })
  test.each(['Infinity', '1e3', '-1', '0.0000001', '1,5', '', 'x', '9'.repeat(30)])('a reward of %j', async (reward) => {
    const answer = await refused(JSON.stringify({ title: 'x', reward }), 'invalid_input', 400)
    expect(answer.body.errors[0].pointer).toBe('/reward')
  })
  test.each(['yesterday', '2026-13-01T00:00:00Z', '2026-01-01', 5])('a due date of %j', async (due_at) => {
    await refused(JSON.stringify({ title: 'x', due_at }), 'invalid_input', 400)
  })
  test('query parameters on a command', async () => {
    const answer = await world.owner.request('POST', '/api/v1/tasks?dry_run=true', { title: 'x' })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } })
  })
  test('the id in path and body', async () => {
    const answer = await world.owner.request('POST', '/api/v1/tasks/TASK-1/cancel', { id: 'TASK-2' })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/id' }] } })
  })
  test.each(['limit=0', 'limit=1001', 'limit=x', 'limit=1&limit=2', 'cursor=!!!', 'cursor=bm9wZQ', 'status=flying', 'status=done,flying'])(
    'a list with %s', async (query) => {
      const answer = await world.owner.request('GET', `/api/v1/tasks?${query}`, null)
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } })
    })
  test.each(['', 'x'.repeat(256), 'ümlaut'])('the idempotency key %j', async (key) => {
    const answer = await world.owner.request('POST', '/api/v1/tasks', { title: 'x' }, {
      headers: key === '' ? {} : { 'idempotency-key': encodeURI(key).slice(0, 300) },
    })
    expect([201, 400]).toContain(answer.status)
  })
  test.each(['/api/v1/nothing', '/api/v1/tasks/TASK-1/fly', '/nowhere'])('%s', async (target) => {
    expect(await world.owner.request('POST', target, {})).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })
})

describe('versions', () => {
  test('a stale one is refused with the current', async () => {
    const task = await world.owner.do('task.create', { title: 'Versioned' })
    const answer = await world.owner.call('task.get', { id: task.key })
    expect(answer.headers.get('etag')).toBe('"1"')
    const first = await world.owner.call('task.update', { id: task.key, title: 'One' }, { ifMatch: '"1"' })
    expect(first).toMatchObject({ status: 200 })
    expect(first.headers.get('etag')).toBe('"2"')
    const stale = await world.owner.call('task.update', { id: task.key, title: 'Two' }, { ifMatch: '"1"' })
    expect(stale).toMatchObject({ status: 412, body: { code: 'version_conflict', current: 2 } })
    const nonsense = await world.owner.call('task.update', { id: task.key, title: 'Two' }, { ifMatch: 'x' })
    expect(nonsense).toMatchObject({ status: 400 })
  })
  test('it never answers 304', async () => {
    const task = await world.owner.do('task.create', { title: 'Cached' })
    const answer = await world.owner.request('GET', `/api/v1/tasks/${task.key}`, null, { headers: { 'if-none-match': '"1"' } })
    expect(answer.status).toBe(200)
  })
})

describe('tenancy', () => {
  test('another workspace’s ids do not exist', async () => {
    const { foundWorkspace } = await import('../../db/workspaces.ts')
    await foundWorkspace(world.parts.db, { name: 'other', prefix: 'OTHER', owner: 'owner', talent: 'talent' })
    const [foreign] = await world.sql<{ workspace_id: string; id: string }>(
      "select a.workspace_id, a.id from actors a join workspaces w on w.id = a.workspace_id where w.name = 'other' and kind = 'agent'")
    for (const name of ['agent.get', 'agent.key_list']) {
      expect(await world.owner.call(name, { id: foreign!.id })).toMatchObject({ status: 404 })
    }
    await expect(world.sql(
      `insert into leases (workspace_id, task_id, holder_id, attempt, expires_at)
       select t.workspace_id, t.id, $1, 1, now() from tasks t limit 1`, [foreign!.id]))
      .rejects.toThrow(/foreign key/)
  })
  test('the application’s role cannot rewrite history', async () => {
    const attempt = (text: string) => world.parts.db.pool.query(text)
    for (const text of [
      "update events set reason = 'forged'", 'delete from events', 'truncate events',
      'update transfers set amount = 1', 'delete from transfers', "update accounts set posted = 1",
      "insert into ledger_keys select * from ledger_keys", "update tasks set status = 'done'",
      'alter table events disable trigger all',
    ]) await expect(attempt(text), text).rejects.toThrow(/permission denied|must be owner/)
  })
  test('nor can the owner of the tables', async () => {
    for (const text of ["update events set reason = 'forged'", 'delete from transfers', 'truncate events cascade']) {
      await expect(world.sql(text), text).rejects.toThrow(/append-only/)
    }
  })
})
