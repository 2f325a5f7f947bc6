/** Which processes are alive, and what to give back after an outage of every api. */
import type { Database } from './database.ts'
import { instant } from './rows.ts'

export async function enrolProcess(db: Database, role: string, name: string): Promise<string> {
  const [row] = await db.rows<{ id: string }>('enrol process',
    'insert into processes (role, name) values ($1, $2) returning id', [role, name], true)
  return row!.id
}

/** Says that a process lives; forgets those that have been silent for a day. */
export async function stampProcess(db: Database, id: string): Promise<void> {
  await db.rows('stamp process',
    'update processes set alive_at = clock_timestamp() where id = $1', [id], true)
}

export async function forgetProcesses(db: Database): Promise<void> {
  await db.rows('forget processes',
    "delete from processes where alive_at < clock_timestamp() - interval '1 day'", [], true)
}

export type Silence = { last: string; now: string; seconds: number }

/** Since when no api process has been heard of; null when none ever was. */
export async function readSilence(db: Database): Promise<Silence | null> {
  const [row] = await db.rows<{ last: string | null; now: string; seconds: number }>('read silence',
    `select max(alive_at) as last, clock_timestamp() as now,
       extract(epoch from clock_timestamp() - max(alive_at))::float8 as seconds
     from processes where role = 'api'`, [])
  if (!row?.last) return null
  return { last: instant(row.last)!, now: instant(row.now)!, seconds: row.seconds }
}

/** Gives every lease that ran then the time back in which nobody could renew; answers how many. */
export const extendLeases = (db: Database, { last, now }: Silence): Promise<number> =>
  db.call('extend_leases', [last, now], { write: true })
