/** What the event operations do. */
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/events.ts'
import { getActor } from '../db/agents.ts'
import type { EventFilter } from '../db/events.ts'
import { getEvent, listEvents, placeAfter, readStream } from '../db/events.ts'
import { readHeads, walkChain } from '../db/heads.ts'
import type { StreamName } from '../domain/heads.ts'
import { chainFault, judgeHeads } from '../domain/heads.ts'
import { findTaskId } from '../db/tasks.ts'
import type { Context, Handlers, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, placeCursor, readPlaceCursor } from './cursors.ts'
import { eventOf } from './render.ts'

export type EventWants = Pick<
  InputOf<typeof contracts.list>, 'task' | 'actor' | 'type' | 'since' | 'severity' | 'stream'>

/** Names become ids; shared by the list and the live streams. */
export async function filterOf(
  { db }: Pick<Context, 'db'>, workspace: string, wants: EventWants,
): Promise<EventFilter | Refusal> {
  const [task, actor] = await Promise.all([
    wants.task ? findTaskId(db, workspace, wants.task) : null,
    wants.actor ? getActor(db, workspace, wants.actor) : null,
  ])
  if (wants.task && !task) return refuse('not_found', `There is no task ${wants.task} here`)
  if (wants.actor && !actor) return refuse('not_found', `There is no ${wants.actor} here`)
  return {
    ...(task ? { task_id: task } : {}),
    ...(actor ? { actor_id: actor.id } : {}),
    ...(wants.type ? { type: wants.type } : {}),
    ...(wants.since ? { since: wants.since } : {}),
    ...(wants.severity ? { severity: wants.severity } : {}),
    ...(wants.stream ? { stream: wants.stream } : {}),
  }
}

async function listSome(
  context: Context, { identity, input }: Request<InputOf<typeof contracts.list>>,
): Promise<Result | Refusal> {
  const workspace = identity.workspaceId
  const place = readPlaceCursor(input.cursor)
  if (isRefusal(place)) return place
  const filter = await filterOf(context, workspace, input)
  if (isRefusal(filter)) return filter
  const limit = input.limit ?? DEFAULT_LIMIT
  const after = place ?? { activity: 0, ledger: 0 }
  const rows = await listEvents(context.db, { workspace, filter, limit: limit + 1 }, after)
  const items = rows.slice(0, limit)
  const next = rows.length > limit ? placeCursor(placeAfter(after, items)) : null
  return { body: { items: items.map(eventOf), next_cursor: next } }
}

async function readEvent(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.get>>,
): Promise<Result | Refusal> {
  const event = await getEvent(db, identity.workspaceId, input.id)
  return event
    ? { body: eventOf(event) } : refuse('not_found', `There is no event ${input.id} here`)
}

/** The chain as far as its head row says, recomputed; then what is signed of it. */
async function proofOf({ db, signer }: Context, workspace: string, stream: StreamName) {
  const end = await readStream(db, workspace, stream)
  const heads = judgeHeads(
    await readHeads((text, values) => db.rows(text, text, values), workspace, stream),
    signer.isGenuine)
  const place = { workspace, stream }
  const walked = await walkChain(db, place, { seq: 0, hash: null }, end.seq)
  const fault = chainFault(walked, { seq: end.seq, hash: end.head })
  const faults = [...fault ? [fault] : [], ...heads.ok ? [] : [heads.detail]]
  return {
    stream, ok: faults.length === 0, events: walked.events, head: end.head,
    first_bad_seq: walked.first_bad_seq ?? heads.first_bad_seq, signed_seq: heads.signed_seq,
    detail: faults.length ? faults.join('; ')
      : `${walked.events} events, each with the hash of the one before; ${heads.detail}`,
  }
}

async function verify(context: Context, { identity }: Request<unknown>): Promise<Result> {
  const began = performance.now()
  const streams = await Promise.all((['activity', 'ledger'] as const).map((stream) =>
    proofOf(context, identity.workspaceId, stream)))
  return {
    body: {
      ok: streams.every(({ ok }) => ok), workspace: identity.workspace, streams,
      duration_ms: Math.round((performance.now() - began) * 100) / 100,
    },
  }
}

export const eventHandlers: Handlers = {
  'event.list': listSome,
  'event.get': readEvent,
  'event.verify': verify,
}
