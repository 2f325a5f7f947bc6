/**
 * Once per test run: one real Postgres with a template database, one real Temporal server. Each test
 * file clones the template and has a task queue of its own, so files never see each other.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../db/migrate.ts'
import { startPostgres } from '../../ops/postgres.ts'
import { startTemporal } from '../../ops/temporal.ts'
import { workflowBundle } from '../../temporal/worker.ts'

export type Engines = {
  adminUrl: string
  ownerUrl: string
  appUrl: string
  temporalAddress: string
  temporalUiUrl: string
  cacheFolder: string
}

declare module 'vitest' {
  export interface ProvidedContext { engines: Engines }
}

export const TEMPLATE = 'guildhall_template'
const cacheFolder = join(import.meta.dirname, '..', '..', '.cache', 'bundle')

/** The same server, another database. */
export function databaseUrl(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

/** A clock that tests can move; only databases cloned from the template have it. */
const testClock = `
  create table test_clock (only_row boolean primary key default true, ahead interval not null);
  insert into test_clock (ahead) values ('0 seconds');
  create or replace function app_now() returns timestamptz language sql volatile as
    $$ select clock_timestamp() + ahead from test_clock $$;`

async function makeTemplate(adminUrl: string, ownerUrl: string, appUrl: string): Promise<void> {
  const owner = new URL(ownerUrl).username
  const admin = new pg.Client(adminUrl)
  await admin.connect()
  await admin.query(`drop database if exists ${TEMPLATE} with (force)`)
  await admin.query(`create database ${TEMPLATE} owner ${pg.escapeIdentifier(owner)}`)
  await admin.end()
  const url = databaseUrl(ownerUrl, TEMPLATE)
  await migrate(url, new URL(appUrl).username)
  const client = new pg.Client(url)
  await client.connect()
  await client.query(testClock)
  await client.query(`grant select on test_clock to ${pg.escapeIdentifier(new URL(appUrl).username)}`)
  await client.end()
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-test-'))
  const log = (text: string): void => console.log(text)
  const [postgres, temporal] = await Promise.all([
    startPostgres({ home, log }), startTemporal({ home, log }),
  ])
  await Promise.all([
    makeTemplate(postgres.adminUrl, postgres.ownerUrl, postgres.appUrl), workflowBundle(cacheFolder),
  ])
  const { adminUrl, ownerUrl, appUrl } = postgres
  provide('engines', {
    adminUrl, ownerUrl, appUrl, temporalAddress: temporal.address, temporalUiUrl: temporal.uiUrl,
    cacheFolder,
  })
  return async () => {
    await Promise.all([postgres.stop(), temporal.stop()])
    rmSync(home, { recursive: true, force: true })
  }
}
