/** What a task says about itself. */
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import { waitingOf } from '../domain/waiting.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/histories.ts'
import { listEventsBack, placeAfter } from '../db/events.ts'
import { findTaskId, getTask } from '../db/tasks.ts'
import type { Context, Handlers, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, placeCursor, readPlaceCursor } from './cursors.ts'
import { eventOf } from './render.ts'

const noTask = (ref: string): Refusal => refuse('not_found', `There is no task ${ref} here`)
/** Behind the last event of any stream. */
const END = { activity: Number.MAX_SAFE_INTEGER, ledger: Number.MAX_SAFE_INTEGER }

async function readHistory(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.history>>,
): Promise<Result | Refusal> {
  const workspace = identity.workspaceId
  const place = readPlaceCursor(input.cursor)
  if (isRefusal(place)) return place
  const task = await findTaskId(db, workspace, input.id)
  if (!task) return noTask(input.id)
  const limit = input.limit ?? DEFAULT_LIMIT
  const before = place ?? END
  const rows = await listEventsBack(
    db, { workspace, filter: { task_id: task }, limit: limit + 1 }, before)
  const items = rows.slice(0, limit)
  const next = rows.length > limit ? placeCursor(placeAfter(before, items)) : null
  return { body: { items: items.map(eventOf), next_cursor: next } }
}

async function readWaiting(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.waiting>>,
): Promise<Result | Refusal> {
  const found = await getTask(db, identity.workspaceId, input.id)
  if (!found) return noTask(input.id)
  const { task, parked } = found
  return { body: { task: task.key, waiting: waitingOf(task, task.glance, parked) } }
}

async function readEngine(
  { db, engine, log }: Context, { identity, input }: Request<InputOf<typeof contracts.engine>>,
): Promise<Result | Refusal> {
  const found = await getTask(db, identity.workspaceId, input.id)
  if (!found) return noTask(input.id)
  const { task, parked } = found
  const workflow = `task/${task.id}`
  let state
  try {
    state = await engine.describeTask(task.id)
  } catch (error) {
    log.warn({ err: error, task: task.id }, 'the engine did not answer a query')
    return refuse('engine_unavailable', 'The workflow engine did not answer within a second', {
      retry_after: 2,
    }, 'Commands go on meanwhile; what they owe is settled when the engine is back.')
  }
  return {
    body: {
      task: task.key, workflow_id: workflow, run_id: state?.runId ?? null,
      status: state?.status ?? 'NOT_STARTED', version: task.version,
      settled_version: task.settled_version, seen_version: task.seen_version,
      engine_settled_version: state?.settledVersion ?? null, deadline_at: state?.deadlineAt ?? null,
      wake_at: task.wake_at, parked, workflow_url: engine.workflowUrl(workflow),
    },
  }
}

export const historyHandlers: Handlers = {
  'task.history': readHistory,
  'task.waiting': readWaiting,
  'task.engine': readEngine,
}
