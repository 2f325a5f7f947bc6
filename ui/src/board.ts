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
}

export const isFiltered = (filter: Filter): boolean =>
  Object.values(filter).some((value) => value !== null)

/** Whether the server would answer this card to this filter. */
export function passes(card: Card, { search, assignee, tag, priority }: Filter): boolean {
  if (assignee !== null && card.assignee !== assignee) return false
  if (tag !== null && !card.tags.includes(tag)) return false
  if (priority !== null && card.priority !== priority) return false
  if (search === null) return true
  const wanted = search.toLowerCase()
  return [card.key, card.title, card.description ?? '']
    .some((text) => text.toLowerCase().includes(wanted))
}

type Compare = (a: Card, b: Card) => number
const descending = (a: string, b: string): number => (a < b ? 1 : -Number(a > b))

const asCandidate = ({ id, priority, dueAt, createdAt }: Card) =>
  ({ id, priority, due_at: dueAt, created_at: createdAt })

/** `urgency` is the order in which agents take them: priority, due date, age. */
export const orders = {
  urgency: (a, b) => compareUrgency(asCandidate(a), asCandidate(b)),
  newest: (a, b) => descending(a.id, b.id),
  changed: (a, b) => descending(a.updatedAt, b.updatedAt) || descending(a.id, b.id),
} satisfies Record<string, Compare>
export type Order = keyof typeof orders

/** What is over is read from its end: the last one first. */
const byEnd: Compare = (a, b) =>
  descending(a.finishedAt ?? '', b.finishedAt ?? '') || descending(a.id, b.id)

export type Grouped = Record<Status, Card[]>

/** Each card in its column and place; `elsewhere` says where a card is on its way to. */
export function group(
  cards: Iterable<Card>, order: Order, elsewhere: ReadonlyMap<string, Status>,
): Grouped {
  const grouped = Object.fromEntries(statuses.map((status) => [status, []])) as unknown as Grouped
  for (const card of cards) grouped[elsewhere.get(card.id) ?? card.status].push(card)
  for (const status of statuses) {
    grouped[status].sort(isFinal(status) && order === 'urgency' ? byEnd : orders[order])
  }
  return grouped
}

/** From where a status can be reached; empty for where every task begins. */
export const reachedFrom = (to: Status): Status[] =>
  columns.filter((from) => moves[from].includes(to))

/** A move for which the next one to look at it wants to know why. */
export const asksWhy = (from: Status, to: Status): boolean =>
  to === 'blocked' || to === 'cancelled' || (from === 'review' && to === 'in_progress')
