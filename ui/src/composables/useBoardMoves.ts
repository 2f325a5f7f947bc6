/** Moving cards: shown at once, taken back with the server's reason when refused. */
import { shallowRef } from 'vue'
import type { Outcome, Status } from '../../../domain/tasks.ts'
import type { Card } from '../board.ts'
import type { Choice } from '../components/board/choices.ts'
import type { Failure } from '../problem.ts'
import { texts } from '../texts.ts'
import { send } from './useCommand.ts'
import { toast } from './useToasts.ts'

export type MoveWords = { reason?: string; outcome?: Outcome }
const words = texts.board
type Elsewhere = ReadonlyMap<string, Status>
type Commanded = Awaited<ReturnType<typeof command>>

const command = (card: Card, { id }: Pick<Choice, 'id'>, given: MoveWords) => {
  const fields = { id: card.key, ...(given.reason ? { reason: given.reason } : {}) }
  const options = { ifMatch: card.version }
  if (id === 'claim') return send('task.claim', fields, options)
  return send('task.transition', {
    ...fields, to: id, ...(given.outcome ? { outcome: given.outcome } : {}),
  }, options)
}

const isHeld = (outcome: Commanded): boolean =>
  outcome.ok && 'result' in outcome.body && outcome.body.result === 'pending'

export function useBoardMoves(refetch: (id: string) => Promise<void>) {
  /** Where cards are on their way to, until the server has answered and was read. */
  const elsewhere = shallowRef<Elsewhere>(new Map())
  /** What happened last, read aloud. */
  const said = shallowRef('')

  function show(id: string, to: Status | null): void {
    const next = new Map(elsewhere.value)
    if (to) next.set(id, to)
    else next.delete(id)
    elsewhere.value = next
  }

  function refused({ key }: Card, to: Status, { code, message, hint }: Failure): void {
    const why = code === 'version_conflict' ? words.changedMeanwhile(message) : message
    toast(words.refused(key, to, why), { kind: 'bad', hint })
  }

  /** Answers whether the server took it. */
  async function move(
    card: Card, choice: Pick<Choice, 'id' | 'to'>, given: MoveWords = {},
  ): Promise<boolean> {
    if (elsewhere.value.has(card.id)) return false
    show(card.id, choice.to)
    const outcome = await command(card, choice, given)
    if (!outcome.ok) {
      show(card.id, null)
      refused(card, choice.to, outcome.failure)
      await refetch(card.id)
      return false
    }
    await refetch(card.id)
    show(card.id, null)
    if (isHeld(outcome)) toast(words.held(card.key, choice.to))
    else said.value = words.moved(card.key, choice.to)
    return true
  }

  return { elsewhere, said, move }
}
