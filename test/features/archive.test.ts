/** A month is closed and taken away: its file proves itself, and the books go on to balance. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { proveLedger } from '../../db/proofs.ts'
import { Signer } from '../../handlers/signer.ts'
import { archive } from '../../ops/ledger-archive.ts'
import { exportLedger, openBooks, workspaceOf } from '../../ops/ledger-export.ts'
import { verifyFile } from '../../ops/ledger-verify.ts'
import { TestClient } from '../harness/client.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
let signer: Signer
let ada: TestClient
/** This month by the engine's clock, and the one that the moved clock shows. */
let month: string
let next: string
const folder = mkdtempSync(join(tmpdir(), 'guildhall-archive-'))
const charge = (call_id: string, cost_usd: string) => ada.do('credits.charge', {
  call_id, provider: 'openai', model: 'gpt-5', tokens: { input: 10, output: 5 }, cost_usd,
})
const spend = (amount: string) => ada.do('credits.spend', { amount, reason: 'x' })
const verify = () => world.owner.do('credits.verify')
const parts = async () => (await world.sql<{ part: string }>(
  `select inhrelid::regclass::text as part from pg_inherits where inhparent = 'transfers'::regclass order by 1`)).map(({ part }) => part)

beforeAll(async () => {
  world = await openWorld()
  signer = new Signer(world.config.masterKey!)
  ada = world.agents.ada!.client
  month = new Date().toISOString().slice(0, 7)
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '100', reason: 'x' })
  await world.owner.do('credits.adjust', { agent: 'bob', amount: '40', reason: 'x' })
  for (const amount of ['1', '2.5']) await spend(amount)
  await charge('call-1', '0.02')
})
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a month that is not over stays', async () => {
  const soon = new Date(`${month}-01T00:00:00Z`)
  soon.setUTCMonth(soon.getUTCMonth() + 1)
  next = soon.toISOString().slice(0, 7)
  expect(await archive(world.config, { before: month, folder })).toEqual({ months: [] })
  await expect(archive(world.config, { before: next, folder })).rejects.toThrow('are not all over')
  await expect(archive(world.config, { before: 'May', folder })).rejects.toThrow('takes a month')
  await expect(world.sql('select close_month($1::date, $2)', [`${month}-01`, '{}'])).rejects.toThrow('is not over')
  await expect(world.parts.db.pool.query('select make_partition($1::date)', [`${month}-01`])).resolves.toMatchObject({ rowCount: 1 })
  await expect(world.parts.db.pool.query(`alter table transfers detach partition transfers_${month.replace('-', '_')}`))
    .rejects.toThrow(/must be owner/)
})

test('books that do not balance are not archived', async () => {
  await world.advance(32 * 86_400)
  const wrong = async (by: number) => {
    await world.sql(`update accounts set posted = posted + ${by} where kind = 'platform'`)
  }
  await wrong(1)
  await expect(archive(world.config, { before: next, folder }))
    .rejects.toThrow(/cannot be proven, and nothing was archived. sum: .*; accounts:/)
  await wrong(-1)
  expect(await parts()).toHaveLength(5)
  // Somebody posted in between, or the file is not of all: nothing is lost.
  await expect(world.sql('select close_month($1::date, $2)', [`${month}-01`, '{}'])).rejects.toThrow('the files hold')
})

test('a month is written, proven and taken away; everything goes on', async () => {
  const before = await verify()
  expect(before).toMatchObject({ ok: true, transfers: 5 })
  const balance = await world.owner.do('credits.balance', { agent: 'ada' })
  const name = `main-${month}.jsonl.gz`
  expect(await archive(world.config, { before: next, folder }))
    .toEqual({ months: [{ month, transfers: 5, files: [join(folder, name)] }] })
  expect(readdirSync(folder)).toEqual([name])
  expect(await parts()).not.toContain(`transfers_${month.replace('-', '_')}`)
  expect(await verifyFile(join(folder, name), signer.publicKey)).toMatchObject({ ok: true, month, transfers: 5, sum: '0' })
  expect(await archive(world.config, { before: next, folder })).toEqual({ months: [] })

  expect(await verify()).toMatchObject({ ok: true, transfers: 5, sum: '0' })
  expect(await world.owner.do('event.verify')).toMatchObject({ ok: true })
  expect(await world.owner.do('credits.balance', { agent: 'ada' })).toEqual(balance)
  const at = `${next}-01T00:00:00.000Z`
  expect(await world.owner.do('credits.history')).toEqual({ items: [], next_cursor: null, archived_before: at })
  expect(await world.owner.do('credits.statement', { agent: 'ada', since: `${month}-01T00:00:00Z` }))
    .toMatchObject({ opening: '94.5', closing: '94.5', items: [], archived_before: at })
  await expect(world.owner.do('credits.statement', { agent: 'ada', until: at })).rejects.toThrow(/archived|invalid_input/)

  // Tokens of last month are too old.
  ada = new TestClient(world.url, (await world.owner.do('agent.token_create', { id: 'ada' })).token)
  // The same key is still the same call; a call of that month is still charged once.
  await spend('4')
  await charge('call-1', '0.02')
  await charge('call-2', '0.03')
  expect(await verify()).toMatchObject({ ok: true, transfers: 7 })
  expect(await world.owner.do('credits.statement', { agent: 'ada' })).toMatchObject({ opening: '94.5', closing: '87.5' })
})

test('the file of everything has closings for what is archived', async () => {
  const file = join(folder, 'all.jsonl.gz')
  const books = openBooks(world.config)
  expect(await exportLedger(books, await workspaceOf(books, 'main'), file)).toEqual([])
  await books.db.end()
  const proof = await verifyFile(file, signer.publicKey)
  expect(proof.checks.filter(({ ok }) => !ok)).toEqual([])
  expect(proof).toMatchObject({ ok: true, transfers: 2, sum: '0' })
})

const adaId = `(select id from actors where handle = 'ada')`
test.each([
  ['a closing is edited', [`update closings set amount = amount + 1 where account_id = ${adaId}`], 'accounts closings'],
  ['two are edited, with the balances put right', [
    `update closings set amount = amount + 1 where account_id = ${adaId}`, `update accounts set posted = posted + 1 where id = ${adaId}`,
    `update closings set amount = amount - 1 where account_id = (select id from accounts where kind = 'platform')`,
    `update accounts set posted = posted - 1 where kind = 'platform'`], 'closings'],
  ['closings are deleted', ['delete from closings'], 'accounts transfers charges'],
])('behind the server’s back: %s', async (_, statements, expected) => {
  const [{ id }] = await world.sql<{ id: string }>(`select id from workspaces where name = 'main'`) as [{ id: string }]
  const wrong = async () => (await proveLedger(world.parts.db, id, signer.isGenuine)).checks
    .filter(({ ok }) => !ok).map(({ name }) => name).join(' ')
  await world.sql(`create table kept_closings as select * from closings; create table kept_accounts as select * from accounts`)
  await world.sql('alter table closings disable trigger user')
  for (const statement of statements) await world.sql(statement)
  const found = await wrong()
  await world.sql(`delete from closings; insert into closings select * from kept_closings;
    update accounts a set posted = k.posted from kept_accounts k where k.id = a.id;
    drop table kept_closings, kept_accounts; alter table closings enable trigger user`)
  expect(found).toBe(expected)
  expect(await eventually(async () => await wrong() === '')).toBe(true)
})
