/** The cards that were read, by id. Of two readings of one card the newer version counts. */
import { shallowRef } from 'vue'
import type { Card } from '../board.ts'

export function useCardStore() {
  const cards = shallowRef<ReadonlyMap<string, Card>>(new Map())
  /** For each page that is on its way: what was read by name meanwhile. The page is older. */
  const meanwhile = new Set<Set<string>>()

  function put(found: Iterable<Card>, gone: Iterable<string> = []): void {
    const next = new Map(cards.value)
    for (const id of gone) next.delete(id)
    for (const card of found) {
      if ((next.get(card.id)?.version ?? 0) <= card.version) next.set(card.id, card)
    }
    cards.value = next
  }

  /** What was read by name; whatever of it is not found is gone. */
  function putNamed(ids: readonly string[], found: readonly Card[]): void {
    for (const known of meanwhile) for (const id of ids) known.add(id)
    const here = new Set(found.map(({ id }) => id))
    put(found, ids.filter((id) => !here.has(id)))
  }

  /** Asks for a page; `known` is what is not to be taken from it. */
  async function ask<Answer>(
    question: Promise<Answer>,
  ): Promise<{ answer: Answer; known: ReadonlySet<string> }> {
    const known = new Set<string>()
    meanwhile.add(known)
    const answer = await question
    meanwhile.delete(known)
    return { answer, known }
  }

  /** A page; `isAll`: there is nothing but what is in it. */
  function putPage(items: readonly Card[], known: ReadonlySet<string>, isAll = false): void {
    const here = new Set(items.map(({ id }) => id))
    const isGone = (id: string): boolean => isAll && !here.has(id) && !known.has(id)
    put(items.filter(({ id }) => !known.has(id)), [...cards.value.keys()].filter(isGone))
  }

  /** Keeps only some. */
  function keep(passes: (card: Card) => boolean): void {
    const gone = [...cards.value.values()].filter((card) => !passes(card)).map(({ id }) => id)
    if (gone.length) put([], gone)
  }

  return { cards, ask, putPage, putNamed, keep }
}
