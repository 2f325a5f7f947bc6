/**
 * The database's owner changes the ledger behind the server's back: the proof names what is wrong.
 * Each case is undone afterwards, and the books balance again. The application's own role may do
 * none of it.
 */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signHeads } from '../../activities/heads.ts'
import { proofOf, proveLedger } from '../../db/proofs.ts'
import { Signer } from '../../handlers/signer.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let client: pg.Client
let key: Signer
const quiet = { error: () => undefined }
const sign = () => signHeads({ db: world.parts.db, key, log: quiet })
beforeAll(async () => {
  world = await openWorld()
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '100', reason: 'To begin with' })
  await world.owner.do('credits.adjust', { agent: 'bob', amount: '40', reason: 'To begin with' })
  await world.owner.do('credits.budget_create', { scope: { agent: 'ada' }, unit: 'credits', period: 'once', limit: '50' })
  for (const amount of ['1', '2', '3']) await world.agents.ada!.client.do('credits.spend', { amount, reason: 'x' })
  await world.agents.ada!.client.do('credits.hold', { amount: '5', ttl_seconds: 600 })
  for (const call_id of ['call-1', 'call-2']) {
    await world.agents.ada!.client.do('credits.charge', {
      call_id, provider: 'openai', model: 'gpt-5', tokens: { input: 10, output: 5 }, cost_usd: '0.02',
    })
  }
  key = new Signer(world.config.masterKey!)
  expect(await sign()).toEqual({ signed: 2, refused: [] })
  // What comes after the last signed head is told apart.
  await world.agents.ada!.client.do('credits.spend', { amount: '4', reason: 'x' })
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
/** The owner of the database computes all hashes anew, the head's too. */
const rehash = `do $$ declare e events; before text; begin
    for e in select * from events where stream = 'ledger' order by seq loop
      e.previous_hash := before;
      before := event_hash(e);
      update events set previous_hash = e.previous_hash, hash = before where stream = 'ledger' and seq = e.seq;
    end loop;
    update streams set (seq, head) = (select seq, hash from events where stream = 'ledger' order by seq desc limit 1)
      where stream = 'ledger';
  end $$`
const ada = `(select id from actors where handle = 'ada')`
const cutTail = `delete from events where stream = 'ledger' and seq = (select max(seq) from events where stream = 'ledger')`
/** A spend of ada's and all that speaks of it, made a micro-credit dearer: wherever one looks, it agrees. */
const rewritten = (amount: number) => [
  `update events set data = replace(data, '"amount": "${amount}"', '"amount": "${amount}.000001"')
   where stream = 'ledger' and data like '%"kind": "spend"%' and data like '%"amount": "${amount}"%'`,
  `update transfers set amount = amount + 1 where kind = 'spend' and amount = ${amount}000000`,
  `update accounts set posted = posted + 1 where kind = 'platform'`, `update accounts set posted = posted - 1 where id = ${ada}`, rehash,
]
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
  ['a hold is closed without giving back', ["update holds set state = 'released'"], 'holds windows'],
  ['what is held is lowered', ['update accounts set held = 0'], 'holds'],
  ['a key is deleted', [`delete from ledger_keys where transfer_id = ${spends} limit 1)`], 'keys'],
  ['a window of a budget is emptied', ['update budget_windows set held = 0'], 'windows'],
  ['what a hold keeps in a window is lowered', ['update hold_windows set amount = amount - 1'], 'windows'],
  ['a model call gets cheaper', [`update charges set credits = credits - 1 where call_id = 'call-1'`], 'charges'],
  ['a model call costs fewer dollars', [`update charges set usd_micros = 1 where call_id = 'call-1'`], 'costs'],
  ['what models cost an agent is lowered', [`update accounts set usd_spent = 0 where id = ${ada}`], 'costs'],
  ['a model call is deleted', [`delete from charges where call_id = 'call-1'`], 'charges costs'],
  ['a model call is another agent’s', [
    `update charges set agent_id = (select id from actors where handle = 'bob') where call_id = 'call-1'`], 'charges costs'],
  ['two model calls share a transfer', [
    `update charges set transfer_id = (select transfer_id from charges where call_id = 'call-2') where call_id = 'call-1'`], 'charges'],
  ['a model call’s transfer is deleted, with the balances put right', [
    `delete from transfers where id = (select transfer_id from charges where call_id = 'call-1')`,
    `update accounts set posted = posted - 2000000 where kind = 'model_spend'`,
    `update accounts set posted = posted + 2000000 where id = ${ada}`], 'transfers charges'],
  ['the log’s end is cut off', [cutTail], 'events head'],
  ['the log’s end is cut off before its last signed head', [cutTail, cutTail], 'events head signed'],
  ['the same, with all that it told of', [
    cutTail, cutTail, `delete from transfers where event_id not in (select id from events)`,
    `update charges set credits = 0, transfer_id = null where call_id = 'call-2'`,
    `update accounts set posted = posted - 2000000 where kind = 'model_spend'`,
    `update accounts set posted = posted - 4000000 where kind = 'platform'`,
    `update accounts set posted = posted + 6000000 where id = ${ada}`, rehash], 'signed'],
  ['the head’s hash is another', [`update streams set head = repeat('0', 64) where stream = 'ledger'`], 'head'],
  ['a spend and all that speaks of it is made anew', rewritten(1), 'signed'],
  ['the same after the last signed head, which nothing can prove', rewritten(4), ''],
  ['a signed head is edited', [`update signed_heads set head = repeat('0', 64) where stream = 'ledger'`], 'signed'],
  ['a signed head is moved back', [`update signed_heads h set seq = 2,
    head = (select hash from events where stream = 'ledger' and seq = 2) where stream = 'ledger'`], 'signed'],
  ['a head gets another key’s signature', [`update signed_heads set key_id = 'theirs' where stream = 'ledger'`], 'signed'],
]

const tables = [
  'transfers', 'ledger_keys', 'events', 'holds', 'hold_windows', 'accounts', 'charges', 'budget_windows', 'signed_heads', 'streams',
]
type Check = { name: string; ok: boolean; detail: string }
async function proof(): Promise<Check[]> {
  const { rows: [{ id }] } = await client.query(`select ${workspace} as id`)
  const { checks } = await proofOf(async (text, values) => (await client.query(text, values)).rows, id, key.isGenuine)
  return checks
}

test.each(cases)('%s', async (_, statements, expected) => {
  await client.query('begin')
  for (const table of tables) await client.query(`alter table ${table} disable trigger user`)
  for (const statement of statements) expect((await client.query(statement)).rowCount ?? 1).toBeGreaterThan(0)
  const wrong = (await proof()).filter(({ ok }) => !ok)
  await client.query('rollback')
  expect(wrong.map(({ name }) => name).join(' ')).toBe(expected)
  // It names the first one.
  for (const { name, detail } of wrong) {
    if (name === 'head' || name === 'signed') expect(detail).toMatch(/\bevent \d+/)
    else if (name !== 'sum') {
      expect(detail).toMatch(/; the first: (transfer [0-9a-f-]{36}|budget [0-9a-f-]{36}|call call-\d|ada|bob|platform|treasury)/)
    }
  }
  expect((await proof()).filter(({ ok }) => !ok)).toEqual([])
})

test('how much nobody vouches for is said', async () => {
  const signed = (await proof()).find(({ name }) => name === 'signed')!
  expect(signed.detail).toMatch(/^1 signed head, the last one at event 8 of .+; 1 event lies after the last signed head$/)
  const { streams } = await world.owner.do('event.verify')
  expect(streams).toMatchObject([{ stream: 'activity', ok: true }, { stream: 'ledger', ok: true, signed_seq: 8 }])
  expect(streams[1].detail).toContain('1 event lies after the last signed head')
})

test('a changed log gets no signature; the chain of heads goes on when it is whole again', async () => {
  const owner = async (statement: string) => {
    await world.sql('alter table events disable trigger user')
    await world.sql(statement)
    await world.sql('alter table events enable trigger user')
  }
  const edit = (from: string, to: string) =>
    owner(`update events set reason = '${to}' where stream = 'ledger' and seq = 9 and reason = '${from}'`)
  await edit('x', 'y')
  expect(await sign()).toEqual({ signed: 0, refused: ['ledger: the chain breaks at 9'] })
  await edit('y', 'x')
  expect(await sign()).toEqual({ signed: 1, refused: [] })
  expect(await sign()).toEqual({ signed: 0, refused: [] })
  expect((await proof()).find(({ name }) => name === 'signed')!.detail)
    .toMatch(/^2 signed heads, the last one at event 9 of .+; 0 events lie/)
  // The first of two is taken out.
  await client.query('begin')
  await client.query('alter table signed_heads disable trigger user')
  await client.query("delete from signed_heads where stream = 'ledger' and seq = 8")
  const wrong = (await proof()).filter(({ ok }) => !ok)
  await client.query('rollback')
  expect(wrong).toMatchObject([{ name: 'signed', detail: 'the signed head before that at event 9 is gone' }])
})

test('heads that are all gone, or that nobody signs, show after a day', async () => {
  await client.query('begin')
  await client.query('alter table signed_heads disable trigger user')
  await client.query('delete from signed_heads')
  expect((await proof()).find(({ name }) => name === 'signed'))
    .toMatchObject({ ok: true, detail: expect.stringMatching(/^9 events lie/) })
  await client.query('alter table events disable trigger user')
  await client.query("update events set occurred_at = occurred_at - interval '25 hours'")
  expect((await proof()).find(({ name }) => name === 'signed'))
    .toMatchObject({ ok: false, detail: expect.stringMatching(/^9 events lie.*more than a day/) })
  await client.query('rollback')
})

test('a proof that cannot finish proves nothing', async () => {
  const [{ id }] = await world.sql<{ id: string }>(`select ${workspace} as id`) as [{ id: string }]
  await client.query('begin')
  await client.query('lock table ledger_keys in access exclusive mode')
  const unfinished = await proveLedger(world.parts.db, id, key.isGenuine, 300)
  await client.query('rollback')
  expect(unfinished).toMatchObject({
    ok: false, checks: [{ name: 'finished', ok: false, detail: expect.stringContaining('nothing is proven') }],
  })
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
  `update budget_windows set used = 0`, `delete from events`, `insert into signed_heads select * from signed_heads limit 1`,
  `update signed_heads set key_id = ''`, `delete from signed_heads`, `update ledger_proofs set ok = true`,
  `select insert_control(${workspace}, '{}')`,
])('the application’s role may not: %s', async (statement) => {
  await expect(world.parts.db.pool.query(statement)).rejects.toThrow(/permission denied/)
})
