/** GraphQL over HTTP: its names, limits and errors. Examples: test/conformance/graphql.test.ts. */
import type { GraphQLSchema } from 'graphql'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { fieldNameOf } from '../../api/graphql/names.ts'
import { operations } from '../../operations/index.ts'
import type { GraphQLAnswer } from '../harness/graphql.ts'
import { ask, introspect } from '../harness/graphql.ts'
import { signedHeaders } from '../harness/signer.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let schema: GraphQLSchema
beforeAll(async () => {
  world = await openWorld({ worker: true })
  schema = await introspect(world.url, world.owner.token)
})
afterAll(() => world.close())

const owner = (query: string, variables = {}, headers = {}): Promise<GraphQLAnswer> =>
  ask(world.url, world.owner.token, query, variables, headers)
const codeOf = ({ errors }: GraphQLAnswer): unknown => errors[0]?.extensions.code

test('each operation is one field, named as the contract says', () => {
  const names = (kind: 'query' | 'mutation') =>
    Object.keys(schema.getRootType(kind as 'query')!.getFields())
  const wanted = (kind: string) => operations.filter((one) => one.kind === kind).map(fieldNameOf)
  expect(names('query').toSorted()).toEqual(wanted('query').toSorted())
  expect(names('mutation').toSorted()).toEqual(wanted('command').toSorted())
  expect(names('query')).toEqual(expect.arrayContaining([
    'task', 'tasks', 'taskWaiting', 'gatePolicyList', 'creditsBalance', 'agentWhoami',
    'eventVerify', 'workspace',
  ]))
})

test('JSON values keep their names, in literals and in variables', async () => {
  const value = { some_key: [{ inner_key: 1.5, camelKey: null }], ok: true }
  const { data } = await owner(`mutation ($input: Json) {
    a: taskCreate(title: "a", input: $input) { input }
    b: taskCreate(title: "b", input: {
      some_key: [{ inner_key: 1.5, camelKey: null }], ok: true
    }) { input }
  }`, { input: value })
  expect(data).toEqual({ a: { input: value }, b: { input: value } })
})

test('an id that may be missing is null, not a fault: the system acts without one', async () => {
  const { data, errors } = await owner('{ events(limit: 1) { items { id actor { kind id } } } }')
  expect(errors).toEqual([])
  expect(data).toMatchObject({ events: { items: [{ actor: { kind: 'system', id: null } }] } })
})

test('the same key gives the first answer again, another payload is a conflict', async () => {
  const create = (title: string) => owner(
    'mutation ($t: String!) { taskCreate(title: $t, idempotencyKey: "g-1") { key } }', { t: title })
  const first = await create('once')
  const again = await create('once')
  expect(again.data).toEqual(first.data)
  expect(again.extensions!.commands.taskCreate).toEqual({ idempotencyKey: 'g-1', replayed: true })
  expect(codeOf(await create('twice'))).toBe('idempotency_conflict')
})

test('headers hold for a single command and are never ignored', async () => {
  const { key } = await world.owner.do('task.create', { title: 'x' })
  const comment = `taskComment(id: "${key}", body: "x") { version }`
  const headers = { 'idempotency-key': '"h-1"' }
  await owner(`mutation { ${comment} }`, {}, headers)
  const again = await owner(`mutation { ${comment} }`, {}, { 'idempotency-key': 'h-1' })
  expect(again.extensions!.commands.taskComment!.replayed).toBe(true)
  const two = await owner(`mutation { a: ${comment} b: ${comment} }`, {}, headers)
  expect(codeOf(two)).toBe('invalid_input')
  const stale = await owner(`mutation { taskUpdate(id: "${key}", title: "y") { key } }`, {}, {
    'if-match': '"99"',
  })
  expect(stale.errors[0]!.extensions).toMatchObject({ code: 'version_conflict', status: 412 })
})

test('a refusal is the whole problem, and leaves the other fields alone', async () => {
  const { key } = await world.owner.do('task.create', { title: 'x' })
  const { status, data, errors } = await owner(`mutation {
    bad: taskTransition(id: "${key}", to: done) { result }
    good: taskTransition(id: "${key}", to: todo) { task { status } }
  }`)
  expect(status).toBe(200)
  expect(data).toEqual({ bad: null, good: { task: { status: 'todo' } } })
  expect(errors[0]).toMatchObject({
    path: ['bad'],
    extensions: {
      code: 'invalid_transition', status: 409, from: 'backlog', allowed: ['todo', 'cancelled'],
    },
  })
})

type Named = { name?: string }

test('links lead on, and one moment asks once for each thing', async () => {
  const { ada } = world.agents
  const parent = await world.owner.do('task.create', { title: 'Parent' })
  for (let count = 0; count < 5; count++) {
    const child = { title: 'Child', status: 'todo', parent: parent.key }
    const task = await world.owner.do('task.create', child)
    await ada!.client.do('task.claim', { id: task.key })
  }
  const query = vi.spyOn(world.parts.db.pool, 'query')
  const { data, errors } = await owner(`{ task(id: "${parent.key}") {
    creatorAgent { handle }
    subtasks { items {
      parentTask { key } assigneeAgent { handle reportsToAgent { handle } balance { available } }
      events(limit: 1) { items { type actorAgent { handle } task { key } } nextCursor }
    } }
  } }`)
  const asked = query.mock.calls.map(([statement]) => (statement as unknown as Named).name)
  // The creator (a person), ada, her lead; and whoever the other lookups name: not one per task.
  expect(asked.filter((name) => name === 'get actor').length).toBeLessThanOrEqual(4)
  query.mockRestore()
  expect(errors).toEqual([])
  const { items } = (data as any).task.subtasks // oxlint-disable-line typescript/no-explicit-any
  expect(items).toHaveLength(5)
  expect(items[0]).toMatchObject({
    parentTask: { key: parent.key },
    assigneeAgent: { handle: 'ada', reportsToAgent: { handle: 'lead' } },
    events: { items: [{ type: 'task.created', actorAgent: null }] },
  })
  // A person created it: there is no such agent, which is no error.
  expect(data).toMatchObject({ task: { creatorAgent: null } })
})

const deep = 'parentTask { '.repeat(12)
const fragments = Array.from({ length: 40 }, (_, n) =>
  `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`).join(' ')
test.each([
  ['too deep', `{ task(id: "TASK-1") { ${deep} key ${'} '.repeat(13)} }`, /10 levels/],
  ['too much', '{ tasks(limit: 1000) { items { events(limit: 1000) { items { id } } } } }',
    /100000 values/],
  ['too much by aliases', `{ ${Array.from({ length: 60 }, (_, n) =>
    `a${n}: tasks(limit: 1000) { items { id key } }`).join(' ')} }`, /100000 values/],
  ['too much by fragments', `{ ...F0 } ${fragments} fragment F40 on Query { workspace { name } }`,
    /values/],
  ['too long', `{ ${'workspace { name } '.repeat(1000)} }`, /2500 tokens/],
  ['no such field', '{ tasks { items { nothing } } }', /Cannot query field/],
  ['no such argument', '{ tasks(nothing: 1) { nextCursor } }', /Unknown argument/],
  ['a wrong type', '{ tasks(limit: "many") { nextCursor } }', /Int cannot represent/],
  ['a bad word', 'mutation { taskTransition(id: "x", to: nowhere) { result } }',
    /does not exist in "Status"/],
  ['broken', '{ tasks(', /Syntax Error/],
  ['a bad cursor', '{ tasks(cursor: "nonsense") { nextCursor } }', /Not a cursor/],
  ['over HTTP', 'subscription { events { type } }', /Subscriptions are not supported/],
])('refused: %s', async (_, query, message) => {
  const answer = await owner(query)
  expect(answer.errors[0]!.message).toMatch(message)
  expect(answer.errors[0]!.extensions).toMatchObject({ code: 'invalid_input', status: 400 })
})

test('an answer has a size, however small the question is', async () => {
  const { key } = await world.owner.do('task.create', { title: 'x', input: 'y'.repeat(200_000) })
  const many = Array.from({ length: 120 }, (_, n) => `a${n}: input`).join(' ')
  const answer = await owner(`{ task(id: "${key}") { ${many} } }`)
  expect(answer.errors[0]!.message).toMatch(/larger than/)
  expect(codeOf(answer)).toBe('invalid_input')
})

type Sent = { method: string; json?: string; query?: string }

test.each([
  ['no body', { method: 'POST' }, 415],
  ['no query', { method: 'POST', json: '{}' }, 400],
  ['broken JSON', { method: 'POST', json: '{' }, 400],
  ['a list', { method: 'POST', json: '[{"query":"{workspace{name}}"}]' }, 400],
  ['variables that are none',
    { method: 'POST', json: '{"query":"{workspace{name}}","variables":1}' }, 400],
  ['a mutation by GET', { method: 'GET', query: 'mutation { taskNext { task { key } } }' }, 405],
  ['a query by GET', { method: 'GET', query: '{ workspace { name } }' }, 200],
  ['too large', { method: 'POST', json: `{"query":"${'x'.repeat(1024 * 1024)}"}` }, 413],
] as [string, Sent, number][])('HTTP: %s', async (_, { method, json, query }, status) => {
  const search = query ? `?query=${encodeURIComponent(query)}` : ''
  const response = await fetch(`${world.url}/graphql${search}`, {
    method, body: json ?? null,
    headers: {
      authorization: `Bearer ${world.owner.token}`,
      ...(json ? { 'content-type': 'application/json' } : {}),
    },
  })
  expect(response.status).toBe(status)
})

test('without a valid proof: 401, as a problem', async () => {
  const response = await fetch(`${world.url}/graphql`, { method: 'POST', body: '{}' })
  expect(response.status).toBe(401)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(await response.json()).toMatchObject({ code: 'unauthenticated' })
})

test('a signed request works, once', async () => {
  const { keyid, secret } = world.agents.ada!
  const body = JSON.stringify({ query: '{ agentWhoami { handle } }' })
  // Not from before the store of nonces began, should a second end in between.
  const created = Math.ceil(Date.now() / 1000)
  const headers = signedHeaders({
    method: 'POST', target: '/graphql', body, keyid, secret, created,
  })
  const send = () => fetch(`${world.url}/graphql`, { method: 'POST', body, headers })
  expect(await (await send()).json()).toEqual({ data: { agentWhoami: { handle: 'ada' } } })
  expect(await (await send()).json()).toMatchObject({
    errors: [{ extensions: { code: 'signature_replayed' } }],
  })
})
