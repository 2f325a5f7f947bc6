/** Transfers that are taken back, once; and agents that run low, told when it happens. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestClient } from '../harness/client.ts'
import { fund } from '../harness/credits.ts'
import type { Spawned, World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let second: Spawned
let ada: TestClient
beforeAll(async () => {
  world = await openWorld()
  second = await world.spawn('api')
  ada = world.agents.ada!.client
  await fund(world, ['ada', 'bob'], '1000')
})
afterAll(() => world.close())

const posted = async (agent: string) => Number((await world.owner.do('credits.balance', { agent })).posted)
const reverse = (transfer: string, options = {}, client = world.owner) =>
  client.call('credits.reverse', { transfer, reason: 'By mistake' }, options)

describe('a reversal', () => {
  test('moves the same amount back and names what it reverses; nothing is changed in place', async () => {
    const before = await posted('ada')
    const spent = await ada.do('credits.spend', { amount: '12.5', reason: 'x' })
    const { status, body } = await reverse(spent.id, { key: 'a-reversal-of-mine' })
    expect([status, body]).toMatchObject([200, {
      kind: 'reversal', amount: '12.5', from: 'platform', to: 'ada', reverses: spent.id, actor: 'owner', reason: 'By mistake',
      idempotency_key: 'a-reversal-of-mine',
    }])
    expect(await posted('ada')).toBe(before)
    const [first] = (await world.owner.do('credits.history', { agent: 'ada', kind: 'spend', limit: 1 })).items
    expect(first).toEqual({ ...spent, balance_after: first.balance_after })
    const [event] = (await world.owner.do('event.list', { type: 'credit.reversed', limit: 1 })).items
    expect(event).toMatchObject({ data: { reverses: spent.id, amount: '12.5', from: 'platform', to: 'ada' } })
    // The same command again is the same answer; another one is told that it happened.
    expect(await reverse(spent.id, { key: 'a-reversal-of-mine' })).toMatchObject({ status: 200, body: { id: body.id } })
    expect(await reverse(spent.id)).toMatchObject({ status: 409, body: { code: 'duplicate' } })
    expect(await posted('ada')).toBe(before)
  })

  test('passes the floor if it must: the books say what is owed', async () => {
    const gift = await ada.do('credits.transfer', { to: 'bob', amount: '300', reason: 'x' })
    const bob = await posted('bob')
    await world.agents.bob!.client.do('credits.spend', { amount: String(bob), reason: 'All of it' })
    expect(await reverse(gift.id)).toMatchObject({ status: 200, body: { from: 'bob', to: 'ada' } })
    expect(await posted('bob')).toBe(-300)
    expect((await world.owner.do('credits.verify')).ok).toBe(true)
    await world.owner.do('credits.adjust', { agent: 'bob', amount: '1000', reason: 'Funded again' })
  })

  test('40 at once on two servers, each by a key of its own: one happens', async () => {
    const before = await posted('ada')
    const spent = await ada.do('credits.spend', { amount: '7', reason: 'x' })
    const owners = [world.owner, second.client(world.owner.token)]
    const answers = await Promise.all(Array.from({ length: 40 }, (_, turn) => reverse(spent.id, {}, owners[turn % 2])))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(39).fill(409)])
    expect(await posted('ada')).toBe(before)
  })

  test.each<[string, () => Promise<string>, number, string]>([
    ['a reversal', async () => {
      const { id } = await ada.do('credits.spend', { amount: '1', reason: 'x' })
      return (await reverse(id)).body.id
    }, 400, 'invalid_input'],
    ['nothing', async () => '01900000-0000-7000-8000-000000000000', 404, 'not_found'],
    ['what is no id', async () => 'TASK-1', 404, 'not_found'],
    ['what was set aside for a task', async () => {
      await world.owner.do('credits.adjust', { agent: 'lead', amount: '100', reason: 'x' })
      const task = await world.agents.lead!.client.do('task.create', { title: 'Well paid', reward: '75' })
      return (await world.owner.do('credits.history', { task: task.key, kind: 'escrow' })).items[0].id
    }, 400, 'invalid_input'],
  ])('not of %s', async (_, make, status, code) => {
    expect(await reverse(await make())).toMatchObject({ status, body: { code } })
    expect((await world.owner.do('credits.verify')).ok).toBe(true)
  })

  test('not by an agent', async () => {
    const spent = await ada.do('credits.spend', { amount: '1', reason: 'x' })
    expect(await reverse(spent.id, {}, ada)).toMatchObject({ status: 403 })
  })
})

describe('low balance', () => {
  const low = async () => (await world.owner.do('event.list', { type: 'credit.low', limit: 100 })).items
    .filter(({ subject }: any) => subject.key === 'ada').map(({ data }: any) => data.available)
  test('told when it is crossed, by spends and holds, and again after it recovered', async () => {
    await world.owner.do('credits.adjust', { agent: 'ada', amount: String(20 - await posted('ada')), reason: 'To 20' })
    await ada.do('credits.spend', { amount: '15', reason: 'To the line' })
    expect(await low()).toEqual([])
    await ada.do('credits.spend', { amount: '0.5', reason: 'Below it' })
    await ada.do('credits.spend', { amount: '1', reason: 'Still below' })
    expect(await low()).toEqual(['4.5'])
    await fund(world, ['ada'], '6.5')
    const { id } = await ada.do('credits.hold', { amount: '8', ttl_seconds: 60 })
    expect(await low()).toEqual(['4.5', '2'])
    await ada.do('credits.release', { hold: id })
    await world.owner.do('workspace.update', { settings: { low_balance: null } })
    await ada.do('credits.spend', { amount: '9', reason: 'Nobody wants to know' })
    expect(await low()).toEqual(['4.5', '2'])
    expect(await world.owner.call('workspace.update', { settings: { low_balance: '-1' } })).toMatchObject({ status: 400 })
  })
})
