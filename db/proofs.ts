/**
 * The proof that the books balance: lines counted in SQL (db/functions/proofs.sql), and signatures,
 * which are checked where the key is. All of it is of one snapshot.
 */
import type { HeadsJudged, SignedHead } from '../domain/heads.ts'
import { judgeHeads } from '../domain/heads.ts'
import type { Ask, Database } from './database.ts'
import { storageErrorOf } from './errors.ts'
import { readHeads } from './heads.ts'

export type Check = { name: string; ok: boolean; detail: string }
export type LedgerProof = {
  ok: boolean
  accounts: number
  transfers: number
  sum: string
  checks: Check[]
  /** Events after the last signed head. */
  unsigned: number
}

/** Whether a head has the signature that it should have. */
export type IsGenuine = (head: SignedHead) => boolean

type Counted = Pick<LedgerProof, 'accounts' | 'transfers' | 'sum' | 'checks'>

/** Asks through a connection of one's own; see `proveLedger`. */
export async function proofOf(
  ask: Ask, workspace: string, isGenuine: IsGenuine,
): Promise<LedgerProof> {
  const [row] = await ask<{ proof: Counted }>('select verify_ledger($1) as proof', [workspace])
  const heads = judgeHeads(await readHeads(ask, workspace, 'ledger'), isGenuine)
  const checks = [...row!.proof.checks, signedLine(heads)]
  return {
    ...row!.proof, checks, ok: checks.every(({ ok }) => ok), unsigned: heads.unsigned,
  }
}

const signedLine = ({ ok, detail }: HeadsJudged): Check => ({ name: 'signed', ok, detail })

/** Longer than any proof of a ledger that is archived in time; see docs/guides. */
const PROOF_MS = 120_000

/** A proof that could not finish has proven nothing, and says so. */
export async function proveLedger(
  db: Database, workspace: string, isGenuine: IsGenuine, within = PROOF_MS,
): Promise<LedgerProof> {
  try {
    return await db.snapshot(within, (ask) => proofOf(ask, workspace, isGenuine))
  } catch (error) {
    if ((error as { code?: string }).code !== '57014') throw storageErrorOf(error, false) ?? error
    return {
      ok: false, accounts: 0, transfers: 0, sum: '0', unsigned: 0,
      checks: [{
        name: 'finished', ok: false,
        detail: `the proof was stopped after ${within / 1000} s: nothing is proven`,
      }],
    }
  }
}

/** At most one proof of a workspace runs here, and one waits: all who ask meanwhile share that. */
export class Prover {
  readonly #db: Database
  readonly #isGenuine: IsGenuine
  readonly #running = new Map<string, Promise<LedgerProof>>()
  readonly #next = new Map<string, Promise<LedgerProof>>()

  constructor(db: Database, isGenuine: IsGenuine) {
    this.#db = db
    this.#isGenuine = isGenuine
  }

  /** A proof of what there is now: one that runs already may have begun before the last write. */
  prove(workspace: string): Promise<LedgerProof> {
    const running = this.#running.get(workspace)
    if (!running) return this.#start(workspace)
    const next = this.#next.get(workspace) ?? running.catch(() => undefined).then(() => {
      this.#next.delete(workspace)
      return this.#start(workspace)
    })
    this.#next.set(workspace, next)
    return next
  }

  #start(workspace: string): Promise<LedgerProof> {
    const proof = proveLedger(this.#db, workspace, this.#isGenuine).finally(() => {
      if (this.#running.get(workspace) === proof) this.#running.delete(workspace)
    })
    this.#running.set(workspace, proof)
    return proof
  }
}

/** Answers whether the log was told of a change. */
export const keepProof = (
  db: Database, workspace: string, proof: LedgerProof & { duration_ms: number },
): Promise<boolean> =>
  db.call('keep_proof', [workspace, JSON.stringify(proof)], { write: true })

export type LastProof = {
  workspace: string
  ok: boolean
  seconds: number
  age_seconds: number
  unsigned: number
}

/** What the background proof last said of each workspace. */
export const lastProofs = (db: Database): Promise<LastProof[]> => db.rows('last proofs',
  `select w.name as workspace, p.ok, p.duration_ms / 1000 as seconds, p.unsigned,
     extract(epoch from app_now() - p.proven_at)::float8 as age_seconds
   from ledger_proofs p join workspaces w on w.id = p.workspace_id order by w.name`, [])
