/** Elections by advisory lock: the lock belongs to a connection, so whoever dies lets go. */
import pg from 'pg'

/** One lock for each office; any constants that nobody else uses. */
const offices = { relay: 7_316_002 } as const

export class Election {
  readonly #client: pg.Client
  readonly #office: keyof typeof offices
  #elected = false

  private constructor(client: pg.Client, office: keyof typeof offices) {
    this.#client = client
    this.#office = office
  }

  /** Opens the connection that will hold the lock; throws when Postgres is away. */
  static async open(url: string, office: keyof typeof offices): Promise<Election> {
    const client = new pg.Client({
      connectionString: url, application_name: `guildhall ${office}`,
      connectionTimeoutMillis: 2000, query_timeout: 5000, keepAlive: true,
    })
    // The next query says what is wrong with the connection.
    client.on('error', () => undefined)
    await client.connect()
    return new Election(client, office)
  }

  /** Whether this process holds the office; tries to take it. Throws when the connection broke. */
  async holds(): Promise<boolean> {
    if (this.#elected) {
      await this.#client.query('select 1')
      return true
    }
    const { rows } = await this.#client.query<{ elected: boolean }>(
      `select pg_try_advisory_lock(${offices[this.#office]}) as elected`)
    this.#elected = rows[0]!.elected
    return this.#elected
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined)
  }
}
