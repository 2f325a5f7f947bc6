/**
 * Where a card can move, and why not elsewhere: asked of the domain's own functions, so that the
 * menu knows what the server will say. Pure.
 */
import type { Status } from '../../../../domain/tasks.ts'
import { moves } from '../../../../domain/tasks.ts'
import type { Card } from '../../board.ts'
import { columns, reachedFrom } from '../../board.ts'
import { texts } from '../../texts.ts'
import { actsOn } from '../task/law.ts'
import type { Person } from '../task/person.ts'

const words = texts.board

/** One entry of the Move menu; `claim` = start it oneself. */
export type Choice = { id: Status | 'claim'; to: Status; why: string | null }

/** Why a status is out of reach, in words shorter than the domain's. */
function explain(card: Card, to: Status, detail: string): string {
  if (moves[card.status].includes(to)) return detail
  if (!moves[card.status].length) return words.isFinal(card.status)
  return words.onlyFrom(reachedFrom(to))
}

/** Every status but its own: those it can move to, and why not to the others. */
export function choicesFor(card: Card, person: Person, now: string): Choice[] {
  const lawful = { ...card, waiting: null }
  const acts = actsOn(lawful, person, now)
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
