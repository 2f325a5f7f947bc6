/** Transfers by month: the upgrade keeps every figure, and a posting never fails for want of a month. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { migrate } from '../../db/migrate.ts'
import { databaseUrl } from '../harness/engines.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld() })
afterAll(() => world.close())

const database = join(import.meta.dirname, '..', '..', 'db')
const textOf = (folder: string, name: string): string => readFileSync(join(database, folder, name), 'utf8')

/** A database of the version before, with transfers of four months, an award among them. */
async function before(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(`set check_function_bodies = off;
    create table schema_migrations (name text primary key, applied_at timestamptz not null default clock_timestamp());
    create table schema_functions (name text primary key, checksum text not null)`)
  for (const name of readdirSync(join(database, 'migrations')).sort().filter((one) => one < '0012')) {
    await client.query(textOf('migrations', name))
    await client.query('insert into schema_migrations (name) values ($1)', [name])
  }
  // Views that are as they should be are not made again, unless a migration says so.
  for (const name of ['app_now.sql', 'rows.sql']) {
    await client.query(textOf('functions', name))
    await client.query('insert into schema_functions values ($1, $2)',
      [name, createHash('sha256').update(textOf('functions', name)).digest('hex')])
  }
  await client.query(`insert into workspaces (name, key_prefix) values ('old', 'OLD');
    insert into streams select id, 'ledger' from workspaces;
    insert into accounts (workspace_id, kind, floor, posted) select id, kind, null, posted from workspaces,
      (values ('treasury', -400), ('platform', 400)) k(kind, posted);
    insert into transfers (workspace_id, id, kind, from_id, to_id, amount, subject_id, beneficiary_id, actor_kind, actor_handle,
        trigger_event_id, event_id, idempotency_key, from_after, to_after, created_at)
      select w.id, uuidv7(-make_interval(days => 30 * n)), case n when 1 then 'reward' else 'spend' end, f.id, t.id, 100,
        case n when 1 then w.id end, case n when 1 then t.id end, 'system', 'system', uuidv7(), uuidv7(), 'k' || n,
        100 * (n - 4), 100 * (4 - n), now() - make_interval(days => 30 * n)
      from workspaces w, accounts f, accounts t, generate_series(0, 3) n where f.kind = 'treasury' and t.kind = 'platform'`)
  return client
}

test('the upgrade keeps every transfer, and an award is still unique', async () => {
  const { adminUrl, ownerUrl } = inject('engines')
  const admin = new pg.Client(adminUrl)
  await admin.connect()
  await admin.query(`create database before_months owner ${pg.escapeIdentifier(new URL(ownerUrl).username)}`)
  const url = databaseUrl(ownerUrl, 'before_months')
  const client = await before(url)
  const ask = async (text: string) => (await client.query(text)).rows
  const figures = 'select id, kind, amount::text, from_after::text, to_after::text, created_at from transfers order by id'
  const kept = await ask(figures)
  await migrate(url, null)
  expect(await ask(figures)).toEqual(kept)
  const parts = await ask('select tableoid::regclass::text as part, count(*)::int from transfers group by 1 order by 1')
  expect(parts.length).toBeGreaterThan(2)
  expect(parts.map(({ part }) => part)).not.toContain('transfers_default')
  expect((await ask('select verify_ledger(id) as proof from workspaces'))[0].proof.checks
    .find(({ name }: { name: string }) => name === 'accounts')).toMatchObject({ ok: true })
  expect(await ask('select count(*)::int from transfer_rows')).toEqual([{ count: 4 }])
  await expect(client.query(`insert into transfers (workspace_id, kind, from_id, to_id, amount, subject_id, beneficiary_id, actor_kind,
      actor_handle, trigger_event_id, event_id, idempotency_key, from_after, to_after, created_at)
    select workspace_id, kind, from_id, to_id, 1, subject_id, beneficiary_id, 'system', 'system', uuidv7(), uuidv7(), 'x', 0, 0, now()
    from transfers where kind = 'reward'`)).rejects.toThrow(/award_keys_pkey/)
  const changes = ['update transfers set amount = 1', 'delete from transfers', `truncate ${parts[0].part}`, 'delete from award_keys']
  for (const statement of changes) {
    await expect(client.query(statement)).rejects.toThrow(/append-only/)
  }
  await client.end()
  await admin.query('drop database before_months with (force)')
  await admin.end()
})

test('without a partition for its month a posting goes to the default one', async () => {
  const parts = await world.sql<{ part: string }>(`select inhrelid::regclass::text as part from pg_inherits
    where inhparent = 'transfers'::regclass and inhrelid <> 'transfers_default'::regclass`)
  expect(parts).toHaveLength(4)
  for (const { part } of parts) await world.sql(`drop table ${part}`)
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '3', reason: 'x' })
  expect(await world.sql('select count(*)::int from transfers_default')).toEqual([{ count: 1 }])
  expect(await world.owner.do('credits.history')).toMatchObject({ items: [{ amount: '3' }] })
  // This month's rows stay where they are; the months to come get their own.
  expect(await world.parts.db.call('make_partitions', [], { write: true })).toBe(3)
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '4', reason: 'x' })
  expect(await world.owner.do('credits.verify')).toMatchObject({ ok: true, transfers: 2 })
  await world.advance(32 * 86_400)
  expect(await world.parts.db.call('make_partitions', [], { write: true })).toBe(1)
})
