/** The rules of the board: which column and place a card has, what a filter keeps. Pure. */
import { compareUrgency } from '../../domain/claims.ts'
import type { Outcome, Priority, Status } from '../../domain/tasks.ts'
import { isFinal, moves, statuses } from '../../domain/tasks.ts'

/** What the board reads of a task. */
export type Card = {
  id: string
  key: string
  title: string
  /** Read only while somebody searches. */
  description?: string
  status: Status
  outcome: Outcome | null
  priority: Priority
  tags: string[]
  workstream: string | null
  assignee: string | null
  creator: string
  dueAt: string | null
  reward: string | null
  rejections: number
  blockReason: string | null
  gate: string | null
  pending: { goal: Status } | null
  waiting: { since: string } | null
  version: number
  createdAt: string
  updatedAt: string
  finishedAt: string | null
}

/** From left to right: how work flows, what is stuck beside what runs, the ends at the end. */
export const columns = [
  'backlog', 'todo', 'in_progress', 'blocked', 'review', 'done', 'cancelled',
] as const satisfies readonly Status[]

export type Filter = {
  search: string | null
  assignee: string | null
  tag: string | null
  priority: Priority | null
  workstream: string | null
}

export const isFiltered = (filter: Filter): boolean =>
  Object.values(filter).some((value) => value !== null)

/** Whether the server would answer this card to this filter. */
export function passes(
  card: Card, { search, assignee, tag, priority, workstream }: Filter,
): boolean {
  if (assignee !== null && card.assignee !== assignee) return false
  if (tag !== null && !card.tags.includes(tag)) return false
  if (priority !== null && card.priority !== priority) return false
  if (workstream !== null && card.workstream !== workstream) return false
  if (search === null) return true
  const wanted = search.toLowerCase()
  return [card.key, card.title, card.description ?? '']
    .some((text) => text.toLowerCase().includes(wanted))
}

const descending = (a: string, b: string): number => (a < b ? 1 : -Number(a > b))

type Sort = (cards: Card[]) => Card[]

/** `urgency` is the order in which agents take them: priority, due date, age. */
export const orders = {
  urgency: (cards) => cards
    .map((card) => ({
      id: card.id, priority: card.priority, due_at: card.dueAt, created_at: card.createdAt, card,
    }))
    .sort(compareUrgency)
    .map(({ card }) => card),
  newest: (cards) => cards.sort((a, b) => descending(a.id, b.id)),
  changed: (cards) => cards.sort((a, b) =>
    descending(a.updatedAt, b.updatedAt) || descending(a.id, b.id)),
} satisfies Record<string, Sort>
export type Order = keyof typeof orders

/** What is over is read from its end: the last one first. */
const byEnd: Sort = (cards) => cards.sort((a, b) =>
  descending(a.finishedAt ?? '', b.finishedAt ?? '') || descending(a.id, b.id))

export type Grouped = Record<Status, Card[]>

/** Each card in its column and place; `elsewhere` says where a card is on its way to. */
export function group(
  cards: Iterable<Card>, order: Order, elsewhere: ReadonlyMap<string, Status>,
): Grouped {
  const grouped = Object.fromEntries(statuses.map((status) => [status, []])) as unknown as Grouped
  for (const card of cards) grouped[elsewhere.get(card.id) ?? card.status].push(card)
  for (const status of statuses) {
    const sort = isFinal(status) && order === 'urgency' ? byEnd : orders[order]
    grouped[status] = sort(grouped[status])
  }
  return grouped
}

/** Answers the same list as long as it says the same: only the columns that changed are drawn. */
export function stability(): (grouped: Grouped) => Grouped {
  let last: Grouped | null = null
  return (grouped) => {
    for (const status of statuses) {
      const before = last?.[status]
      const now = grouped[status]
      if (before?.length === now.length && before.every((card, index) => card === now[index])) {
        grouped[status] = before
      }
    }
    last = grouped
    return grouped
  }
}

/** From where a status can be reached; empty for where every task begins. */
export const reachedFrom = (to: Status): Status[] =>
  columns.filter((from) => moves[from].includes(to))

/** A move for which the next one to look at it wants to know why. */
export const asksWhy = (from: Status, to: Status): boolean =>
  to === 'blocked' || to === 'cancelled' || (from === 'review' && to === 'in_progress')

/** The cards as they stand, column by column, and one place among them. */
export type Lists = readonly (readonly Card[])[]
export type Place = { list: number; index: number }

/** Down and up stay in the column; left and right go to the nearest that is not empty. */
export function nextPlace(lists: Lists, { list, index }: Place, key: string): Place | null {
  const sideways = (step: 1 | -1): Place | null => {
    for (let at = list + step; at >= 0 && at < lists.length; at += step) {
      if (lists[at]!.length) return { list: at, index: Math.min(index, lists[at]!.length - 1) }
    }
    return null
  }
  const last = (lists[list]?.length ?? 0) - 1
  const steps: Record<string, () => Place | null> = {
    ArrowDown: () => (index < last ? { list, index: index + 1 } : null),
    ArrowUp: () => (index > 0 ? { list, index: index - 1 } : null),
    ArrowRight: () => sideways(1),
    ArrowLeft: () => sideways(-1),
    Home: () => (index > 0 ? { list, index: 0 } : null),
    End: () => (index < last ? { list, index: last } : null),
  }
  return steps[key]?.() ?? null
}

export function placeOf(lists: Lists, id: string): Place | null {
  for (const [list, cards] of lists.entries()) {
    const index = cards.findIndex((card) => card.id === id)
    if (index !== -1) return { list, index }
  }
  return null
}
