/**
 * The connection to Postgres: one pool per process. Hot statements are named (prepared once per
 * connection); plain reads are built with knex and sent the same way.
 */
import knexFactory from 'knex'
import type { Knex } from 'knex'
import pg from 'pg'
import { storageErrorOf } from './errors.ts'

/** Builds SQL only; it never connects. */
export const sql: Knex = knexFactory({ client: 'pg' })

// bigint and numeric columns arrive as text where they matter; int8 counts fit a number here.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
// Instants stay text: db/rows.ts rewrites them, dates would cost more than the rows themselves.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => text)

/** Runs a statement and answers its rows. */
export type Ask = <Row>(text: string, values: unknown[]) => Promise<Row[]>

export type DatabaseOptions = { url: string; size: number; name: string }

/**
 * Plans are pinned to indexes and nested loops: on young tables without statistics the planner
 * prefers scans, caches that choice, and every command then costs as much as the tables are long.
 */
const pinned = ['enable_seqscan=off', 'enable_hashjoin=off', 'enable_mergejoin=off', 'jit=off']

const sessionOptions = [
  'timezone=UTC', 'lock_timeout=1000', 'statement_timeout=15000',
  'idle_in_transaction_session_timeout=10000', ...pinned,
].map((setting) => `-c ${setting}`).join(' ')

export class Database {
  readonly pool: pg.Pool
  readonly url: string

  constructor({ url, size, name }: DatabaseOptions) {
    this.url = url
    this.pool = new pg.Pool({
      connectionString: url, max: size, application_name: `guildhall ${name}`,
      connectionTimeoutMillis: 2000, idleTimeoutMillis: 30_000, options: sessionOptions,
      keepAlive: true,
    })
    // An idle connection that breaks (a restart) is replaced on the next use.
    this.pool.on('error', () => undefined)
  }

  /** Calls a database function by name; `write` says whether a lost connection leaves doubt. */
  async call<T>(name: string, values: unknown[], { write = false } = {}): Promise<T> {
    const places = values.map((_, index) => `$${index + 1}`).join(', ')
    const rows = await this.rows<{ result: T }>(
      `call ${name} ${values.length}`, `select ${name}(${places}) as result`, values, write)
    return rows[0]!.result
  }

  /** Runs a named statement; equal names must have equal texts. */
  async rows<T>(name: string, text: string, values: unknown[], write = false): Promise<T[]> {
    try {
      const { rows } = await this.pool.query({ name, text, values })
      return rows as T[]
    } catch (error) {
      throw storageErrorOf(error, write) ?? error
    }
  }

  /** Runs what knex built; unnamed, for reads whose shape varies. */
  async read<T>(query: Knex.QueryBuilder): Promise<T[]> {
    const { sql: text, bindings } = query.toSQL().toNative()
    try {
      const { rows } = await this.pool.query({ text, values: bindings as unknown[] })
      return rows as T[]
    } catch (error) {
      throw storageErrorOf(error, false) ?? error
    }
  }

  /**
   * Reads much, from one snapshot and on a connection of its own, so that nobody waits for one of
   * the pool's. Each statement may take `withinMs`; plans are free.
   */
  async snapshot<T>(withinMs: number, work: (ask: Ask) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      connectionString: this.url, application_name: 'guildhall snapshot',
      connectionTimeoutMillis: 2000, keepAlive: true,
      options: `-c timezone=UTC -c jit=off -c statement_timeout=${withinMs} -c lock_timeout=1000`
        + ' -c idle_in_transaction_session_timeout=60000',
    })
    // The next query says what is wrong with the connection.
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('begin isolation level repeatable read read only')
      return await work(async (text, values) => (await client.query(text, values)).rows)
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  async end(): Promise<void> {
    await this.pool.end()
  }
}
