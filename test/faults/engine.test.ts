/** The engine away, behind, or emptied: commands go on, nothing is lost, everything settles later. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Temporal } from '../../ops/temporal.ts'
import { startTemporal } from '../../ops/temporal.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

const home = mkdtempSync(join(tmpdir(), 'guildhall-engine-'))
const log = (): void => undefined
let temporal: Temporal
let world: World

beforeAll(async () => {
  temporal = await startTemporal({ home, log })
  world = await openWorld({ worker: true, relay: true, temporalAddress: temporal.address })
})
afterAll(async () => {
  await world.close()
  await temporal.stop()
  rmSync(home, { recursive: true, force: true })
})

const kill = async (): Promise<void> => {
  process.kill(temporal.pid, 'SIGKILL')
  await temporal.ended
}
const startAgain = async (): Promise<void> => {
  temporal = await startTemporal({ home, log, port: temporal.port })
}
const allSettled = () => eventually(async () => {
  const [row] = await world.sql<{ open: string }>(`select (select count(*) from tasks where settled_version < version)
    + (select count(*) from gates where settled_version < version) as open`)
  return Number(row!.open) === 0
}, { within: 40_000, every: 200 })

test('commands succeed while the engine is away; all is settled and paid once it is back', async () => {
  const { ada, lead } = world.agents
  await kill()
  const tasks = await Promise.all(Array.from({ length: 10 }, async () => {
    const task = await lead!.client.do('task.create', { title: 'Away', status: 'todo' })
    await ada!.client.do('task.claim', { id: task.key })
    return ada!.client.do('task.complete', { id: task.key })
  }))
  expect(tasks.every(({ task }) => task.status === 'done' && task.settled_at === null)).toBe(true)
  const ready = await eventually(async () => {
    const { status, body } = await world.owner.request('GET', '/readyz', null)
    return body.engine === 'away' ? { status, body } : null
  })
  expect(ready).toMatchObject({ status: 200, body: { status: 'degraded' } })
  expect(ready.body.unsettled).toBeGreaterThanOrEqual(10)
  const began = Date.now()
  expect(await world.owner.call('task.engine', { id: tasks[0]!.task.key }))
    .toMatchObject({ status: 503, body: { code: 'engine_unavailable' } })
  expect(Date.now() - began).toBeLessThan(2500)
  await startAgain()
  await allSettled()
  expect(await world.owner.do('credits.balance', { agent: 'ada' })).toMatchObject({ posted: '250' })
  expect(await world.owner.do('credits.verify')).toMatchObject({ ok: true })
}, 90_000)

test('its database deleted under 500 open tasks: every lease and gate still fires in time', async () => {
  const { ada, lead, bob } = world.agents
  await world.owner.do('workspace.update', { settings: { lease_seconds: 30, gate_ttl_seconds: 30 } })
  const make = async (index: number): Promise<string> => {
    const gated = index % 2 === 1
    const task = await lead!.client.do('task.create', {
      title: 'Open', status: 'todo', ...(gated ? { gates: [{ to: 'done', policy: { reminders: [] } }] } : {}),
    })
    const { client } = (index % 4 < 2 ? ada : bob)!
    await client.do('task.claim', { id: task.key })
    if (gated) await client.do('task.complete', { id: task.key })
    return task.id
  }
  const ids: string[] = []
  for (let index = 0; index < 500; index += 20) {
    ids.push(...await Promise.all(Array.from({ length: 20 }, (_, offset) => make(index + offset))))
  }
  await allSettled()
  await kill()
  for (const suffix of ['', '-wal', '-shm']) rmSync(temporal.databaseFile + suffix, { force: true })
  expect(existsSync(temporal.databaseFile)).toBe(false)
  await startAgain()
  // No command from here on: only the clock.
  await eventually(async () => {
    const [row] = await world.sql<{ left: string }>(`select count(*) as left from tasks t where t.id = any ($1)
      and not exists (select from events e where e.task_id = t.id
        and e.type in ('task.lease_expired', 'gate.expired'))`, [ids])
    return Number(row!.left) === 0
  }, { within: 75_000, every: 500 })
  const late = await world.sql<{ type: string; seconds: number }>(`
    select e.type, extract(epoch from e.occurred_at - coalesce(
      (select g.expires_at from gates g where g.id = e.subject_id),
      (select max(c.occurred_at) from events c where c.task_id = e.task_id and c.type = 'task.claimed'
         and c.occurred_at < e.occurred_at) + interval '30 seconds'))::float8 as seconds
    from events e where e.type in ('task.lease_expired', 'gate.expired') and e.task_id = any ($1)
    order by seconds desc limit 1`, [ids])
  expect(late[0]!.seconds).toBeLessThan(10)
}, 180_000)

test('too far behind: new work waits, everything else passes; it comes back by itself', async () => {
  await world.owner.do('workspace.update', { settings: { lease_seconds: 900, gate_ttl_seconds: 900 } })
  await allSettled()
  const { ada, lead } = world.agents
  const task = await lead!.client.do('task.create', { title: 'Before', status: 'todo' })
  await kill()
  await ada!.client.do('task.claim', { id: task.key })
  await world.advance(61)
  const refused = await eventually(async () => {
    const answer = await lead!.client.call('task.create', { title: 'More' })
    return answer.status === 429 ? answer : null
  })
  expect(refused.body).toMatchObject({ code: 'rate_limited', retry_after: 5 })
  expect(refused.headers.get('retry-after')).toBe('5')
  expect((await ada!.client.call('task.next')).status).toBe(429)
  expect((await ada!.client.call('task.complete', { id: task.key })).status).toBe(200)
  await startAgain()
  await allSettled()
  const back = Date.now()
  await eventually(async () => (await lead!.client.call('task.create', { title: 'More' })).status === 201)
  expect(Date.now() - back).toBeLessThan(10_000)
}, 90_000)

test('leases are extended by an outage of every api', async () => {
  const { bob, lead } = world.agents
  await world.owner.do('workspace.update', { settings: { lease_seconds: 20 } })
  const task = await lead!.client.do('task.create', { title: 'Outage', status: 'todo' })
  const claimed = await bob!.client.do('task.claim', { id: task.key })
  // As if every api had been silent for 15 s: the only sign of life is that old.
  await world.sql('delete from processes')
  await world.sql(`insert into processes (role, name, alive_at)
    values ('api', 'gone', clock_timestamp() - interval '15 seconds')`)
  const second = await world.spawn('api')
  const after = await second.client(bob!.client.token).do('task.get', { id: task.key })
  const given = Date.parse(after.lease_expires_at) - Date.parse(claimed.lease_expires_at)
  expect(given).toBeGreaterThan(13_000)
  expect(given).toBeLessThan(25_000)
})
