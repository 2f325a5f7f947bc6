/** What every command reads and writes through: facts in one snapshot, effects in one call. */
import type { Actor } from '../domain/agents.ts'
import type { Shortage } from '../domain/asks.ts'
import type { BudgetAction } from '../domain/budgets.ts'
import type { SettingsChange } from '../domain/settings.ts'
import { settingsOf } from '../domain/settings.ts'
import type { Settings } from '../domain/settings.ts'
import type { Database } from './database.ts'
import type { Row } from './rows.ts'
import { instant } from './rows.ts'

/** Who asks for what, once: the scope of an idempotency key and the actor of every event. */
export type Command = {
  workspace: string
  actor: { id: string | null; kind: string; handle: string }
  operation: string
  /** Null = no answer is remembered (the settling, which is idempotent by what it checks). */
  key: string | null
  /** The key was made for this call: it cannot have been used before. */
  fresh: boolean
  request_hash: string | null
  reason: string | null
}

export type Replay = { request_hash: string; answer: Answer; at: string }
/** What an answer is rendered from, as stored with the command. */
export type Answer = {
  task?: Row | null
  gate?: Row | null
  extra?: Record<string, unknown> | null
  /** Ids of the transfers it posted. */
  posted?: string[] | null
  refused?: { available: string; needed: string; account: string }
}

/** What the facts functions answer before they are told apart. */
export type RawFacts = Record<string, unknown> & {
  replay?: Replay
  missing?: boolean
  now: string
  epoch: number
  settings: SettingsChange
  actor: Actor
  fresh_id: string
}

export type BaseFacts = {
  now: string
  epoch: number
  settings: Settings
  actor: Actor
  fresh_id: string
}

export const baseFacts = (raw: RawFacts): BaseFacts => ({
  now: instant(raw.now)!, epoch: raw.epoch, settings: settingsOf(raw.settings), actor: raw.actor,
  fresh_id: raw.fresh_id,
})

/** Facts, or that this key was used before, or that there is no such subject. */
export type Found<Facts> =
  | { facts: Facts }
  | { replay: Replay }
  | { missing: true }

export function found<Facts>(raw: RawFacts, shape: (raw: RawFacts) => Facts): Found<Facts> {
  if (raw.replay) return { replay: raw.replay }
  return raw.missing ? { missing: true } : { facts: shape(raw) }
}

/** Which budget had no room for what, and what it does then. */
export type OverBudget = Shortage & { outcome: 'over_budget'; action: BudgetAction }

export type Committed =
  | { outcome: 'done' | 'insufficient'; answer: Answer }
  | { outcome: 'replay'; request_hash: string; answer: Answer; at: string }
  | { outcome: 'stale'; busy?: boolean }
  | { outcome: 'not_due' }
  /** A budget has no room for this run. */
  | OverBudget

/** What the facts functions start with: a key that cannot have been used is not looked up. */
export const scopeOf = ({ workspace, actor, operation, key, fresh }: Command): unknown[] =>
  [workspace, actor.id, operation, fresh ? null : key]

/** The facts of a command about nothing in particular. */
export async function readControlFacts(db: Database, command: Command): Promise<Found<BaseFacts>> {
  return found(await db.call<RawFacts>('control_facts', scopeOf(command)), baseFacts)
}

export const commitControl = (db: Database, workspace: string, write: object): Promise<Committed> =>
  db.call('commit_control', [workspace, JSON.stringify(write)], { write: true })
