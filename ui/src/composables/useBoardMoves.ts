/**
 * Moving cards: shown at once, taken back with the server's reason when refused. Which moves are
 * possible is asked of the domain's own functions; the server has the last word.
 */
import { shallowRef } from 'vue'
import type { Outcome, Status } from '../../../domain/tasks.ts'
import { moves } from '../../../domain/tasks.ts'
import type { Card } from '../board.ts'
import { columns, reachedFrom } from '../board.ts'
import type { Person } from '../components/task/person.ts'
import { actsOn } from '../components/task/law.ts'
import type { Failure } from '../problem.ts'
import { texts } from '../texts.ts'
import { serverNow } from './useClock.ts'
import { send } from './useCommand.ts'
import { toast } from './useToasts.ts'

export type MoveWords = { reason?: string; outcome?: Outcome }
/** One entry of the Move menu; `claim` = start it oneself. */
export type Choice = { id: Status | 'claim'; to: Status; why: string | null }

const words = texts.board

/** Why a status is out of reach, in words shorter than the domain's. */
function explain(card: Card, to: Status, detail: string): string {
  if (moves[card.status].includes(to)) return detail
  if (!moves[card.status].length) return words.isFinal(card.status)
  return words.onlyFrom(reachedFrom(to))
}

/** Every status but its own: those it can move to, and why not to the others. */
export function choicesFor(card: Card, person: Person): Choice[] {
  const lawful = { ...card, waiting: null }
  const acts = actsOn(lawful, person, new Date(serverNow()).toISOString())
  const whyNot = (id: (typeof acts)[number]['id']): string | null =>
    acts.find((act) => act.id === id)?.why ?? null
  const choices = columns.filter((to) => to !== card.status).map((to): Choice => {
    const detail = whyNot(`to:${to}`)
    if (card.pending?.goal === to) return { id: to, to, why: words.heldAlready }
    return { id: to, to, why: detail && explain(card, to, detail) }
  })
  const canClaim = card.status === 'todo' && !card.pending && whyNot('claim') === null
  return canClaim ? [{ id: 'claim', to: 'in_progress', why: null }, ...choices] : choices
}

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

  function refused({ key, status }: Card, { message, hint }: Failure): void {
    toast(words.refused(key, status, message), { kind: 'bad', hint })
  }

  async function move(
    card: Card, choice: Pick<Choice, 'id' | 'to'>, given: MoveWords = {},
  ): Promise<void> {
    if (elsewhere.value.has(card.id)) return
    show(card.id, choice.to)
    const outcome = await command(card, choice, given)
    if (!outcome.ok) {
      show(card.id, null)
      refused(card, outcome.failure)
    }
    await refetch(card.id)
    if (!outcome.ok) return
    show(card.id, null)
    if (isHeld(outcome)) toast(words.held(card.key, choice.to))
    else said.value = words.moved(card.key, choice.to)
  }

  return { elsewhere, said, move }
}
