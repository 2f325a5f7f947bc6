/** The database is what db/schema.sql says, and only this version may use it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { dumpSchema } from '../../db/dump.ts'
import { migrate, pendingMigrations, refuseUnsafe } from '../../db/migrate.ts'
import { databaseUrl } from '../harness/engines.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld() })
afterAll(() => world.close())

test('no drift: run npm run gen after changing a migration or a function', async () => {
  const schema = readFileSync(join(import.meta.dirname, '..', '..', 'db', 'schema.sql'), 'utf8')
  expect(await dumpSchema((text) => world.sql(text))).toBe(schema)
})

test('migrating again changes nothing', async () => {
  const report = await migrate(world.config.migrationUrl!, null)
  expect(report.migrations).toEqual([])
})

test('two migrators at once: one makes it, the other finds it', async () => {
  const { adminUrl, ownerUrl } = inject('engines')
  const admin = new pg.Client(adminUrl)
  await admin.connect()
  const owner = pg.escapeIdentifier(new URL(ownerUrl).username)
  await admin.query(`create database migrated_twice owner ${owner}`)
  const url = databaseUrl(ownerUrl, 'migrated_twice')
  const reports = await Promise.all([migrate(url, null), migrate(url, null), migrate(url, null)])
  expect(reports.filter(({ migrations }) => migrations.length > 0)).toHaveLength(1)
  await admin.query('drop database migrated_twice with (force)')
  await admin.end()
})

test('a newer schema is refused by name', async () => {
  await world.sql("insert into schema_migrations (name) values ('9999_future.sql')")
  await expect(migrate(world.config.migrationUrl!, null)).rejects.toThrow(/newer than this program.*9999_future/)
  await expect(pendingMigrations((text) => world.sql(text))).rejects.toThrow(/newer/)
  await world.sql("delete from schema_migrations where name = '9999_future.sql'")
})

test('a Postgres that may lose acknowledged writes is refused', async () => {
  const client = new pg.Client({ connectionString: world.config.migrationUrl!, options: '-c synchronous_commit=off' })
  await client.connect()
  await expect(refuseUnsafe(async (text) => (await client.query(text)).rows)).rejects.toThrow(/synchronous_commit=off/)
  await client.end()
})
