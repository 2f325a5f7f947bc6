/** The spine, end to end: a task's whole life, paid by its workflow. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld({ worker: true }) })
afterAll(() => world.close())

test('created, claimed, completed, settled and paid', async () => {
  const { ada, lead } = world.agents
  const task = await lead!.client.do('task.create', { title: 'Write it', status: 'todo' })
  await ada!.client.do('task.claim', { id: task.key })
  const done = await ada!.client.do('task.complete', { id: task.key, output: { lines: 42 } })
  expect(done).toMatchObject({ result: 'applied', task: { status: 'done', outcome: 'completed' } })
  const settled = await ada!.client.do('task.get', { id: task.key, wait: 10, settled: true })
  expect(settled.settled_at).not.toBeNull()
  const balance = async (agent: string) =>
    (await world.owner.do('credits.balance', { agent })).posted
  // 25 for the work; the creator earns its fee of 10 % and 2 for delegating.
  expect(await balance('ada')).toBe('25')
  expect(await balance('lead')).toBe('4.5')
  expect(await world.owner.do('credits.verify')).toMatchObject({ ok: true, sum: '0' })
  expect(await world.owner.do('event.verify')).toMatchObject({ ok: true })
})

test('a lease runs out and the task returns', async () => {
  await world.owner.do('workspace.update', { settings: { lease_seconds: 1 } })
  const { bob, lead } = world.agents
  const task = await lead!.client.do('task.create', { title: 'Slow', status: 'todo' })
  await bob!.client.do('task.claim', { id: task.key })
  const back = await lead!.client.do('task.get', { id: task.key, wait: 8 })
  expect(back).toMatchObject({ status: 'todo', assignee: null, attempt: 2 })
  const late = await bob!.client.call('task.complete', { id: task.key })
  expect(late).toMatchObject({ status: 409, body: { code: 'lease_lost' } })
})
