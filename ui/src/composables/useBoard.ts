/** The board as one thing for the components in it: made by the view, asked for below. */
import { computed, shallowRef } from 'vue'
import type { Status } from '../../../domain/tasks.ts'
import type { Card } from '../board.ts'
import { asksWhy, group, stability } from '../board.ts'
import type { Choice } from '../components/board/choices.ts'
import { choicesFor } from '../components/board/choices.ts'
import { useSession } from '../session.ts'
import { texts } from '../texts.ts'
import { provided } from './provided.ts'
import { useBoardCards } from './useBoardCards.ts'
import { useBoardFilter } from './useBoardFilter.ts'
import type { MoveWords } from './useBoardMoves.ts'
import { useBoardMoves } from './useBoardMoves.ts'
import { useClock } from './useClock.ts'
import { useMedia } from './useMedia.ts'
import { useTaskLinks } from './useTaskLinks.ts'
import { toast } from './useToasts.ts'

const words = texts.board

function makeBoard() {
  const { session } = useSession()
  const { now } = useClock()
  const filter = useBoardFilter()
  const store = useBoardCards(() => filter.filter.value)
  const moving = useBoardMoves(store.refetch)
  const { elsewhere } = moving
  const stable = stability()
  const grouped = computed(() => stable(
    group(store.cards.value.values(), filter.order.value, elsewhere.value)))
  /** How many there are; nothing is said before it was read. */
  const countOf = (status: Status): string => {
    const { state, cursor } = store.pages[status]
    const { length } = grouped.value[status]
    return state !== 'ready' && !length ? '' : words.count(length, cursor !== null)
  }
  const choicesOf = (card: Card): Choice[] =>
    (session.value
      ? choicesFor(card, session.value.actor, new Date(now.value).toISOString()) : [])
  /** Why a card cannot be dropped there; null when it can. */
  const whyNot = (card: Card, to: Status): string | null =>
    choicesOf(card).find(({ id }) => id === to)?.why ?? null

  /** Fingers do not come near first. */
  const isCoarse = useMedia('(pointer: coarse)')
  /** The menu that is open, and the card that it moves. */
  const menu = shallowRef<{ id: string; anchor: HTMLElement } | null>(null)
  /** A move that waits for the words that go with it. */
  const asking = shallowRef<{ card: Card; choice: Choice } | null>(null)
  /** The card that should have the focus next. */
  const wanted = shallowRef<string | null>(null)
  const dragged = shallowRef<Card | null>(null)

  /** What was taken in hand a while ago, as it is on the screen now. */
  const asNow = (card: Card): Card => store.cards.value.get(card.id) ?? card
  function choose(card: Card, choice: Choice): void {
    if (asksWhy(card.status, choice.to)) asking.value = { card, choice }
    else void moving.move(card, choice)
  }
  /** With the words, or null: it stays where it is. Answers whether it was moved. */
  async function answer(given: MoveWords | null): Promise<boolean> {
    const asked = asking.value
    asking.value = null
    if (!asked) return false
    wanted.value = asked.card.id
    const now = asNow(asked.card)
    const card = now.status === asked.card.status ? now : asked.card
    return given !== null && moving.move(card, asked.choice, given)
  }
  function drop(taken: Card, to: Status): void {
    const card = asNow(taken)
    if (card.status === to) return
    const why = whyNot(card, to)
    if (why) toast(words.illegal(card.key, to), { kind: 'bad', hint: words.sentence(why) })
    else choose(card, { id: to, to, why })
  }
  return {
    ...filter, ...store, ...moving, ...useTaskLinks(), now, grouped, countOf, isCoarse, menu,
    asking, wanted, dragged, choicesOf, whyNot, choose, answer, drop,
  }
}

export type Board = ReturnType<typeof makeBoard>
export const [provideBoard, useBoard] = provided('board', makeBoard)
