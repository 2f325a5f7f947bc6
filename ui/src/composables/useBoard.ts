/** The board as one thing for the components in it: made by the view, asked for below. */
import type { InjectionKey } from 'vue'
import { computed, inject, provide, shallowRef } from 'vue'
import { useRoute } from 'vue-router'
import type { Status } from '../../../domain/tasks.ts'
import type { Card } from '../board.ts'
import { asksWhy, columns, group } from '../board.ts'
import { useSession } from '../session.ts'
import { texts } from '../texts.ts'
import { useBoardCards } from './useBoardCards.ts'
import { useBoardFilter } from './useBoardFilter.ts'
import type { Choice, MoveWords } from './useBoardMoves.ts'
import { choicesFor, useBoardMoves } from './useBoardMoves.ts'
import { useClock } from './useClock.ts'
import { toast } from './useToasts.ts'

const words = texts.board

function makeBoard() {
  const { session } = useSession()
  const { now } = useClock()
  const route = useRoute()
  const filter = useBoardFilter()
  const store = useBoardCards(() => filter.filter.value)
  const { cards, pages } = store
  const moving = useBoardMoves(store.refetch)
  const { elsewhere } = moving
  const grouped = computed(() => group(cards.value.values(), filter.order.value, elsewhere.value))
  const isPartial = computed(() => columns.some((status) => pages[status].cursor !== null))
  const isReading = computed(() => columns.some((status) => pages[status].state === 'loading'))
  const failure = computed(() => columns.map((status) => pages[status])
    .find(({ state }) => state === 'error')?.failure ?? null)

  const choicesOf = (card: Card): Choice[] =>
    (session.value ? choicesFor(card, session.value.actor) : [])
  /** Why a card cannot be dropped there; null when it can. */
  const whyNot = (card: Card, to: Status): string | null =>
    choicesOf(card).find(({ id }) => id === to)?.why ?? null

  /** The menu that is open, and the card that it moves. */
  const menu = shallowRef<{ id: string; anchor: HTMLElement } | null>(null)
  /** A move that waits for the words that go with it. */
  const asking = shallowRef<{ card: Card; choice: Choice } | null>(null)
  const dragged = shallowRef<Card | null>(null)

  function choose(card: Card, choice: Choice): void {
    if (asksWhy(card.status, choice.to)) asking.value = { card, choice }
    else void moving.move(card, choice)
  }
  function answer(given: MoveWords): void {
    if (asking.value) void moving.move(asking.value.card, asking.value.choice, given)
    asking.value = null
  }
  function drop(card: Card, to: Status): void {
    if (card.status === to) return
    const why = whyNot(card, to)
    if (why) toast(words.illegal(card.key, to), { kind: 'bad', hint: words.sentence(why) })
    else choose(card, { id: to, to, why })
  }
  /** Opens the panel of a task beside what is shown now. */
  const linkTo = (card: Card) => ({ name: 'task', params: { id: card.key }, query: route.query })
  const isOpen = (card: Card): boolean => route.params.id === card.key || route.params.id === card.id

  return {
    ...filter, ...store, ...moving, now, grouped, isPartial, isReading, failure,
    menu, asking, dragged, choicesOf, whyNot, choose, answer, drop, linkTo, isOpen,
  }
}

export type Board = ReturnType<typeof makeBoard>
const key: InjectionKey<Board> = Symbol('board')

export function provideBoard(): Board {
  const board = makeBoard()
  provide(key, board)
  return board
}

export const useBoard = (): Board => inject(key)!
