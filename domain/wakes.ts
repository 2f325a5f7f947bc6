/**
 * How soon a workflow has to hear of a write. Waking one is the dearest part of a command, and most
 * writes can wait for the next: a life that is over within a second wakes its workflow once.
 */
import type { EventDraft, LeaseChange } from './decisions.ts'
import type { Status } from './tasks.ts'
import { isFinal } from './tasks.ts'

/**
 * `now`: something is owed, or a deadline is near. `soon`: within a second or so, sooner if it is
 * quiet. `idle`: nothing is owed; only the words in the Temporal UI change.
 */
export type Wake = 'now' | 'soon' | 'idle'

/** A deadline closer than this is heard of at once. */
const NEAR_MS = 10_000

export const wakeBefore = (deadline: string, now: string): Wake =>
  (Date.parse(deadline) - Date.parse(now) < NEAR_MS ? 'now' : 'soon')

type Change = {
  events: EventDraft[]
  lease: LeaseChange | undefined
  /** When the workflow wakes up by itself. */
  wakeAt: string | null
  now: string
}

/** Only the end of a life owes anything: pay, escrow, and the end of its workflow. */
export function wakeFor({ events, lease, wakeAt, now }: Change): Wake {
  const ends = events.some(({ type, data }) =>
    type.startsWith('task.') && isFinal(data.to as Status))
  if (ends) return 'now'
  const isNearer = lease?.do === 'take' && (wakeAt === null || lease.expires_at < wakeAt)
  return isNearer ? wakeBefore(lease.expires_at, now) : 'idle'
}
