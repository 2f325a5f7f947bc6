/**
 * Rows as domain/ knows them: instants as RFC 3339 UTC with milliseconds, the lease as an object.
 * The views answer instants as Postgres prints them.
 */
import type { Gate } from '../domain/gates.ts'
import type { Task } from '../domain/tasks.ts'

export type Row = Record<string, unknown>

/** As Postgres prints a timestamptz, plain or in JSON, while the session's time zone is UTC. */
const PRINTED = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00(?::00)?$/

/**
 * `2026-11-21T09:30:00.12+00:00` → `2026-11-21T09:30:00.120Z`. By text where possible: a
 * list of 1,000 tasks has 10,000 instants, and dates would cost more than all the rest of it.
 */
export function instant(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const printed = typeof value === 'string' ? PRINTED.exec(value) : null
  if (printed) {
    const [, day, time, fraction = ''] = printed
    return `${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`
  }
  return (value instanceof Date ? value : new Date(value as string)).toISOString()
}

const taskInstants = [
  'due_at', 'settled_at', 'wake_at', 'status_since', 'created_at', 'updated_at', 'finished_at',
  'lease_expires_at', 'gate_opened_at', 'gate_expires_at',
] as const

/** What lists and images know of the open gate, without its votes. */
export type GateGlance = Pick<Gate, 'opened_at' | 'expires_at' | 'policy' | 'to'>
export type TaskRow = Task & {
  gate_id: string | null
  seen_version: number
  glance: GateGlance | null
  /** What models cost on it, in micro-dollars as text; null where nothing did. */
  cost_usd_micros: string | null
}

export function taskRow(row: Row): TaskRow {
  for (const name of taskInstants) row[name] = instant(row[name])
  const {
    lease_holder_id, lease_attempt, lease_expires_at, lease_suspended,
    gate_opened_at, gate_expires_at, gate_approvers, gate_to, ...task
  } = row
  return {
    ...task,
    lease: lease_holder_id === null ? null : {
      holder_id: lease_holder_id, attempt: lease_attempt, expires_at: lease_expires_at,
      suspended: lease_suspended,
    },
    glance: gate_opened_at === null ? null : {
      opened_at: gate_opened_at, expires_at: gate_expires_at, to: gate_to,
      policy: { approvers: gate_approvers },
    },
  } as unknown as TaskRow
}

export function gateRow(row: Row): Gate {
  for (const name of ['opened_at', 'expires_at', 'decided_at', 'settled_at']) {
    row[name] = instant(row[name])
  }
  for (const vote of row.votes as Row[]) vote.at = instant(vote.at)
  return row as unknown as Gate
}

/** Any row whose instants end in `_at`. */
export function plainRow<T>(row: Row): T {
  for (const name of Object.keys(row)) if (name.endsWith('_at')) row[name] = instant(row[name])
  return row as T
}
