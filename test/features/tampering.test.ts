/**
 * The database's owner changes the ledger behind the server's back: the proof names what is wrong.
 * Each case is undone afterwards, and the books balance again. The application's own role may do
 * none of it.
 */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let client: pg.Client
beforeAll(async () => {
  world = await openWorld()
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '100', reason: 'To begin with' })
  await world.owner.do('credits.adjust', { agent: 'bob', amount: '40', reason: 'To begin with' })
  for (const amount of ['1', '2', '3']) await world.agents.ada!.client.do('credits.spend', { amount, reason: 'x' })
  await world.agents.ada!.client.do('credits.hold', { amount: '5', ttl_seconds: 600 })
  // Another connection of the owner's, in one transaction that never commits.
  client = new pg.Client(world.config.migrationUrl!)
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await world.close()
})

const workspace = `(select id from workspaces where name = 'main')`
const spends = `(select id from transfers where kind = 'spend' order by id`
const slipped = `insert into transfers (workspace_id, kind, from_id, to_id, amount, actor_kind, actor_handle,
    trigger_event_id, event_id, idempotency_key, from_after, to_after, created_at)
  select workspace_id, 'spend', from_id, to_id, 7, 'agent', 'ada', event_id, event_id, 'slipped', 0, 0, now()
  from transfers where id = ${spends} limit 1)`
const cases: [string, string[], string][] = [
  ['an amount is edited', [`update transfers set amount = amount + 1 where id = ${spends} limit 1)`], 'accounts events'],
  ['a transfer is slipped in', [
    slipped], 'accounts events keys'],
  ['the same, with the balances put right', [
    slipped,
    `update accounts set posted = posted + 7 where kind = 'platform'`,
    `update accounts set posted = posted - 7 where id = (select id from actors where handle = 'ada')`,
  ], 'events keys'],
  ['a transfer is deleted, with the balances put right', [
    `update accounts set posted = posted - (select amount from transfers where id = ${spends} limit 1)) where kind = 'platform'`,
    `update accounts set posted = posted + (select amount from transfers where id = ${spends} limit 1))
     where id = (select id from actors where handle = 'ada')`,
    `delete from transfers where id = ${spends} limit 1)`], 'transfers'],
  ['two amounts are swapped', [
    `update transfers t set amount = case t.amount when 1000000 then 2000000 else 1000000 end
     where t.kind = 'spend' and t.amount in (1000000, 2000000)`], 'events'],
  ['the receiver is changed, with the balances put right', [
    `update transfers set to_id = (select id from actors where handle = 'bob') where id = ${spends} limit 1)`,
    `update accounts set posted = posted - 1000000 where kind = 'platform'`,
    `update accounts set posted = posted + 1000000 where id = (select id from actors where handle = 'bob')`], 'events'],
  ['a balance is raised', [
    `update accounts set posted = posted + 1000000 where id = (select id from actors where handle = 'ada')`], 'sum accounts'],
  ['a balance is raised and another lowered', [
    `update accounts set posted = posted + 1 where id = (select id from actors where handle = 'ada')`,
    `update accounts set posted = posted - 1 where id = (select id from actors where handle = 'bob')`], 'accounts'],
  ['a hold is made smaller', ['update holds set amount = amount - 1'], 'holds'],
  ['a hold is closed without giving back', ["update holds set state = 'released'"], 'holds'],
  ['what is held is lowered', ['update accounts set held = 0'], 'holds'],
  ['a key is deleted', [`delete from ledger_keys where transfer_id = ${spends} limit 1)`], 'keys'],
]

const tables = ['transfers', 'ledger_keys', 'events', 'holds', 'accounts']
type Check = { name: string; ok: boolean; detail: string }
async function proof(): Promise<Check[]> {
  const { rows: [row] } = await client.query(`select verify_ledger(${workspace}) as proof`)
  return row.proof.checks
}

test.each(cases)('%s', async (_, statements, expected) => {
  await client.query('begin')
  for (const table of tables) await client.query(`alter table ${table} disable trigger user`)
  for (const statement of statements) expect((await client.query(statement)).rowCount).toBeGreaterThan(0)
  const wrong = (await proof()).filter(({ ok }) => !ok)
  await client.query('rollback')
  expect(wrong.map(({ name }) => name).join(' ')).toBe(expected)
  // It names the first one.
  for (const { name, detail } of wrong) {
    if (name !== 'sum') expect(detail).toMatch(/; the first: (transfer [0-9a-f-]{36}|ada|bob|platform|treasury)/)
  }
  expect((await proof()).filter(({ ok }) => !ok)).toEqual([])
})

test.each([
  ['an event is edited', "update events set data = '{\"kind\": \"spend\"}' where stream = 'ledger' and seq = 3", 3],
  ['an event is deleted', "delete from events where stream = 'ledger' and seq = 2", 3],
  ['two events are swapped', `update events e set seq = case e.seq when 2 then -3 else -2 end where stream = 'ledger' and seq in (2, 3);
    update events set seq = -seq where stream = 'ledger' and seq < 0`, 2],
  ['an event is put elsewhere in time',
    "update events set occurred_at = occurred_at + interval '1 hour' where stream = 'ledger' and seq = 4", 4],
])('the log: %s', async (_, statement, seq) => {
  await client.query('begin')
  await client.query('alter table events disable trigger user')
  await client.query(statement)
  const { rows: [row] } = await client.query(`select verify_stream(${workspace}, 'ledger') as proof`)
  await client.query('rollback')
  expect(row.proof.first_bad_seq).toBe(seq)
})

test('the end of the log is cut off: the head is ahead of it', async () => {
  await client.query('begin')
  await client.query('alter table events disable trigger user')
  await client.query(`delete from events where stream = 'ledger'
    and seq = (select max(seq) from events where stream = 'ledger')`)
  const { rows: [row] } = await client.query(`select verify_stream(${workspace}, 'ledger') as proof`)
  await client.query('rollback')
  expect(row.proof.first_bad_seq).toBeNull()
  expect(row.proof.last).toBe(row.proof.seq - 1)
})

test.each([
  `insert into transfers select * from transfers limit 1`, `update transfers set amount = 1`, `delete from transfers`,
  `truncate transfers`, `update accounts set posted = 0`, `insert into ledger_keys select * from ledger_keys limit 1`,
  `update holds set state = 'released'`, `insert into holds select * from holds limit 1`, `update budgets set limit_amount = 1`,
  `update budget_windows set used = 0`, `delete from events`, `select insert_control(${workspace}, '{}')`,
])('the application’s role may not: %s', async (statement) => {
  await expect(world.parts.db.pool.query(statement)).rejects.toThrow(/permission denied/)
})
