/** Whether this process can serve: Postgres decides; an engine that is away only degrades it. */
import { pendingMigrations } from '../db/migrate.ts'
import type { Database } from '../db/database.ts'
import type { BackPressure } from './backpressure.ts'

export type Readiness = {
  status: 'ready' | 'degraded' | 'unavailable'
  engine: 'ready' | 'away'
  unsettled: number | null
  oldest_unsettled_ms: number | null
  detail?: string
}

type Parts = { db: Database; backPressure: BackPressure; ping: () => Promise<unknown> }

/** Consequences later than this mean that the engine does not keep up. */
const LATE_MS = 10_000
const REMEMBER_MS = 500

export function readinessOf({ db, backPressure, ping }: Parts): () => Promise<Readiness> {
  let known: { at: number; answer: Promise<Readiness> } | null = null
  return () => {
    if (!known || Date.now() - known.at > REMEMBER_MS) known = { at: Date.now(), answer: look() }
    return known.answer
  }

  async function look(): Promise<Readiness> {
    const engine = await ping().then(() => 'ready' as const, () => 'away' as const)
    try {
      const pending = await pendingMigrations((text) => db.rows(text, text, []))
      if (pending.length) {
        return unavailable(engine, `migrations are pending: ${pending.join(', ')}`)
      }
      const { unsettled, oldest_ms: oldest } = await backPressure.backlog()
      return {
        status: engine === 'away' || oldest > LATE_MS ? 'degraded' : 'ready',
        engine, unsettled, oldest_unsettled_ms: Math.round(oldest),
      }
    } catch (error) {
      return unavailable(engine, (error as Error).message)
    }
  }
}

const unavailable = (engine: Readiness['engine'], detail: string): Readiness =>
  ({ status: 'unavailable', engine, unsettled: null, oldest_unsettled_ms: null, detail })
