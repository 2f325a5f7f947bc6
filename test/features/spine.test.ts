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

test('who said yes at any of a move’s gates is paid for it', async () => {
  const { ada, lead } = world.agents
  const voters = await Promise.all(['vera', 'vito'].map((handle) => world.register(handle, { role: 'lead', level: 6 })))
  await world.owner.do('gate.policy_create', {
    scope: { workspace: true }, match: { from: 'review', to: 'done', tags: ['twice'] },
    policy: { approvers: ['agent:vera'] },
  })
  const task = await lead!.client.do('task.create', {
    title: 'Twice', status: 'todo', tags: ['twice'], gates: [{ to: 'done', policy: { approvers: ['agent:vito'] } }],
  })
  await ada!.client.do('task.claim', { id: task.key })
  await ada!.client.do('task.complete', { id: task.key })
  for (let round = 0; round < 2; round++) {
    const { gate, pending } = await ada!.client.do('task.get', { id: task.key })
    expect(pending).not.toHaveProperty('approvers')
    const { policy } = await world.owner.do('gate.get', { id: gate })
    const voter = voters[policy.approvers[0] === 'agent:vera' ? 0 : 1]!
    await voter.client.do('gate.decide', { id: gate, verdict: 'approve' })
  }
  const settled = await ada!.client.do('task.get', { id: task.key, wait: 10, settled: true })
  expect(settled).toMatchObject({ status: 'done', pending: null })
  const paid = await world.owner.do('credits.history', { task: task.key, kind: 'approval' })
  expect(paid.items.map(({ agent, amount }: Record<string, string>) => [agent, amount]).sort())
    .toEqual([['vera', '5'], ['vito', '5']])
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
