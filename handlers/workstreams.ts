/** What the operations on workstreams do. They change where work may go: control writes. */
import { v7 as uuidv7 } from 'uuid'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import { statuses } from '../domain/tasks.ts'
import { changedFields } from '../domain/workstreams.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/workstreams.ts'
import type { ControlWrite, WriteOutcome } from '../activities/write.ts'
import type { BaseFacts } from '../db/commands.ts'
import { readControlFacts } from '../db/commands.ts'
import type { WorkstreamRow } from '../db/workstreams.ts'
import { findWorkstream, getWorkstream, listWorkstreams } from '../db/workstreams.ts'
import type { Context, Handlers, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, pageOf, readIdCursor } from './cursors.ts'
import { workstreamOf } from './render.ts'

export const noWorkstream = (ref: string): Refusal =>
  refuse('not_found', `There is no workstream ${ref} here`)

async function listSome(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.list>>,
): Promise<Result | Refusal> {
  const before = readIdCursor(input.cursor)
  if (isRefusal(before)) return before
  const limit = input.limit ?? DEFAULT_LIMIT
  const rows = await listWorkstreams(db, identity.workspaceId, {
    limit: limit + 1,
    ...(before ? { before } : {}),
    ...(input.status ? { status: input.status } : {}),
    ...(input.priority ? { priority: input.priority } : {}),
  })
  return { body: pageOf(rows, limit, workstreamOf) }
}

async function readWorkstream(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.get>>,
): Promise<Result | Refusal> {
  const row = await getWorkstream(db, identity.workspaceId, input.id)
  return row ? { body: workstreamOf(row), version: row.version } : noWorkstream(input.id)
}

async function refuseTaken(
  { db }: Context, workspace: string, name: string,
): Promise<Refusal | null> {
  return await findWorkstream(db, workspace, name)
    ? refuse('duplicate', `There is a workstream ${name} already`, { name }) : null
}

/** The one event of a workstream's version. */
const workstreamEvent = (
  type: string, { id, name, version }: WorkstreamRow, data: Record<string, unknown>,
) => ({ type, subject: { kind: 'workstream' as const, id, key: name }, version, data })

/** A change under the control lock; answers the workstream as it was left. */
async function change(
  context: Context, { command, recheck }: Request<unknown>,
  decide: (facts: BaseFacts) => Promise<ControlWrite | Refusal>,
): Promise<Result | Refusal> {
  return asWorkstream(await context.write.control(command, {
    read: () => readControlFacts(context.db, command), recheck, decide,
  }))
}

function asWorkstream(written: WriteOutcome): Result | Refusal {
  if (isRefusal(written)) return written
  const { workstream } = written.answer.extra as { workstream: WorkstreamRow }
  return {
    body: workstreamOf(workstream), version: workstream.version, replayed: written.replayed,
  }
}

const noTasks = Object.fromEntries(statuses.map((status) => [status, 0])) as
  WorkstreamRow['progress']

async function create(
  context: Context, request: Request<InputOf<typeof contracts.create>>,
): Promise<Result | Refusal> {
  const { input: { name, description = '', priority = 'normal' }, command } = request
  return change(context, request, async ({ actor, now }) => {
    const taken = await refuseTaken(context, command.workspace, name)
    if (taken) return taken
    const fields = { id: uuidv7(), name, description, priority, created_at: now }
    const row: WorkstreamRow = {
      ...fields, status: 'active', created_by: actor.handle, progress: noTasks, version: 1,
      updated_at: now,
    }
    return {
      insert: { workstreams: [{ ...fields, creator_id: actor.id }] },
      events: [workstreamEvent('workstream.created', row, { name, priority })],
      image: { workstream: row },
    }
  })
}

async function update(
  context: Context, request: Request<InputOf<typeof contracts.update>>,
): Promise<Result | Refusal> {
  const { input, ifMatch, command: { workspace } } = request
  return change(context, request, async ({ now }) => {
    const row = await getWorkstream(context.db, workspace, input.id)
    if (!row) return noWorkstream(input.id)
    if (ifMatch !== null && ifMatch !== row.version) {
      return refuse('version_conflict', `${row.name} is at version ${row.version}`, {
        current: row.version,
      })
    }
    const changed = changedFields(row, input)
    const names = Object.keys(changed) as (keyof typeof changed)[]
    if (!names.length) return { events: [], image: { workstream: row } }
    const taken = changed.name === undefined
      ? null : await refuseTaken(context, workspace, changed.name)
    if (taken) return taken
    const after = { ...row, ...changed, version: row.version + 1, updated_at: now }
    // Long texts by name only.
    const small = names.filter((name) => name !== 'description')
    const pick = (from: WorkstreamRow) =>
      Object.fromEntries(small.map((name) => [name, from[name]]))
    return {
      update: { workstreams: [{ id: row.id, ...changed, updated_at: now }] },
      events: [workstreamEvent('workstream.updated', after, {
        fields: names, before: pick(row), after: pick(after),
      })],
      image: { workstream: after },
    }
  })
}

export const workstreamHandlers: Handlers = {
  'workstream.list': listSome,
  'workstream.get': readWorkstream,
  'workstream.create': create,
  'workstream.update': update,
}
