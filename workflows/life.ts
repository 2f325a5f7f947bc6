/**
 * What the lives of tasks and gates share: they sleep until a signal or the next deadline. A signal
 * only says "look again"; nothing in it is believed.
 */
import { condition, setCurrentDetails, setHandler } from '@temporalio/workflow'
import type { Knows } from './messages.ts'
import { changed, knows } from './messages.ts'

/** A run this long is continued as a new one: replay costs 2–4 ms per wake. */
export const MAX_WAKES = 200

export type Rest = Knows & { untilMs: number | null }

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

  /** Sleeps until a signal or the deadline; says why in the Temporal UI. */
  async rest({ untilMs, ...now }: Rest): Promise<void> {
    this.#knows = now
    setCurrentDetails(now.sentence)
    if (untilMs === null) await condition(() => this.#dirty)
    else await condition(() => this.#dirty, untilMs)
  }
}
