/**
 * What the lives of tasks and gates share: they sleep until a signal or the next deadline. A signal
 * only says "look again"; nothing in it is believed.
 */
import { condition, setCurrentDetails, setHandler } from '@temporalio/workflow'
import type { Knows } from './messages.ts'
import { changed, knows } from './messages.ts'

/** A run this long is continued as a new one: replay costs 2–4 ms per wake. */
export const MAX_WAKES = 200

export type Rest = { untilMs: number | null }

export class Life {
  #dirty = false
  #knows: Knows = { settledVersion: 0, deadlineAt: null, sentence: '' }

  constructor() {
    setHandler(changed, () => { this.#dirty = true })
    setHandler(knows, () => this.#knows)
  }

  /** Forgets signals so far: what they announced is read now. */
  look(): void {
    this.#dirty = false
  }

  get dirty(): boolean {
    return this.#dirty
  }

  /** Remembers what was told, for queries and for who looks into the Temporal UI. */
  know({ settledVersion, deadlineAt, sentence }: Knows): void {
    this.#knows = { settledVersion, deadlineAt, sentence }
    setCurrentDetails(sentence)
  }

  /** Sleeps until a signal or the deadline. */
  async rest({ untilMs }: Rest): Promise<void> {
    if (untilMs === null) await condition(() => this.#dirty)
    else await condition(() => this.#dirty, untilMs)
  }
}
