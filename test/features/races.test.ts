/** Real parallel clients on two server processes: one winner, one effect, one award. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer, TestClient } from '../harness/client.ts'
import type { Spawned, World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let second: Spawned
beforeAll(async () => {
  world = await openWorld({ worker: true })
  second = await world.spawn('api')
})
afterAll(() => world.close())

/** The same credential on both servers, in turn. */
const servers = (client: TestClient): TestClient[] => [client, second.client(client.token)]
const parallel = (count: number, client: TestClient, call: (one: TestClient, index: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: count }, (_, index) => call(servers(client)[index % 2]!, index)))
const succeeded = (answers: Answer[]): Answer[] => answers.filter(({ status }) => status < 400)
const codes = (answers: Answer[]): string[] =>
  [...new Set(answers.filter(({ status }) => status >= 400).map(({ body }) => body.code))]
const eventsOf = async (task: string, type: string) =>
  (await world.owner.do('event.list', { task, type })).items
const settled = (id: string) => world.owner.do('task.get', { id, wait: 10, settled: true })

test('20 parallel review → done: one success, one event, one award', async () => {
  const { ada, lead } = world.agents
  const task = await lead!.client.do('task.create', { title: 'Race', status: 'todo' })
  await ada!.client.do('task.claim', { id: task.key })
  await ada!.client.do('task.transition', { id: task.key, to: 'review' })
  const answers = await parallel(20, world.owner, (one) =>
    one.call('task.transition', { id: task.key, to: 'done' }))
  expect(succeeded(answers)).toHaveLength(1)
  expect(codes(answers)).toEqual(['invalid_transition'])
  await settled(task.key)
  const done = (await eventsOf(task.key, 'task.transitioned')).filter((event: any) => event.data.to === 'done')
  expect(done).toHaveLength(1)
  const paid = await world.owner.do('credits.history', { task: task.key, kind: 'reward' })
  expect(paid.items).toHaveLength(1)
})

test('10 parallel calls with one key: one effect, the same answer', async () => {
  const answers = await parallel(10, world.owner, (one) =>
    one.call('task.create', { title: 'Once' }, { key: 'the-same-key' }))
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201))
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(9)
  expect((await world.owner.do('task.list', { search: 'Once' })).items).toHaveLength(1)
})

test('one key with another payload is a conflict, and changes nothing', async () => {
  await world.owner.do('task.create', { title: 'First' }, { key: 'k' })
  const other = await world.owner.call('task.create', { title: 'Other' }, { key: 'k' })
  expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_conflict' } })
  expect(other.body.first_seen_at).toMatch(/^\d{4}-/)
  expect((await world.owner.do('task.list', { search: 'Other' })).items).toEqual([])
})

test('10 agents, 5 tasks: 5 distinct winners', async () => {
  const agents = await Promise.all(Array.from({ length: 10 }, (_, index) => world.register(`racer-${index}`)))
  const tasks = await Promise.all(Array.from({ length: 5 }, () =>
    world.owner.do('task.create', { title: 'Grab', status: 'todo', tags: ['grab'] })))
  const answers = await Promise.all(agents.map(({ client }, index) =>
    servers(client)[index % 2]!.call('task.next', { tags: ['grab'] })))
  expect(codes(answers)).toEqual([])
  const won = answers.map(({ body }) => body.task).filter(Boolean)
  expect(new Set(won.map(({ key }) => key))).toEqual(new Set(tasks.map(({ key }) => key)))
  expect(new Set(won.map(({ assignee }) => assignee)).size).toBe(5)
  expect(answers.filter(({ body }) => body.task === null)).toHaveLength(5)
})

test('ten agents, one task, one winner', async () => {
  const agents = await Promise.all(Array.from({ length: 10 }, (_, index) => world.register(`claimer-${index}`)))
  const task = await world.owner.do('task.create', { title: 'One', status: 'todo' })
  const answers = await Promise.all(agents.map(({ client }, index) =>
    servers(client)[index % 2]!.call('task.claim', { id: task.key })))
  expect(succeeded(answers)).toHaveLength(1)
  expect(codes(answers)).toEqual(['already_claimed'])
  expect(await eventsOf(task.key, 'task.claimed')).toHaveLength(1)
})

test('simultaneous last votes close a gate once', async () => {
  const { ada, lead } = world.agents
  const voters = await Promise.all(Array.from({ length: 6 }, (_, index) =>
    world.register(`voter-${index}`, { role: 'lead', level: 6 })))
  const task = await lead!.client.do('task.create', {
    title: 'Vote', status: 'todo', gates: [{ to: 'done', policy: { approvers: ['level:6'], quorum: 2 } }],
  })
  await ada!.client.do('task.claim', { id: task.key })
  const { gate } = await ada!.client.do('task.complete', { id: task.key })
  const answers = await Promise.all(voters.map(({ client }, index) =>
    servers(client)[index % 2]!.call('gate.decide', { id: gate.id, verdict: 'approve' })))
  expect(succeeded(answers)).toHaveLength(2)
  expect(codes(answers)).toEqual(['gate_closed'])
  await settled(task.key)
  expect(await eventsOf(task.key, 'gate.approved')).toHaveLength(1)
  const approvals = await world.owner.do('credits.history', { task: task.key, kind: 'approval' })
  expect(approvals.items).toHaveLength(2)
})

test('a limit on claims holds under parallel claims', async () => {
  await world.owner.do('workspace.update', { settings: { max_claims: 2 } })
  const { client } = await world.register('busy')
  const tasks = await Promise.all(Array.from({ length: 8 }, () =>
    world.owner.do('task.create', { title: 'Much', status: 'todo' })))
  const answers = await parallel(8, client, (one, index) => one.call('task.claim', { id: tasks[index]!.key }))
  expect(succeeded(answers)).toHaveLength(2)
  expect(codes(answers)).toEqual(['limit_reached'])
  await world.owner.do('workspace.update', { settings: { max_claims: null } })
})

test('parallel spending never passes the floor', async () => {
  const { bob, lead } = world.agents
  const task = await lead!.client.do('task.create', { title: 'Earn', status: 'todo' })
  await bob!.client.do('task.claim', { id: task.key })
  await bob!.client.do('task.complete', { id: task.key })
  await settled(task.key)
  const answers = await parallel(40, bob!.client, (one) =>
    one.call('credits.spend', { amount: '2', reason: 'A race' }))
  expect(succeeded(answers)).toHaveLength(12)
  expect(codes(answers)).toEqual(['insufficient_credits'])
  expect(await bob!.client.do('credits.balance')).toMatchObject({ posted: '1' })
  expect(await world.owner.do('credits.verify')).toMatchObject({ ok: true, sum: '0' })
})

test('parallel edits of one task all arrive, one after the other', async () => {
  const task = await world.owner.do('task.create', { title: 'Edited' })
  const answers = await parallel(16, world.owner, (one, index) =>
    one.call('task.update', { id: task.key, tags: [`t${index}`] }))
  expect(succeeded(answers)).toHaveLength(16)
  expect(await world.owner.do('task.get', { id: task.key })).toMatchObject({ version: 17 })
})

test('a revoked key is refused by every server within a second', async () => {
  const { keyid } = await world.register('shortlived')
  const token = await world.owner.do('agent.token_create', { id: 'shortlived' })
  const doomed = second.client(token.token)
  expect((await doomed.call('agent.whoami')).status).toBe(200)
  await world.owner.do('agent.token_revoke', { id: 'shortlived', token: token.id })
  const command = await doomed.call('task.create', { title: 'Too late' })
  expect([401, 403]).toContain(command.status)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect((await doomed.call('agent.whoami')).status).toBe(401)
  expect(keyid).toMatch(/^agt_[a-z0-9]{26}\.k1$/)
})

test('the log is gapless and its chain holds after all this', async () => {
  expect(await world.owner.do('event.verify')).toMatchObject({ ok: true })
  const gaps = await world.sql(`select stream from events group by workspace_id, stream
    having max(seq) <> count(*) or min(seq) <> 1`)
  expect(gaps).toEqual([])
})
