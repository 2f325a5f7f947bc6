/**
 * Following the event log for a caller: what GraphQL subscriptions and server-sent events share.
 * The cursor is the one of `event.list`.
 */
import type { Problem, Refusal } from '../domain/errors.ts'
import { isRefusal, problemOf, refuse, refuseField } from '../domain/errors.ts'
import { operationsByName } from '../operations/index.ts'
import type { Identity } from '../handlers/context.ts'
import { placeCursor, readPlaceCursor } from '../handlers/cursors.ts'
import type { EventWants } from '../handlers/events.ts'
import { filterOf } from '../handlers/events.ts'
import { invoke } from '../handlers/invoke.ts'
import { eventOf } from '../handlers/render.ts'
import type { ApiDependencies } from './deps.ts'

export const eventList = operationsByName.get('event.list')!
/** Paging is not for what has no end. */
export const pagingFields = ['limit', 'cursor']

/** Behind the last event: asking for the page there checks everything and reads nothing. */
const END = placeCursor({ activity: 999_999_999_999_999, ledger: 999_999_999_999_999 })

export type LiveEvent = ReturnType<typeof eventOf> & { cursor: string }

type Wish = {
  identity: Identity
  /** The filters of `event.list`. */
  wants: Record<string, unknown>
  /** Null = from now on. */
  after: string | null
  instance: string
  signal: AbortSignal
}

/** Every event after a cursor, for as long as the signal allows; or the problem with asking so. */
export async function follow(
  deps: ApiDependencies, wish: Wish,
): Promise<{ events: AsyncGenerator<LiveEvent> } | { problem: Problem }> {
  const { identity, wants, after, instance, signal } = wish
  const problem = (refusal: Refusal) => ({ problem: problemOf(refusal, instance) })
  const place = readPlaceCursor(after ?? undefined)
  if (isRefusal(place)) return problem(refuseField('/after', 'Not a cursor of the event log'))
  const paging = pagingFields.find((name) => name in wants)
  if (paging) return problem(refuseField(`/${paging}`, 'There is no such field'))
  const allowed = await invoke(deps.context, {
    operation: eventList, identity, instance, input: { ...wants, limit: 1, cursor: END },
  })
  if (!allowed.ok) return { problem: allowed.problem }
  const filter = await filterOf(
    deps.context, identity.workspaceId, eventList.input.parse(wants) as EventWants)
  if (isRefusal(filter)) return problem(filter)
  if (signal.aborted) return problem(refuse('unauthenticated', 'The connection is closed'))
  const { feed } = deps
  const followed = feed.follow({
    workspace: identity.workspaceId, after: place ?? null, filter, signal,
  })
  return { events: rendered(followed) }
}

async function* rendered(
  followed: ReturnType<ApiDependencies['feed']['follow']>,
): AsyncGenerator<LiveEvent> {
  for await (const { event, place } of followed) {
    yield { ...eventOf(event), cursor: placeCursor(place) }
  }
}
