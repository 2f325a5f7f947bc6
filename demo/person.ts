/** The person of the demo: decides gates at the terminal, or says yes to everything by `--yes`. */
import { createInterface } from 'node:readline/promises'
import type { Client } from '../sdk/client.ts'

type Verdict = { verdict: 'approve' | 'deny'; comment: string }

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
    const { verdict, comment } = this.#yes ? script : await this.#ask(`${by} asks: ${title}`)
    await this.#owner.gate.decide(gate, { verdict, comment })
    this.#say(`  the owner ${verdict === 'approve' ? 'approves' : 'denies'}: ${title}`
      + (comment ? ` (“${comment}”)` : ''))
    return verdict === 'approve'
  }

  async #ask(question: string): Promise<Verdict> {
    const terminal = createInterface({ input: process.stdin, output: process.stdout })
    try {
      const answer = await terminal.question(`  ${question}\n  Approve? [y]es, or why not: `)
      const yes = ['', 'y', 'yes'].includes(answer.trim().toLowerCase())
      return yes ? { verdict: 'approve', comment: '' } : { verdict: 'deny', comment: answer.trim() }
    } finally {
      terminal.close()
    }
  }
}
