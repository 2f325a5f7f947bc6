/** Budgets: nested scopes, units, periods, warnings; and no overshoot, however many come at once. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TestClient } from '../harness/client.ts'
import { deleteBudgets, fund } from '../harness/credits.ts'
import type { Spawned, World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let second: Spawned
let ada: TestClient
let bob: TestClient
beforeAll(async () => {
  world = await openWorld()
  second = await world.spawn('api')
  ada = world.agents.ada!.client
  bob = world.agents.bob!.client
  await fund(world, ['ada', 'bob', 'lead'], '100000')
})
afterAll(() => world.close())
afterEach(() => deleteBudgets(world))

const make = (scope: object, limit: string, more: object = {}) => world.owner.do('credits.budget_create',
  { scope, unit: 'credits', period: 'day', limit, ...more })
const read = async (id: string) =>
  (await world.owner.do('credits.budget_list', { limit: 1000 })).items.find((budget: any) => budget.id === id)
const spend = (client: TestClient, amount: string, more: object = {}) =>
  client.call('credits.spend', { amount, reason: 'x', ...more })
const told = async (id: string) => (await world.owner.do('event.list', { limit: 1000 })).items
  .filter((event: any) => event.subject.id === id && event.type.startsWith('budget.') && !/created|updated|deleted/.test(event.type))
  .map(({ type, data }: any) => (data.percent ? `${type} ${data.percent}` : type))

test('what has no room is refused by name, and nothing moved', async () => {
  const budget = await make({ agent: 'ada' }, '10')
  expect(budget).toMatchObject({ limit: '10', used: '0', held: '0', available: '10', action: 'block', version: 1 })
  expect(await spend(ada, '6')).toMatchObject({ status: 200 })
  const before = await world.owner.do('credits.balance', { agent: 'ada' })
  expect(await spend(ada, '4.000001')).toMatchObject({
    status: 402, body: {
      code: 'budget_exceeded', budget: budget.id, available: '4', needed: '4.000001', resets_at: budget.resets_at,
    },
  })
  expect(await world.owner.do('credits.balance', { agent: 'ada' })).toEqual(before)
  expect(await read(budget.id)).toMatchObject({ used: '6', available: '4' })
  expect(await spend(ada, '4')).toMatchObject({ status: 200 })
  expect(await spend(bob, '5')).toMatchObject({ status: 200 })
})

test('every budget above counts: task, agent, subtree, workspace; the nearest full one refuses', async () => {
  const task = await world.owner.do('task.create', { title: 'Paid for', status: 'todo' })
  const budgets = {
    task: await make({ task: task.key }, '5'), agent: await make({ agent: 'ada' }, '20'),
    subtree: await make({ subtree: 'lead' }, '30'), all: await make({ workspace: true }, '35'),
  }
  expect(await spend(ada, '5', { task: task.key })).toMatchObject({ status: 200 })
  expect(await spend(ada, '1', { task: task.key })).toMatchObject({ body: { code: 'budget_exceeded', budget: budgets.task.id } })
  expect(await spend(ada, '15')).toMatchObject({ status: 200 })
  expect(await spend(ada, '1')).toMatchObject({ body: { budget: budgets.agent.id } })
  expect(await spend(bob, '10')).toMatchObject({ status: 200 })
  expect(await spend(bob, '1')).toMatchObject({ body: { budget: budgets.subtree.id } })
  expect(await spend(world.agents.lead!.client, '1')).toMatchObject({ body: { budget: budgets.subtree.id } })
  for (const [name, used] of [['task', '5'], ['agent', '20'], ['subtree', '30'], ['all', '30']] as const) {
    expect(await read(budgets[name].id), name).toMatchObject({ used })
  }
})

describe('of a workstream', () => {
  let number = 0
  /** A workstream, a task in it and one outside. */
  const begin = async () => {
    const { name } = await world.owner.do('workstream.create', { name: `paid-${++number}` })
    const inside = await world.owner.do('task.create', { title: 'Inside', workstream: name })
    const outside = await world.owner.do('task.create', { title: 'Outside' })
    return { name, inside: inside.key as string, outside: outside.key as string }
  }

  test('what is spent on its tasks counts, whoever spends it, with the budgets above and below', async () => {
    const { name, inside, outside } = await begin()
    const other = await world.owner.do('task.create', { title: 'Beside', workstream: name })
    const stream = await make({ workstream: name }, '20')
    expect(stream).toMatchObject({ scope: { workstream: name }, limit: '20', used: '0' })
    const one = await make({ task: inside }, '12')
    const all = await make({ workspace: true }, '40')
    expect(await spend(ada, '12', { task: inside })).toMatchObject({ status: 200 })
    expect(await spend(ada, '1', { task: inside })).toMatchObject({ status: 402, body: { budget: one.id } })
    expect(await spend(bob, '8', { task: other.key })).toMatchObject({ status: 200 })
    expect(await spend(bob, '0.5', { task: other.key }))
      .toMatchObject({ status: 402, body: { code: 'budget_exceeded', budget: stream.id, available: '0', needed: '0.5' } })
    expect(await spend(bob, '20', { task: outside })).toMatchObject({ status: 200 })
    expect(await spend(bob, '1')).toMatchObject({ body: { budget: all.id } })
    expect(await read(stream.id)).toMatchObject({ used: '20', available: '0' })
    expect(await told(stream.id)).toEqual(['budget.warned 50', 'budget.warned 80', 'budget.warned 100'])
  })

  test('a model call counts, and none is refused; a hold settles in the one it was taken in', async () => {
    const [{ name, inside }, next] = [await begin(), await begin()]
    const [stream, tokens, other] = [
      await make({ workstream: name }, '10'), await make({ workstream: name }, '500', { unit: 'tokens' }),
      await make({ workstream: next.name }, '10'),
    ]
    const { id } = await ada.do('credits.hold', { amount: '6', ttl_seconds: 60, tokens: 100, task: inside })
    expect(await read(stream.id)).toMatchObject({ held: '6', available: '4' })
    await world.owner.do('task.update', { id: inside, workstream: next.name })
    await ada.do('credits.settle', { hold: id, amount: '5' })
    expect(await spend(ada, '3', { task: inside })).toMatchObject({ status: 200 })
    expect([await read(stream.id), await read(other.id)]).toMatchObject([{ used: '5', held: '0' }, { used: '3' }])
    await world.owner.do('task.update', { id: inside, workstream: name })
    await ada.do('credits.charge', {
      call_id: `call-${name}`, provider: 'x', model: 'y', tokens: { input: 300, output: 90 }, cost_usd: '0.07', task: inside,
    })
    expect([await read(stream.id), await read(tokens.id)]).toMatchObject([{ used: '12', available: '0' }, { used: '474' }])
    expect(await spend(ada, '1', { task: inside })).toMatchObject({ status: 402, body: { budget: stream.id } })
  })

  test('it keeps its budget under another name, and when it is over', async () => {
    const { name, inside } = await begin()
    const stream = await make({ workstream: name }, '10')
    await world.owner.do('workstream.update', { id: name, name: `${name}-b`, status: 'completed' })
    expect(await read(stream.id)).toMatchObject({ scope: { workstream: `${name}-b` } })
    expect(await spend(ada, '11', { task: inside })).toMatchObject({ status: 402, body: { budget: stream.id } })
  })

  test('60 holds at once, by two agents on two tasks through two servers: no overshoot', async () => {
    const { name, inside } = await begin()
    const { key: beside } = await world.owner.do('task.create', { title: 'Beside', workstream: name })
    const stream = await make({ workstream: name }, '25', { period: 'once' })
    const clients = [ada, bob, second.client(ada.token), second.client(bob.token)]
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => clients[index % 4]!
      .call('credits.hold', { amount: '1', ttl_seconds: 600, task: index % 3 ? inside : beside })))
    expect(answers.filter(({ status }) => status < 400)).toHaveLength(25)
    expect(new Set(answers.filter(({ status }) => status >= 400).map(({ body }) => body.budget))).toEqual(new Set([stream.id]))
    expect(await read(stream.id)).toMatchObject({ used: '0', held: '25', available: '0' })
    expect((await world.owner.do('credits.verify')).ok).toBe(true)
  })
})

test('holds count while they are open, and by what was paid afterwards; dollars and tokens in their units', async () => {
  const credits = await make({ agent: 'ada' }, '50')
  const dollars = await make({ agent: 'ada' }, '1000000', { unit: 'usd_micros' })
  const tokens = await make({ workspace: true }, '10000', { unit: 'tokens' })
  const hold = { amount: '40', ttl_seconds: 60, usd_micros: 400_000, tokens: 8000 }
  const { id } = await ada.do('credits.hold', hold)
  expect(await read(credits.id)).toMatchObject({ used: '0', held: '40', available: '10' })
  expect(await read(dollars.id)).toMatchObject({ used: '0', held: '400000' })
  expect(await spend(ada, '11')).toMatchObject({ body: { budget: credits.id, available: '10' } })
  expect(await ada.call('credits.hold', { ...hold, amount: '1', tokens: 2001 }))
    .toMatchObject({ status: 402, body: { code: 'budget_exceeded', budget: tokens.id, available: '2000', needed: '2001' } })
  await ada.do('credits.settle', { hold: id, amount: '10' })
  expect(await read(credits.id)).toMatchObject({ used: '10', held: '0', available: '40' })
  expect(await read(dollars.id)).toMatchObject({ used: '100000', held: '0' })
  expect(await read(tokens.id)).toMatchObject({ used: '2000', held: '0' })
  const { id: other } = await ada.do('credits.hold', { amount: '20', ttl_seconds: 60, tokens: 100 })
  await ada.do('credits.release', { hold: other })
  expect(await read(credits.id)).toMatchObject({ used: '10', held: '0' })
  const { id: exact } = await ada.do('credits.hold', { amount: '20', ttl_seconds: 60, tokens: 100, usd_micros: 5 })
  await ada.do('credits.settle', { hold: exact, amount: '1', tokens: 77, usd_micros: 3 })
  expect(await read(tokens.id)).toMatchObject({ used: '2077' })
  expect(await read(dollars.id)).toMatchObject({ used: '100003' })
})

test('a bill above its hold passes the budget, is told, and leaves room for nothing', async () => {
  const budget = await make({ agent: 'ada' }, '10')
  const { id } = await ada.do('credits.hold', { amount: '5', ttl_seconds: 60 })
  await ada.do('credits.settle', { hold: id, amount: '12' })
  expect(await read(budget.id)).toMatchObject({ used: '12', available: '0' })
  expect(await told(budget.id)).toEqual(['budget.warned 50', 'budget.warned 80', 'budget.warned 100', 'budget.exceeded'])
  expect(await spend(ada, '0.000001')).toMatchObject({ body: { code: 'budget_exceeded', budget: budget.id } })
})

test('each line is told once; alert lets pass and tells', async () => {
  const budget = await make({ agent: 'ada' }, '10', { action: 'alert', warn_at: [25, 100] })
  for (let turn = 0; turn < 4; turn++) await spend(ada, '1')
  expect(await told(budget.id)).toEqual(['budget.warned 25'])
  for (let turn = 0; turn < 3; turn++) expect(await spend(ada, '5')).toMatchObject({ status: 200 })
  expect(await told(budget.id)).toEqual(['budget.warned 25', 'budget.warned 100', 'budget.exceeded'])
})

describe('periods', () => {
  test.each(['day', 'week', 'month'] as const)('a %s in the workspace’s time zone begins anew', async (period) => {
    await world.owner.do('workspace.update', { settings: { time_zone: 'Pacific/Auckland' } })
    const budget = await make({ agent: 'ada' }, '10', { period })
    const local = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Pacific/Auckland', hour: '2-digit', minute: '2-digit', weekday: 'short', day: 'numeric',
    }).formatToParts(new Date(budget.resets_at))
    const part = (name: string) => local.find(({ type }) => type === name)!.value
    expect([part('hour'), part('minute')]).toEqual(['00', '00'])
    if (period === 'week') expect(part('weekday')).toBe('Mon')
    if (period === 'month') expect(part('day')).toBe('1')
    await spend(ada, '10')
    expect(await spend(ada, '1')).toMatchObject({ status: 402 })
    await world.advance((Date.parse(budget.resets_at) - Date.now()) / 1000 + 60)
    expect(await read(budget.id)).toMatchObject({ used: '0', available: '10' })
    expect(await spend(ada, '10')).toMatchObject({ status: 200 })
    await world.owner.do('workspace.update', { settings: { time_zone: 'UTC' } })
  })
})

describe('no overshoot on two servers', () => {
  const both = (client: TestClient): TestClient[] => [client, second.client(client.token)]
  test('1,000 holds at once on one budget of 100', async () => {
    const budget = await make({ agent: 'ada' }, '100', { period: 'once' })
    const servers = both(ada)
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, index) =>
      servers[index % 2]!.call('credits.hold', { amount: '1', ttl_seconds: 600 })))
    const made = answers.filter(({ status }) => status < 400)
    expect(made).toHaveLength(100)
    expect(new Set(answers.filter(({ status }) => status >= 400).map(({ body }) => body.code))).toEqual(new Set(['budget_exceeded']))
    expect(await read(budget.id)).toMatchObject({ used: '0', held: '100', available: '0' })
    expect((await world.owner.do('credits.verify')).ok).toBe(true)
  }, 60_000)

  test('200 agents spend on nested budgets at once: each level holds', async () => {
    const team: TestClient[] = []
    for (let index = 0; index < 200; index++) {
      team.push((await world.register(`spender-${index}`, { reports_to: index % 2 ? 'lead' : 'ada' })).client)
    }
    await fund(world, team.map((_, index) => `spender-${index}`), '50')
    const under = {
      ada: await make({ subtree: 'ada' }, '60'), lead: await make({ subtree: 'lead' }, '100'),
      all: await make({ workspace: true }, '90'),
    }
    const answers = await Promise.all(team.flatMap((client, index) => [0, 1, 2].map((turn) =>
      spend(both(client)[(index + turn) % 2]!, '1'))))
    const paid = answers.filter(({ status }) => status < 400).length
    expect(paid).toBe(90)
    expect(Number((await read(under.ada.id)).used)).toBeLessThanOrEqual(60)
    expect(await read(under.all.id)).toMatchObject({ used: '90' })
    expect((await world.owner.do('credits.verify')).ok).toBe(true)
  }, 120_000)
})

describe('bad input changes nothing', () => {
  test.each<[string, object, number, string]>([
    ['no such scope', { scope: { team: 'x' }, unit: 'credits', period: 'day', limit: '1' }, 400, 'invalid_input'],
    ['two scopes', { scope: { agent: 'ada', task: 'TASK-1' }, unit: 'credits', period: 'day', limit: '1' }, 400, 'invalid_input'],
    ['nobody', { scope: { subtree: 'nobody' }, unit: 'credits', period: 'day', limit: '1' }, 404, 'not_found'],
    ['a person', { scope: { agent: 'owner' }, unit: 'credits', period: 'day', limit: '1' }, 404, 'not_found'],
    ['no such task', { scope: { task: 'NONE-1' }, unit: 'credits', period: 'day', limit: '1' }, 404, 'not_found'],
    ['no such workstream', { scope: { workstream: 'none' }, unit: 'credits', period: 'day', limit: '1' }, 404, 'not_found'],
    ['no such period', { scope: { workspace: true }, unit: 'credits', period: 'year', limit: '1' }, 400, 'invalid_input'],
    ['no such unit', { scope: { workspace: true }, unit: 'euros', period: 'day', limit: '1' }, 400, 'invalid_input'],
    ...['0', '-1', '1e3', '1.0000001', 'NaN', '', '99999999999999'].map((limit): [string, object, number, string] =>
      [`limit ${limit}`, { scope: { workspace: true }, unit: 'credits', period: 'day', limit }, 400, 'invalid_input']),
    ['a line of 0 percent', { scope: { workspace: true }, unit: 'credits', period: 'day', limit: '1', warn_at: [0] }, 400, 'invalid_input'],
  ])('%s', async (_, input, status, code) => {
    expect(await world.owner.call('credits.budget_create', input)).toMatchObject({ status, body: { code } })
    expect((await world.owner.do('credits.budget_list')).items).toEqual([])
  })
  test('below what is used; not by an agent; one that is gone', async () => {
    const budget = await make({ agent: 'ada' }, '10')
    await spend(ada, '6')
    expect(await world.owner.call('credits.budget_update', { budget: budget.id, limit: '5.99' }))
      .toMatchObject({ status: 400, body: { code: 'invalid_input', errors: [{ pointer: '/limit' }] } })
    expect(await world.owner.do('credits.budget_update', { budget: budget.id, limit: '6' }))
      .toMatchObject({ limit: '6', available: '0', version: 2 })
    expect(await ada.call('credits.budget_update', { budget: budget.id, limit: '600' })).toMatchObject({ status: 403 })
    await world.owner.do('credits.budget_delete', { budget: budget.id })
    expect(await world.owner.call('credits.budget_delete', { budget: budget.id })).toMatchObject({ status: 404 })
    expect(await spend(ada, '100')).toMatchObject({ status: 200 })
  })
})
