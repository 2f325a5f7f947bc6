/** What the workflows perform: awards, leases, gates by the clock; late, parked, coalesced, lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld({ worker: true }) })
afterAll(() => world.close())

const settled = (id: string) => world.owner.do('task.get', { id, wait: 15, settled: true })
const typesOf = async (task: string): Promise<string[]> =>
  (await world.owner.do('event.list', { task, limit: 1000 })).items.map(({ type }: { type: string }) => type)
const newTask = (fields: object = {}) =>
  world.agents.lead!.client.do('task.create', { title: 'Task', status: 'todo', ...fields })

describe('gates by the clock', () => {
  const held = async (policy: object) => {
    const task = await newTask({ gates: [{ to: 'done', policy }] })
    await world.agents.ada!.client.do('task.claim', { id: task.key })
    const { gate } = await world.agents.ada!.client.do('task.complete', { id: task.key })
    return { task: task.key, gate: gate.id }
  }
  test('nobody decides: reminded twice, expired, back in progress with feedback', async () => {
    // Half of it and nine tenths: far enough apart that a worker that has just begun tells them apart.
    const { task, gate } = await held({ ttl_seconds: 8 })
    expect(await world.owner.do('gate.get', { id: gate, wait: 20 })).toMatchObject({ state: 'expired' })
    expect(await world.owner.do('task.get', { id: task })).toMatchObject({
      status: 'in_progress', assignee: 'ada', rejections: 1, gate: null, pending: null,
    })
    const types = await typesOf(task)
    expect(types.filter((type) => type === 'gate.reminded')).toHaveLength(2)
    expect(types.slice(-2)).toEqual(['gate.expired', 'task.transitioned'])
  })
  test('approved by expiry, where the policy says so, and paid', async () => {
    const { task } = await held({ ttl_seconds: 1, on_expiry: 'approve', reminders: [] })
    await eventually(async () => (await world.owner.do('task.get', { id: task })).status === 'done')
    await settled(task)
    expect(await typesOf(task)).toContain('credit.awarded')
  })
  test('goes up once, then ends', async () => {
    const { task, gate } = await held({ ttl_seconds: 1, on_expiry: 'escalate', reminders: [] })
    await eventually(async () => (await world.owner.do('gate.get', { id: gate })).policy.approvers[0] === 'role:admin')
    expect(await world.owner.do('gate.get', { id: gate, wait: 8 })).toMatchObject({ state: 'expired' })
    expect(await typesOf(task)).toContain('gate.escalated')
  })
  test('a vote after the end is refused and settles the expiry', async () => {
    const quiet = await openWorld()
    const task = await quiet.owner.do('task.create', { title: 'x', status: 'todo', gates: [{ to: 'done', policy: { ttl_seconds: 1 } }] })
    await quiet.agents.ada!.client.do('task.claim', { id: task.key })
    const { gate } = await quiet.agents.ada!.client.do('task.complete', { id: task.key })
    await quiet.advance(2)
    expect(await quiet.owner.call('gate.decide', { id: gate.id, verdict: 'approve' }))
      .toMatchObject({ status: 409, body: { code: 'gate_closed', state: 'expired' } })
    expect(await quiet.owner.do('task.get', { id: task.key })).toMatchObject({ status: 'in_progress' })
    await quiet.close()
  })
})

describe('leases', () => {
  test('the third expiry blocks and escalates; a heartbeat keeps alive', async () => {
    await world.owner.do('workspace.update', { settings: { lease_seconds: 1 } })
    const task = await newTask()
    for (let turn = 1; turn <= 3; turn++) {
      await world.agents.bob!.client.do('task.claim', { id: task.key })
      await eventually(async () => (await world.owner.do('task.get', { id: task.key })).assignee === null)
    }
    expect(await world.owner.do('task.get', { id: task.key }))
      .toMatchObject({ status: 'blocked', block_reason: 'lease_expired' })
    expect(await typesOf(task.key)).toContain('task.escalated')
    const alive = await newTask()
    await world.agents.ada!.client.do('task.claim', { id: alive.key })
    for (let beat = 0; beat < 5; beat++) {
      await new Promise((resolve) => setTimeout(resolve, 400))
      await world.agents.ada!.client.do('task.heartbeat', { id: alive.key })
    }
    expect(await world.owner.do('task.get', { id: alive.key })).toMatchObject({ status: 'in_progress', attempt: 1 })
    await world.owner.do('workspace.update', { settings: { lease_seconds: 900 } })
  })
})

describe('parked', () => {
  test('a step that throws is set aside and shown; the others go on; its hour comes', async () => {
    const doomed = await world.register('doomed', { level: 3 })
    const fine = await newTask()
    const broken = await newTask()
    // The account is gone: an award to it cannot be anything but a fault of ours.
    const [account] = await world.sql<{ id: string; workspace_id: string }>(
      `delete from accounts where owner_id = (select id from actors where handle = 'doomed')
       returning id, workspace_id`)
    await doomed.client.do('task.claim', { id: broken.key })
    await doomed.client.do('task.complete', { id: broken.key })
    const shown = await eventually(async () => {
      const { parked } = await world.owner.do('task.engine', { id: broken.key })
      return parked.length ? parked : null
    })
    expect(shown).toMatchObject([{ version: 4, error: expect.stringContaining('unknown account') }])
    const waiting = await world.owner.do('task.waiting', { id: broken.key })
    expect(waiting.waiting.sentence).toContain('set aside')
    await world.agents.ada!.client.do('task.claim', { id: fine.key })
    await world.agents.ada!.client.do('task.complete', { id: fine.key })
    expect((await settled(fine.key)).settled_at).not.toBeNull()
    expect((await world.owner.do('task.get', { id: broken.key })).settled_at).toBeNull()

    await world.sql("insert into accounts (workspace_id, id, kind, owner_id) values ($2, $1, 'agent', $1)",
      [account!.id, account!.workspace_id])
    await world.advance(3601)
    world.startRelay()
    expect((await settled(broken.key)).settled_at).not.toBeNull()
    expect(await world.owner.do('credits.balance', { agent: 'doomed' })).toMatchObject({ posted: '25' })
    expect((await world.owner.do('task.engine', { id: broken.key })).parked).toEqual([])
  })
  test('an unknown rate pays nothing and says so', async () => {
    await world.owner.do('workspace.update', { settings: { rates: { 'task.done': null } } })
    const { client } = await world.register('unpaid')
    const task = await newTask()
    await client.do('task.claim', { id: task.key })
    await client.do('task.complete', { id: task.key })
    expect((await settled(task.key)).settled_at).not.toBeNull()
    const alerts = await world.owner.do('event.list', { task: task.key, severity: 'alert' })
    expect(alerts.items).toMatchObject([{ type: 'credit.refused', data: { rate: 'task.done' } }])
    expect(await world.owner.do('credits.balance', { agent: 'unpaid' })).toMatchObject({ posted: '0' })
    await world.owner.do('workspace.update', { settings: { rates: { 'task.done': '25' } } })
  })
})

describe('escrow', () => {
  test('a promise above the rate is held, then paid out or given back', async () => {
    const { lead, ada } = world.agents
    await world.sql("update accounts set posted = posted + 100000000 where owner_id = (select id from actors where handle = 'lead')")
    await world.sql("update accounts set posted = posted - 100000000 where kind = 'treasury'")
    const posted = async (agent: string) => Number((await world.owner.do('credits.balance', { agent })).posted)
    const before = { lead: await posted('lead'), ada: await posted('ada') }
    const rich = await lead!.client.do('task.create', { title: 'Rich', status: 'todo', reward: '40' })
    expect(await posted('lead')).toBe(before.lead - 15)
    await ada!.client.do('task.claim', { id: rich.key })
    await ada!.client.do('task.complete', { id: rich.key })
    await settled(rich.key)
    expect(await posted('ada')).toBe(before.ada + 40)
    expect(await posted('lead')).toBe(before.lead - 15 + 4 + 2)
    const dropped = await lead!.client.do('task.create', { title: 'Dropped', status: 'todo', reward: '40' })
    await lead!.client.do('task.cancel', { id: dropped.key })
    await settled(dropped.key)
    expect(await posted('lead')).toBe(before.lead - 15 + 6)
  })
})

describe('coalescing', () => {
  type Step = 'block' | 'unblock' | 'review' | 'rework' | 'done' | 'cancel' | 'release'
  /** A random legal walk of 3…12 moves, the same for the same seed. */
  function walk(seed: number): Step[] {
    let state = seed
    const pick = (count: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor(state / 65_536) % count
    }
    const ways: Record<string, [Step, string][]> = {
      todo: [], in_progress: [['block', 'blocked'], ['review', 'review'], ['review', 'review'], ['release', 'todo']],
      blocked: [['unblock', 'in_progress']],
      review: [['rework', 'in_progress'], ['done', 'done'], ['done', 'done']],
    }
    const steps: Step[] = []
    let at = 'in_progress'
    const length = 3 + pick(10)
    while (steps.length < length && ways[at]?.length) {
      const [step, to] = ways[at]![pick(ways[at]!.length)]!
      steps.push(step)
      at = to
    }
    return steps
  }
  const target = {
    block: 'blocked', unblock: 'in_progress', review: 'review', rework: 'in_progress', done: 'done', cancel: 'cancelled',
  } as const

  async function play(steps: Step[], between: (id: string) => Promise<unknown>): Promise<string> {
    const { ada, lead } = world.agents
    const task = await newTask({ title: 'Walk' })
    await ada!.client.do('task.claim', { id: task.key })
    await between(task.key)
    for (const step of steps) {
      if (step === 'release') await ada!.client.do('task.release', { id: task.key })
      else await lead!.client.do('task.transition', { id: task.key, to: target[step] })
      await between(task.key)
    }
    return task.key
  }
  async function consequences(id: string): Promise<string[]> {
    await settled(id)
    const { items } = await world.owner.do('event.list', { task: id, limit: 1000 })
    return items.filter(({ actor }: { actor: { kind: string } }) => actor.kind === 'system')
      .map(({ type, data }: { type: string; data: Record<string, string> }) =>
        `${type} ${data.kind ?? ''} ${data.to ?? ''} ${data.amount ?? ''}`).toSorted()
  }

  test('settled between moves or all at once: the same awards and consequences', async () => {
    const walks = Array.from({ length: 24 }, (_, seed) => walk(seed * 7919 + 17))
    const oneByOne = await Promise.all(walks.map((steps) => play(steps, settled)))
    await world.stopWorker()
    const atOnce = await Promise.all(walks.map((steps) => play(steps, async () => undefined)))
    world.startWorker()
    for (const [index, steps] of walks.entries()) {
      expect(await consequences(atOnce[index]!), steps.join(' ')).toEqual(await consequences(oneByOne[index]!))
    }
    const paid = await Promise.all(atOnce.map(consequences))
    expect(paid.flat().length).toBeGreaterThan(10)
  }, 60_000)
})

describe('long lives', () => {
  test('a run continues as a new one after 200 wakes, and knows what it knew', async () => {
    const task = await newTask()
    await world.agents.ada!.client.do('task.claim', { id: task.key })
    await settled(task.key)
    const [row] = await world.sql<{ workspace_id: string }>('select workspace_id from tasks where id = $1', [task.id])
    const subject = { kind: 'task' as const, workspace: row!.workspace_id, id: task.id }
    const first = await world.owner.do('task.engine', { id: task.key })
    let run = first.run_id
    for (let signal = 0; run === first.run_id && signal < 2000; signal++) {
      // One that a busy engine does not take in time is sent again by the next turn.
      await world.parts.nudge.wake(subject).catch(() => undefined)
      // A run that is busy replaying may answer later than a query waits.
      if (signal % 20 === 0) run = (await world.owner.call('task.engine', { id: task.key })).body.run_id ?? run
    }
    expect(run).not.toBe(first.run_id)
    const after = await eventually(async () => {
      const { body: known } = await world.owner.call('task.engine', { id: task.key })
      return known.deadline_at ? known : null
    })
    expect(after).toMatchObject({ status: 'RUNNING', engine_settled_version: 2, deadline_at: first.deadline_at })
  }, 60_000)

  test('what nothing is owed for settles at once; the words in the Temporal UI follow', async () => {
    const task = await newTask()
    await world.agents.ada!.client.do('task.claim', { id: task.key })
    await settled(task.key)
    const moved = await world.agents.ada!.client.do('task.transition', { id: task.key, to: 'review' })
    expect(moved.task.settled_at).not.toBeNull()
    await eventually(async () => (await world.owner.call('task.engine', { id: task.key }))
      .body.engine_settled_version === 3, { within: 8000 })
  })
})
