/** Rates: every change is a version, one place for both ways to change them; a finished task keeps its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld({ relay: true }) })
afterAll(() => world.close())

const rate = async (name: string) => (await world.owner.do('credits.rate_list', { limit: 1000 })).items
  .find((one: any) => one.name === name)
const history = async (name: string) => (await world.owner.do('credits.rate_list', { name })).items

describe('versions', () => {
  test('what nobody set is version 0', async () => {
    expect(await rate('task.reviewed')).toEqual({
      name: 'task.reviewed', amount: '3', version: 0, updated_at: null, updated_by: null, reason: null })
    expect(await history('task.reviewed')).toHaveLength(1)
  })
  test('each change is one more: who, when, why; either way to change it', async () => {
    const set = await world.owner.do('credits.rate_update', { rate: 'task.reviewed', amount: '4.000001', reason: 'More careful' })
    expect(set).toMatchObject({ name: 'task.reviewed', amount: '4.000001', version: 1, updated_by: 'owner', reason: 'More careful' })
    expect(Math.abs(Date.parse(set.updated_at) - Date.now())).toBeLessThan(10_000)
    await world.owner.do('workspace.update', {
      settings: { rates: { 'task.reviewed': '5', 'webhook.ci-1': '0.5', 'task.delegated': '2' } }, reason: 'Both at once' })
    expect(await rate('webhook.ci-1')).toMatchObject({ amount: '0.5', version: 1, reason: 'Both at once' })
    expect(await rate('task.delegated'), 'it was 2 already').toMatchObject({ version: 0 })
    const off = await world.owner.do('credits.rate_update', { rate: 'task.reviewed', amount: null, reason: 'Off' })
    expect(off).toMatchObject({ amount: null, version: 3 })
    expect((await history('task.reviewed')).map(({ amount, version, reason }: any) => [version, amount, reason]))
      .toEqual([[3, null, 'Off'], [2, '5', 'Both at once'], [1, '4.000001', 'More careful'], [0, '3', null]])
    expect((await world.owner.do('workspace.get')).settings.rates).toMatchObject({ 'task.reviewed': null, 'webhook.ci-1': '0.5' })
    const { items } = await world.owner.do('event.list', { type: 'rate.updated' })
    expect(items.at(-1)).toMatchObject({ reason: 'Off', data: { name: 'task.reviewed', amount: null, before: '5', version: 3 } })
  })
  test('the same again is no version', async () => {
    const one = await world.owner.do('credits.rate_update', { rate: 'webhook.same', amount: '1', reason: 'First' })
    const again = await world.owner.do('credits.rate_update', { rate: 'webhook.same', amount: '1.0', reason: 'Again' })
    expect(again).toEqual(one)
    expect(await history('webhook.same')).toHaveLength(1)
  })
  test('a key answers again what it answered, whatever came after', async () => {
    const input = { rate: 'webhook.key', amount: '1', reason: 'First' }
    const first = await world.owner.call('credits.rate_update', input, { key: 'rate-key-1' })
    await world.owner.do('credits.rate_update', { ...input, amount: '2' })
    const again = await world.owner.call('credits.rate_update', input, { key: 'rate-key-1' })
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
  })
  test('pages: by name, and a history backwards', async () => {
    for (const amount of ['1', '2', '3']) await world.owner.do('credits.rate_update', { rate: 'task.done', amount, reason: 'Up' })
    const walk = async (input: object) => {
      const seen: any[] = []
      for (let cursor: string | undefined; ;) {
        const page: any = await world.owner.do('credits.rate_list', { ...input, limit: 2, ...(cursor ? { cursor } : {}) })
        seen.push(...page.items)
        if (!page.next_cursor) return seen
        cursor = page.next_cursor
      }
    }
    expect((await walk({ name: 'task.done' })).map(({ version }) => version)).toEqual([3, 2, 1, 0])
    const names = (await walk({})).map(({ name }) => name)
    expect(names).toEqual([...new Set(names)].toSorted())
    expect(names).toEqual(expect.arrayContaining(['gate.waiting_hour', 'task.done', 'webhook.ci-1']))
    await world.owner.do('credits.rate_update', { rate: 'task.done', amount: '25', reason: 'As it was' })
  })
  test('twenty at once: no version is lost or there twice', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) =>
      world.owner.call('credits.rate_update', { rate: 'webhook.busy', amount: String(index + 1), reason: 'At once' })))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    const versions = (await history('webhook.busy')).map(({ version }: any) => version)
    expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => 20 - index))
  })
  test('nobody rewrites them', async () => {
    await expect(world.sql("update rates set amount = 1 where name = 'task.done'")).rejects.toThrow(/append-only/)
    await expect(world.sql('delete from rates')).rejects.toThrow(/append-only/)
  })
  test.each<[string, object, number]>([
    ['seven decimals', { rate: 'x', amount: '0.0000001', reason: 'x' }, 400],
    ['below nothing', { rate: 'x', amount: '-1', reason: 'x' }, 400],
    ['no reason', { rate: 'x', amount: '1' }, 400],
    ['a name of capitals', { rate: 'Task.Done', amount: '1', reason: 'x' }, 400],
    ['a name of 65 letters', { rate: 'x'.repeat(65), amount: '1', reason: 'x' }, 400],
    ['a name of 64 letters', { rate: 'x'.repeat(64), amount: '1', reason: 'x' }, 200],
  ])('%s', async (_, input, status) => {
    expect((await world.owner.call('credits.rate_update', input)).status).toBe(status)
  })
})

describe('what a finished task pays', () => {
  const finish = async () => {
    const lead = world.agents.lead!.client
    const ada = world.agents.ada!.client
    const { key } = await lead.do('task.create', { title: 'Paid by its rates', status: 'todo' })
    await ada.do('task.claim', { id: key })
    await ada.do('task.complete', { id: key })
    return key as string
  }
  const paid = async (task: string) => {
    await eventually(async () => (await world.owner.do('task.get', { id: task })).settled_at, { within: 20_000 })
    const { items } = await world.owner.do('credits.history', { task })
    return Object.fromEntries(items.map(({ kind, amount }: any) => [kind, amount]))
  }
  test('a change after done does not change it, one before does', async () => {
    const before = await finish()
    await world.owner.do('credits.rate_update', { rate: 'task.done', amount: '40', reason: 'From now on' })
    const after = await finish()
    world.startWorker()
    expect(await paid(before)).toMatchObject({ reward: '25' })
    expect(await paid(after)).toMatchObject({ reward: '40' })
    await world.owner.do('credits.rate_update', { rate: 'task.done', amount: '25', reason: 'As it was' })
  })
  test('a deducted fee', async () => {
    await world.owner.do('agent.update', { id: 'lead', management_fee_pct: 10 }).catch(() => undefined)
    const minted = await paid(await finish())
    await world.owner.do('workspace.update', { settings: { fee_mode: 'deducted' } })
    const deducted = await paid(await finish())
    await world.owner.do('workspace.update', { settings: { fee_mode: 'minted' } })
    expect(deducted.fee).toBe(minted.fee)
    expect(Number(minted.reward) - Number(deducted.reward)).toBeCloseTo(Number(minted.fee), 6)
    expect(Number(minted.fee)).toBeGreaterThan(0)
    expect((await world.owner.do('credits.verify')).ok).toBe(true)
  })
})
