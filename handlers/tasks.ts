/**
 * What the task operations do: gather facts, let the law decide, write once. No rule lives here.
 */
import { v7 as uuidv7 } from 'uuid'
import { decideClaim, decideNext } from '../domain/claims.ts'
import type { Decided } from '../domain/decisions.ts'
import { decideComment, decideCreate, decideUpdate } from '../domain/edits.ts'
import type { TaskFields } from '../domain/edits.ts'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import { decideHeartbeat, decideRelease } from '../domain/leases.ts'
import type { TaskFacts } from '../domain/moves.ts'
import type { Transition } from '../domain/transitions.ts'
import {
  decideCancel, decideComplete, decideFail, decideStart, decideTransition, refuseLimit,
} from '../domain/transitions.ts'
import type { Workstream } from '../domain/workstreams.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/tasks.ts'
import type { WriteOutcome } from '../activities/write.ts'
import { replayOf } from '../activities/write.ts'
import { getActor } from '../db/agents.ts'
import type { Answer, Command, Found } from '../db/commands.ts'
import {
  findTaskId, getTask, listTasks, readCreateFacts, readNextFacts, readTaskFacts,
} from '../db/tasks.ts'
import { findWorkstream } from '../db/workstreams.ts'
import type { Context, Handler, Handlers, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, pageOf, readIdCursor } from './cursors.ts'
import { answeredTask, movedOf, taskOf } from './render.ts'
import { noWorkstream } from './workstreams.ts'

type Input = Record<string, unknown> & { id: string }

const readFacts = ({ db }: Context, command: Command, input: Input): Promise<Found<TaskFacts>> =>
  readTaskFacts(db, command, input.id)

/** A command about one task: the same four steps for each, only the law differs. */
function onTask<Facts extends TaskFacts = TaskFacts>(
  decide: (facts: Facts, input: Input) => Decided,
  render: (answer: Answer, context: Context) => unknown,
  read = readFacts as (
    context: Context, command: Command, input: Input) => Promise<Found<Facts>>,
): Handler<Input> {
  return async (context, request) => {
    const { command, input } = request
    const written = await context.write.task(command, {
      read: () => read(context, command, input),
      decide: (facts) => refuseStale(request, facts) ?? decide(facts, input),
      subject: ({ task }) => ({ task_id: task.id }),
      recheck: request.recheck,
    })
    if (!written || isRefusal(written)) return written ?? refuse('not_found', 'Nothing is due')
    const { answer, replayed } = written
    return { body: render(answer, context), version: answeredTask(answer).version, replayed }
  }
}

function refuseStale({ ifMatch }: Request<unknown>, { task }: TaskFacts): Refusal | null {
  if (ifMatch === null || ifMatch === task.version) return null
  return refuse('version_conflict', `${task.key} is at version ${task.version}`, {
    current: task.version,
  })
}

const asTask = (answer: Answer, { engine }: Context) => taskOf(answeredTask(answer), engine)
const asMove = (answer: Answer, { engine }: Context) => movedOf(answer, engine)
const as = <Intent>(input: Input): Intent => input as unknown as Intent

/** Fields that may be changed later, without the envelope around them. */
function fieldsOf(input: Record<string, unknown>): Partial<TaskFields> {
  const names = [
    'title', 'description', 'priority', 'tags', 'required_capabilities', 'min_trust', 'due_at',
    'estimate', 'reward', 'input',
  ]
  return Object.fromEntries(names.filter((name) => input[name] !== undefined)
    .map((name) => [name, input[name]]))
}

const defaults: TaskFields = {
  title: '', description: '', priority: 'normal', tags: [], required_capabilities: [],
  min_trust: null, due_at: null, estimate: null, reward: null, input: null,
}

type Named = { named: Workstream | null | undefined }

/**
 * Which workstream is meant: undefined where nothing is said, null for none. Looked up after the
 * facts: what ends a workstream bumps the epoch that they were read in.
 */
async function readNamed<Facts>(
  { db }: Context, { workspace }: Command, found: Found<Facts>, ref: string | null | undefined,
): Promise<Found<Facts & Named>> {
  if (!('facts' in found)) return found
  const named = typeof ref === 'string' ? await findWorkstream(db, workspace, ref) : ref
  return { facts: { ...found.facts, named } }
}

const refuseUnknown = ({ named }: Named, ref: string | null | undefined): Refusal | null =>
  (typeof ref === 'string' && !named ? noWorkstream(ref) : null)

type UpdateInput = Input & { workstream?: string | null }

const updateTask = onTask<TaskFacts & Named>(
  (facts, input: UpdateInput) => refuseUnknown(facts, input.workstream) ?? decideUpdate(facts, {
    ...fieldsOf(input), ...(facts.named === undefined ? {} : { workstream: facts.named }),
  }),
  asTask,
  async (context, command, input: UpdateInput) =>
    readNamed(context, command, await readFacts(context, command, input), input.workstream),
)

async function createTask(
  context: Context, request: Request<InputOf<typeof contracts.create>>,
): Promise<Result | Refusal> {
  const { command, input } = request
  const { assignee = null, parent = null, gates = [], status = 'backlog', workstream } = input
  const gate_ids = gates.map(() => uuidv7())
  const written = await context.write.task(command, {
    read: async () => readNamed(context, command,
      await readCreateFacts(context.db, command, { assignee, parent }), workstream),
    decide: (facts) => {
      if (assignee && !facts.assignee) return refuse('not_found', `There is no ${assignee} here`)
      if (parent && !facts.parent_id) return refuse('not_found', `There is no task ${parent} here`)
      const unknown = refuseUnknown(facts, workstream)
      if (unknown) return unknown
      const { named = facts.parent_workstream } = facts
      return decideCreate({ ...facts, workstream: named, gate_ids }, {
        ...defaults, ...fieldsOf(input), status, parent_id: facts.parent_id,
        gates: gates as Parameters<typeof decideCreate>[1]['gates'],
      })
    },
    subject: ({ fresh_id }) => ({ task_id: fresh_id }),
    recheck: request.recheck,
  })
  if (!written || isRefusal(written)) return written ?? refuse('internal', 'Nothing was created')
  const { answer, replayed } = written
  return { body: asTask(answer, context), version: answeredTask(answer).version, replayed }
}

/** How long an agent with nothing to do should wait before it asks again. */
const IDLE_MS = 2000
/** Candidates are read in pages; a page of only ineligible ones is followed by the next. */
const CANDIDATES = 16
const MAX_PAGES = 64

async function nextTask(
  context: Context, request: Request<InputOf<typeof contracts.next>>,
): Promise<Result | Refusal> {
  const { command, input: { capabilities, tags } } = request
  for (let page = 0, offset = 0; page < MAX_PAGES; page++) {
    const found = await readNextFacts(context.db, command, {
      offset, ...(capabilities ? { capabilities } : {}), ...(tags ? { tags } : {}),
    })
    if ('replay' in found) return nextResult(context, replayOf(command, found.replay))
    if ('missing' in found) break
    const { candidates, base } = found.facts
    const refused = await request.recheck(base) ?? refuseFull(candidates[0])
    if (refused) return refused
    const decisions = decideNext(candidates).map((decision) =>
      ({ decision, subject: { task_id: decision.task!.id } }))
    if (decisions.length) {
      const taken = await context.write.next(command, base, decisions)
      if (taken) return nextResult(context, taken)
      // Others were faster with all of these: look again from the start.
      offset = 0
      continue
    }
    if (candidates.length < CANDIDATES) break
    offset += CANDIDATES
  }
  return { body: { task: null, retry_after_ms: IDLE_MS } }
}

const refuseFull = (facts: TaskFacts | undefined): Refusal | null => (facts
  ? refuseLimit(facts.actor.handle, facts.claims, facts.settings.max_claims) : null)

function nextResult(context: Context, taken: WriteOutcome): Result | Refusal {
  if (isRefusal(taken)) return taken
  const { answer, replayed } = taken
  return { body: { task: asTask(answer, context), retry_after_ms: null }, replayed }
}

async function readTask(
  { db, engine }: Context, { identity, input }: Request<InputOf<typeof contracts.get>>,
): Promise<Result | Refusal> {
  const found = await getTask(db, identity.workspaceId, input.id)
  if (!found) return refuse('not_found', `There is no task ${input.id} here`)
  return { body: taskOf(found.task, engine, found.parked), version: found.task.version }
}

async function listSome(
  { db, engine }: Context, { identity, input }: Request<InputOf<typeof contracts.list>>,
): Promise<Result | Refusal> {
  const workspace = identity.workspaceId
  const before = readIdCursor(input.cursor)
  if (isRefusal(before)) return before
  const [assignee, creator, parent, workstream] = await Promise.all([
    input.assignee ? getActor(db, workspace, input.assignee) : null,
    input.creator ? getActor(db, workspace, input.creator) : null,
    input.parent ? findTaskId(db, workspace, input.parent) : null,
    input.workstream ? findWorkstream(db, workspace, input.workstream) : null,
  ])
  if (input.assignee && !assignee) return refuse('not_found', `There is no ${input.assignee} here`)
  if (input.creator && !creator) return refuse('not_found', `There is no ${input.creator} here`)
  if (input.parent && !parent) return refuse('not_found', `There is no task ${input.parent} here`)
  if (input.workstream && !workstream) return noWorkstream(input.workstream)
  const limit = input.limit ?? DEFAULT_LIMIT
  const rows = await listTasks(db, workspace, {
    limit: limit + 1,
    ...(before ? { before } : {}),
    ...(input.status ? { status: input.status } : {}),
    ...(assignee ? { assignee_id: assignee.id } : {}),
    ...(creator ? { creator_id: creator.id } : {}),
    ...(parent ? { parent_id: parent } : {}),
    ...(workstream ? { workstream_id: workstream.id } : {}),
    ...(input.tag ? { tag: input.tag } : {}),
    ...(input.priority ? { priority: input.priority } : {}),
    ...(input.search ? { search: input.search } : {}),
  })
  return { body: pageOf(rows, limit, (row) => taskOf(row, engine)) }
}

export const taskHandlers: Handlers = {
  'task.list': listSome,
  'task.get': readTask,
  'task.create': createTask,
  'task.update': updateTask,
  'task.transition': onTask(
    (facts, input) => decideTransition(facts, as<Transition>(input)), asMove),
  'task.claim': onTask(decideClaim, asTask),
  'task.next': nextTask,
  'task.release': onTask((facts, input) => decideRelease(facts, as(input)), asTask),
  'task.heartbeat': onTask(decideHeartbeat, asTask),
  'task.comment': onTask((facts, input) => decideComment(facts, as(input)), asTask),
  'task.start': onTask((facts, input) => decideStart(facts, as(input)), asMove),
  'task.complete': onTask((facts, input) => decideComplete(facts, as(input)), asMove),
  'task.fail': onTask((facts, input) => decideFail(facts, as(input)), asMove),
  'task.cancel': onTask((facts, input) => decideCancel(facts, as(input)), asMove),
}
