/** What the resolvers of one GraphQL operation share. */
import type DataLoader from 'dataloader'
import type { GraphQLError } from 'graphql'
import { refuse } from '../../domain/errors.ts'
import type { Operation } from '../../operations/define.ts'
import type { Identity } from '../../handlers/context.ts'
import type { Reply } from '../../handlers/invoke.ts'
import type { ApiDependencies } from '../deps.ts'
import { refusalError } from './errors.ts'

export type Input = Record<string, unknown>

export type CallContext = {
  deps: ApiDependencies
  identity: Identity
  /** Names this GraphQL operation in problems and logs. */
  instance: string
  /** What came as headers, for the one command that they can only mean. */
  headers: { key: string | null; ifMatch: string | null }
  /** A query may remember what it has read; after a mutation, or at the next event, it is stale. */
  remembers: boolean
  loaders: Map<Operation, DataLoader<Input, Reply, string>>
  turns: Turns
  size: AnswerSize
  /** By response name: the key of each command, and whether it was a replay. */
  commands: Record<string, { idempotencyKey: string | null; replayed: boolean }>
  /** Ends what is still under way: the connection closed. */
  signal: AbortSignal
}

/** How many operations one GraphQL request runs at a time; the pool belongs to everyone. */
const AT_A_TIME = 4

export class Turns {
  #free = AT_A_TIME
  readonly #waiting: (() => void)[] = []

  async take<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#free === 0) await new Promise<void>((resolve) => { this.#waiting.push(resolve) })
    else this.#free--
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}

/** Aliases can ask for the same large value a thousand times. */
const MAX_ANSWER = 16 * 1024 * 1024

/** Counts what an answer holds. */
export class AnswerSize {
  readonly #abort: AbortController | null
  readonly #instance: string
  readonly #measured = new WeakMap<object, number>()
  #total = 0
  /** Set once it is too large: then this is the answer. */
  excess: GraphQLError | null = null

  /**
   * `abort` ends a query. What a command has done is done: without `abort` only the fields that do
   * not fit are refused.
   */
  constructor(instance: string, abort: AbortController | null) {
    this.#instance = instance
    this.#abort = abort
  }

  add(value: unknown): void {
    this.#total += this.#sizeOf(value)
    if (this.#total <= MAX_ANSWER || this.excess) return
    const error = refusalError(refuse('invalid_input',
      `The answer would be larger than ${MAX_ANSWER} bytes: ask for less`,
      { errors: [], limit: MAX_ANSWER }), this.#instance)
    if (!this.#abort) throw error
    this.excess = error
    this.#abort.abort()
  }

  /** The next event of a subscription is an answer of its own. */
  reset(): void {
    this.#total = 0
  }

  #sizeOf(value: unknown): number {
    if (typeof value === 'string') return value.length
    if (typeof value !== 'object' || value === null) return 8
    const known = this.#measured.get(value)
    if (known !== undefined) return known
    const size = JSON.stringify(value).length
    this.#measured.set(value, size)
    return size
  }
}

