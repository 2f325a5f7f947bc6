/** Fast spending: told by the sweep, once a window, of whoever passed the line. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sweepCredits } from '../../activities/sweep.ts'
import { fund } from '../harness/credits.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await fund(world, ['ada', 'bob', 'lead'], '100')
})
afterAll(() => world.close())

const told = async () => (await world.owner.do('event.list', { type: 'credit.velocity' })).items
const sweep = () => sweepCredits(world.parts.db)
const spend = (agent: string, amount: string) => world.agents[agent]!.client.do('credits.spend', { amount, reason: 'Tools' })
const set = (spend_velocity: object | null) => world.owner.do('workspace.update', { settings: { spend_velocity } })

test('nothing is told where nobody asks for it', async () => {
  await spend('lead', '50')
  await sweep()
  expect(await told()).toEqual([])
  expect((await world.owner.do('workspace.get')).settings.spend_velocity).toBe(null)
})

test('spends, settlements and model calls together; at the line not, past it once', async () => {
  await set({ window_minutes: 10, credits: '60' })
  const { client } = world.agents.ada!
  await spend('ada', '20')
  const hold = await client.do('credits.hold', { amount: '30', ttl_seconds: 600 })
  await sweep()
  await client.do('credits.settle', { hold: hold.id, amount: '20' })
  await client.do('credits.charge', { call_id: 'a-call-that-is-long-enough', model: 'm', tokens: { input: 1, output: 1 }, cost_usd: '0.2' })
  // What is given, held or taken back is no spending.
  await client.do('credits.transfer', { to: 'bob', amount: '5', reason: 'Thanks' })
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '-5', reason: 'Paid twice' })
  await sweep()
  expect(await told(), 'exactly at the line').toEqual([])
  await spend('ada', '0.000001')
  await Promise.all([sweep(), sweep(), sweep()])
  await sweep()
  expect(await told()).toEqual([expect.objectContaining({
    severity: 'alert', actor: expect.objectContaining({ kind: 'system' }), subject: expect.objectContaining({ kind: 'agent', key: 'ada' }),
    data: { spent: '60.000001', window_minutes: 10, limit: '60' },
  })])
})

test('again in another window, of what that one had', async () => {
  await world.advance(5 * 60)
  await spend('ada', '7')
  await sweep()
  expect(await told(), 'the same window').toHaveLength(1)
  await world.advance(5 * 60 + 5)
  await sweep()
  expect(await told(), 'what was before the window is forgotten').toHaveLength(1)
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '200', reason: 'More' })
  await spend('ada', '61')
  await sweep()
  expect((await told()).map(({ data }: any) => data.spent)).toEqual(['60.000001', '68'])
  expect((await world.owner.do('credits.verify')).ok).toBe(true)
  expect((await world.owner.do('event.verify')).ok).toBe(true)
})

test('the schedule runs it', async () => {
  await world.advance(3600)
  await spend('bob', '70')
  world.startWorker()
  const { client, config } = world.parts
  await client.workflow.execute('holdSweep', { taskQueue: config.taskQueue, workflowId: `sweep/${config.taskQueue}`, args: [] })
  await eventually(async () => (await told()).some(({ subject }: any) => subject.key === 'bob'))
})

test.each<[string, object]>([
  ['no window', { credits: '1' }], ['a window of nothing', { window_minutes: 0, credits: '1' }],
  ['half a minute', { window_minutes: 0.5, credits: '1' }], ['no amount', { window_minutes: 1 }],
  ['below nothing', { window_minutes: 1, credits: '-1' }],
])('refused: %s', async (_, spend_velocity) => {
  expect((await world.owner.call('workspace.update', { settings: { spend_velocity } })).body.code).toBe('invalid_input')
})
