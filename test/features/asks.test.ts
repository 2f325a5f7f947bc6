/**
 * Budgets that ask: what has no room opens a gate, its approval lets the same request through once.
 * And budgets of runs, checked when an agent begins with a task.
 */
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
  world = await openWorld({ worker: true })
  second = await world.spawn('api')
  ada = world.agents.ada!.client
  bob = world.agents.bob!.client
  await fund(world, ['lead', 'ada', 'bob'], '10000')
})
afterAll(() => world.close())
afterEach(() => deleteBudgets(world))

const make = (scope: object, limit: string, more: object = {}) => world.owner.do('credits.budget_create',
  { scope, unit: 'credits', period: 'day', limit, action: 'gate', ...more })
const read = async (id: string) =>
  (await world.owner.do('credits.budget_list', { limit: 1000 })).items.find((budget: any) => budget.id === id)
const spend = (client: TestClient, amount: string, options: object = {}) =>
  client.call('credits.spend', { amount, reason: 'A long search' }, options)
const openGates = async () => (await world.owner.do('gate.list', { state: 'open', limit: 100 })).items
const decide = (id: string, verdict: string) => world.owner.call('gate.decide', { id, verdict, comment: 'So be it' })

describe('a budget with action gate', () => {
  test('the whole way: asked for, approved, the same request passes once', async () => {
    const budget = await make({ agent: 'ada' }, '10')
    expect(await spend(ada, '8')).toMatchObject({ status: 200 })
    const asked = await spend(ada, '5', { key: 'the-same-key-again' })
    expect(asked).toMatchObject({
      status: 409,
      body: { code: 'gate_required', budget: budget.id, available: '2', needed: '5', resets_at: budget.resets_at },
    })
    const { gate } = asked.body
    expect(await world.owner.do('gate.get', { id: gate })).toMatchObject({
      state: 'open', requested_by: 'ada', subject: { kind: 'spend', key: 'ada', from: null, to: null },
      title: 'ada: 5 credits beyond the budget of ada',
      evidence: {
        operation: 'credits.spend', reason: 'A long search', budget: budget.id, budget_of: 'ada', period: 'day',
        unit: 'credits', limit: '10', available: '2', needed: '5',
      },
    })
    // Asked again it is the same gate; another amount is another question.
    expect((await spend(ada, '5')).body.gate).toBe(gate)
    expect((await spend(ada, '6')).body.gate).not.toBe(gate)
    expect(await decide(gate, 'approve')).toMatchObject({ status: 200, body: { state: 'approved' } })
    expect(await spend(ada, '5', { key: 'the-same-key-again' })).toMatchObject({ status: 200, body: { amount: '5' } })
    expect(await spend(ada, '5', { key: 'the-same-key-again' })).toMatchObject({ status: 200 })
    expect(await read(budget.id)).toMatchObject({ used: '13', available: '0' })
    // Once: the next such request asks again, by a gate of its own.
    const next = await spend(ada, '5')
    expect(next).toMatchObject({ status: 409, body: { code: 'gate_required' } })
    expect(next.body.gate).not.toBe(gate)
    const { items } = await world.owner.do('event.list', { limit: 1000 })
    expect(items.filter(({ type, data }: any) => type === 'grant.used' && data.gate === gate)).toHaveLength(1)
    expect(items.filter(({ type, subject }: any) => type.startsWith('gate.') && subject.id === gate)
      .map(({ type }: any) => type)).toEqual(['gate.opened', 'gate.voted', 'gate.approved'])
    for (const { id } of await openGates()) await world.owner.do('gate.cancel', { id })
  })

  test('who decides sees which task it is for', async () => {
    await make({ agent: 'bob' }, '1')
    const task = await world.owner.do('task.create', { title: 'Paid for', status: 'todo' })
    const { body: { gate } } = await bob.call('credits.spend', { amount: '2', reason: 'A map', task: task.key })
    expect((await world.owner.do('gate.get', { id: gate })).evidence).toMatchObject({ task: task.key, reason: 'A map' })
    await bob.do('gate.cancel', { id: gate })
  })

  test('denied it stays refused, and asking again asks again', async () => {
    await make({ subtree: 'lead' }, '1')
    const { body: { gate } } = await spend(bob, '3')
    expect(await decide(gate, 'deny')).toMatchObject({ body: { state: 'denied' } })
    const again = await spend(bob, '3')
    expect(again).toMatchObject({ status: 409, body: { code: 'gate_required' } })
    expect(again.body.gate).not.toBe(gate)
    await bob.do('gate.cancel', { id: again.body.gate })
    expect(await openGates()).toEqual([])
  })

  test('an approval is of one agent, one budget and so much', async () => {
    await make({ workspace: true }, '1')
    const { body: { gate } } = await spend(ada, '5')
    await decide(gate, 'approve')
    expect(await spend(bob, '5')).toMatchObject({ status: 409 })
    expect(await spend(ada, '5.000001')).toMatchObject({ status: 409 })
    expect(await spend(ada, '4')).toMatchObject({ status: 200 })
    expect(await spend(ada, '4')).toMatchObject({ status: 409 })
    for (const { id } of await openGates()) await world.owner.do('gate.cancel', { id })
  })

  test('nobody approves their own request', async () => {
    const { client: lead } = world.agents.lead!
    await make({ agent: 'lead' }, '1')
    const { body: { gate } } = await spend(lead, '2')
    expect(await lead.call('gate.decide', { id: gate, verdict: 'approve' }))
      .toMatchObject({ status: 409, body: { code: 'self_approval' } })
    expect(await ada.call('gate.decide', { id: gate, verdict: 'approve' })).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(await ada.call('gate.cancel', { id: gate })).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    await lead.do('gate.cancel', { id: gate })
  })

  test('a budget that blocks comes first: nobody is asked in vain', async () => {
    await make({ agent: 'ada' }, '1')
    const blocking = await make({ workspace: true }, '2', { action: 'block' })
    expect(await spend(ada, '3')).toMatchObject({ status: 402, body: { code: 'budget_exceeded', budget: blocking.id } })
    expect(await openGates()).toEqual([])
  })

  test('holds ask as well; a bill does not, and leaves the approval to the next', async () => {
    const budget = await make({ agent: 'ada' }, '100000', { unit: 'tokens' })
    const ask = () => ada.call('credits.hold', { amount: '1', ttl_seconds: 60, tokens: 150_000 })
    const { body: { gate } } = await ask()
    await decide(gate, 'approve')
    await ada.do('credits.charge', {
      call_id: 'a-bill-beyond', model: 'gpt-4o', cost_usd: '0.01', tokens: { input: 120_000, output: 0 },
    })
    const held = await ask()
    expect(held).toMatchObject({ status: 200 })
    expect(await read(budget.id)).toMatchObject({ used: '120000', held: '150000' })
    await ada.do('credits.release', { hold: held.body.id })
  })

  test('200 equal requests at once on two servers: one gate; approved, exactly one passes', async () => {
    await make({ agent: 'ada' }, '1')
    const other = second.client(ada.token)
    const all = () => Promise.all(Array.from({ length: 200 }, (_, turn) => spend(turn % 2 ? ada : other, '7')))
    const asked = await all()
    expect(new Set(asked.map(({ body }) => body.gate)).size).toBe(1)
    await decide(asked[0]!.body.gate, 'approve')
    const answers = await all()
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body.gate)).size).toBe(1)
    for (const { id } of await openGates()) await world.owner.do('gate.cancel', { id })
  })

  test('an approval lasts as long as a gate, and its workflow ends what nobody decides', async () => {
    await world.owner.do('workspace.update', { settings: { gate_ttl_seconds: 2 } })
    try {
      await make({ agent: 'ada' }, '1')
      const { body: { gate } } = await spend(ada, '9')
      await expect.poll(async () => (await world.owner.do('gate.get', { id: gate })).state, { timeout: 15_000 }).toBe('expired')
      const { body: { gate: next } } = await spend(ada, '9')
      await decide(next, 'approve')
      await new Promise((resolve) => { setTimeout(resolve, 2500) })
      expect(await spend(ada, '9')).toMatchObject({ status: 409 })
    } finally {
      await world.owner.do('workspace.update', { settings: { gate_ttl_seconds: 86_400 } })
    }
  })
})

describe('a budget of runs', () => {
  const todo = (more: object = {}) => world.owner.do('task.create', { title: 'A run', status: 'todo', ...more })
  test('a claim, a start and the next count; what has no room stays where it is', async () => {
    const budget = await make({ agent: 'ada' }, '2', { unit: 'runs', action: 'block' })
    const [first, own, third] = [await todo(), await todo({ assignee: 'ada' }), await todo({ tags: ['third'] })]
    await ada.do('task.claim', { id: first.key })
    await ada.do('task.start', { id: own.key })
    expect(await read(budget.id)).toMatchObject({ unit: 'runs', used: '2', available: '0' })
    expect(await ada.call('task.claim', { id: third.key })).toMatchObject({
      status: 402, body: { code: 'budget_exceeded', budget: budget.id, available: '0', needed: '1' },
    })
    expect(await ada.call('task.next', { tags: ['third'] })).toMatchObject({ status: 402, body: { code: 'budget_exceeded' } })
    expect(await world.owner.do('task.get', { id: third.key })).toMatchObject({ status: 'todo', assignee: null, version: third.version })
    // Going on with what was sent back is no new run.
    await ada.do('task.transition', { id: first.key, to: 'review' })
    await world.owner.do('task.transition', { id: first.key, to: 'in_progress' })
    expect(await read(budget.id)).toMatchObject({ used: '2' })
    await bob.do('task.claim', { id: third.key })
  })

  test('of one task: next takes another', async () => {
    const [full, free] = [await todo({ tags: ['of-one'], priority: 'normal' }), await todo({ tags: ['of-one'], priority: 'low' })]
    await make({ task: full.key }, '1', { unit: 'runs', action: 'block', period: 'once' })
    await ada.do('task.claim', { id: full.key })
    await ada.do('task.release', { id: full.key })
    expect(await ada.do('task.next', { tags: ['of-one'] })).toMatchObject({ task: { key: free.key } })
  })

  test('with action gate: asked for, approved, taken', async () => {
    const task = await todo()
    const budget = await make({ agent: 'bob' }, '1', { unit: 'runs' })
    await bob.do('task.claim', { id: (await todo()).key })
    const asked = await bob.call('task.claim', { id: task.key })
    expect(asked).toMatchObject({ status: 409, body: { code: 'gate_required', budget: budget.id } })
    await decide(asked.body.gate, 'approve')
    expect(await bob.do('task.claim', { id: task.key })).toMatchObject({ status: 'in_progress', assignee: 'bob' })
    expect(await read(budget.id)).toMatchObject({ used: '2' })
  })

  test('60 claims at once on two servers under a budget of 25: exactly 25', async () => {
    const tasks = await Promise.all(Array.from({ length: 60 }, () => todo()))
    const budget = await make({ workspace: true }, '25', { unit: 'runs', action: 'block' })
    const at = (client: TestClient, turn: number) => (turn % 2 ? client : second.client(client.token))
    const answers = await Promise.all(tasks.map(({ key }, turn) =>
      at(turn % 3 ? ada : bob, turn).call('task.claim', { id: key })))
    expect(answers.map(({ status }) => status).toSorted().join(' '))
      .toBe([...Array(25).fill(200), ...Array(35).fill(402)].join(' '))
    expect(await read(budget.id)).toMatchObject({ used: '25' })
    expect((await world.owner.do('credits.verify')).ok).toBe(true)
  })
})
