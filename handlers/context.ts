/** What a handler works with: given once per process, and once per call. */
import type { Actor } from '../domain/agents.ts'
import type { Refusal } from '../domain/errors.ts'
import type { Operation } from '../operations/define.ts'
import type { BaseFacts, Command } from '../db/commands.ts'
import type { Database } from '../db/database.ts'
import type { Prover } from '../db/proofs.ts'
import type { Write } from '../activities/write.ts'
import type { Signer } from './signer.ts'
import type { Vault } from './vault.ts'

/** What a task's workflow answers to a query. */
export type EngineState = {
  runId: string
  status: string
  settledVersion: number | null
  deadlineAt: string | null
}

export type Engine = {
  /** Asks the workflow of a task; throws when the engine does not answer within a second. */
  describeTask: (id: string) => Promise<EngineState | null>
  /** Where people look at it; null when the UI's address is unknown. */
  workflowUrl: (workflowId: string) => string | null
}

export type Log = {
  info: (fields: object, message: string) => void
  warn: (fields: object, message: string) => void
  error: (fields: object, message: string) => void
}

export type Context = {
  db: Database
  write: Write
  engine: Engine
  vault: Vault
  signer: Signer
  prover: Prover
  log: Log
  /** Refuses new work while the engine is too far behind; null = go on. */
  backPressure: () => Promise<Refusal | null>
}

/** Who calls, as its credential says; facts read later say it again, fresh. */
export type Identity = {
  workspaceId: string
  workspace: string
  actor: Actor
  scopes: string[]
  epoch: number
  /** How it proved itself. */
  proof: 'signature' | 'bearer' | 'session'
  credentialId: string
  /** Resolves when the nonce of this request is stored; a refusal when it was used before. */
  nonce: Promise<Refusal | null>
  /** Reads the credential again; a refusal when it is no longer valid. */
  renew: () => Promise<Refusal | null>
}

export type Request<Input> = {
  operation: Operation
  identity: Identity
  input: Input
  command: Command
  /** The version the caller last saw; null = any. */
  ifMatch: number | null
  /** To be asked between reading and writing. */
  recheck: (facts: Pick<BaseFacts, 'epoch' | 'actor'>) => Promise<Refusal | null>
}

/** What a handler answers; `version` becomes the ETag. */
export type Result = { body: unknown; version?: number; replayed?: boolean }
export type Handler<Input> =
  (context: Context, request: Request<Input>) => Promise<Result | Refusal>
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- keyed by name, not type
export type Handlers = Record<string, Handler<any>>
