/**
 * The person of the demo: decides gates at the terminal or on the page, whichever comes first, or
 * says yes to everything by `--yes`.
 */
import { createInterface } from 'node:readline/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../sdk/client.ts'

type Verdict = { verdict: 'approve' | 'deny'; comment: string }

const LOOK_MS = 300

export class Person {
  readonly #owner: Client
  readonly #yes: boolean
  readonly #say: (text: string) => void

  constructor(owner: Client, { yes, say }: { yes: boolean; say: (text: string) => void }) {
    this.#owner = owner
    this.#yes = yes
    this.#say = say
  }

  /** Decides a gate; `script` is what `--yes` does. Answers whether it was approved. */
  async decide(gate: string, script: Verdict): Promise<boolean> {
    const { title, requested_by: by } = await this.#owner.gate.get(gate)
    const said = this.#yes ? script : await this.#ask(gate, `${by} asks: ${title}`)
    if (said === null) {
      const { state } = await this.#owner.gate.get(gate)
      this.#say(`\n  decided on the page: ${title} is ${state}`)
      return state === 'approved'
    }
    const { verdict, comment } = said
    await this.#owner.gate.decide(gate, { verdict, comment })
    this.#say(`  the owner ${verdict === 'approve' ? 'approves' : 'denies'}: ${title}`
      + (comment ? ` (“${comment}”)` : ''))
    return verdict === 'approve'
  }

  /** Null when it was decided elsewhere while the question stood. */
  async #ask(gate: string, question: string): Promise<Verdict | null> {
    const terminal = createInterface({ input: process.stdin, output: process.stdout })
    const over = new AbortController()
    try {
      const answer = await Promise.race([
        terminal.question(`  ${question}\n  Approve? [y]es, why not, or decide on the page: `,
          { signal: over.signal }),
        this.#decided(gate, over.signal),
      ])
      if (answer === null) return null
      const yes = ['', 'y', 'yes'].includes(answer.trim().toLowerCase())
      return yes ? { verdict: 'approve', comment: '' } : { verdict: 'deny', comment: answer.trim() }
    } finally {
      over.abort()
      terminal.close()
    }
  }

  async #decided(gate: string, over: AbortSignal): Promise<null> {
    while (!over.aborted) {
      if ((await this.#owner.gate.get(gate)).state !== 'open') break
      await sleep(LOOK_MS)
    }
    return null
  }
}
