/** What the gate operations do. */
import { v7 as uuidv7, validate as isUuid } from 'uuid'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import type { Decided } from '../domain/decisions.ts'
import { rowsOf } from '../domain/gates.ts'
import { policyOf as fillPolicy } from '../domain/policies.ts'
import { systemPrincipal } from '../domain/system.ts'
import type { GateFacts } from '../domain/verdicts.ts'
import { decideGateCancel, decideGateClock, decideVote } from '../domain/verdicts.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/gates.ts'
import type { ControlWrite } from '../activities/write.ts'
import { readControlFacts } from '../db/commands.ts'
import { getGate, listGates, listPolicies, readGateFacts } from '../db/gates.ts'
import type { PolicyRow } from '../db/gates.ts'
import { readGateClock } from '../db/settling.ts'
import { findTaskId, getTask } from '../db/tasks.ts'
import type { Context, Handler, Handlers, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, pageOf, readIdCursor } from './cursors.ts'
import { answeredGate, gateOf, policyOf } from './render.ts'

type Input = { id: string }

/** A command about one gate and the task it holds. */
function onGate<Fields extends Input>(
  decide: (facts: GateFacts, input: Fields) => Decided,
): Handler<Fields> {
  return async (context, request) => {
    const { command, input } = request
    const written = await context.write.task(command, {
      read: () => readGateFacts(context.db, command, input.id),
      decide: (facts) => refuseStale(request, facts) ?? decide(facts, input),
      subject: ({ subject }) => rowsOf(subject),
      recheck: request.recheck,
    })
    if (!written) return refuse('not_found', 'There is no such gate here')
    if (isRefusal(written)) {
      if (written.fields.state === 'expired') await expireNow(context, request)
      return written
    }
    const gate = answeredGate(written.answer)!
    return { body: gateOf(gate), version: gate.version, replayed: written.replayed }
  }
}

function refuseStale({ ifMatch }: Request<unknown>, { subject }: GateFacts): Refusal | null {
  if (ifMatch === null || ifMatch === subject.version) return null
  return refuse('version_conflict', `The gate is at version ${subject.version}`, {
    current: subject.version,
  })
}

/** A vote that came too late settles the expiry at once, instead of waiting for the timer. */
async function expireNow(
  { db, write }: Context, { command, input }: Request<Input>,
): Promise<void> {
  const bySystem = { ...command, actor: systemPrincipal, operation: 'system', key: null }
  const gate = await getGate(db, command.workspace, input.id)
  await write.task(bySystem, {
    read: async () => {
      const facts = gate && await readGateClock(db, {
        kind: 'gate', workspace: command.workspace, id: gate.id,
      })
      return facts ? { facts } : { missing: true as const }
    },
    decide: decideGateClock,
    subject: ({ subject }) => rowsOf(subject),
  })
}

async function readGate(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.get>>,
): Promise<Result | Refusal> {
  const gate = await getGate(db, identity.workspaceId, input.id)
  if (!gate) return refuse('not_found', `There is no gate ${input.id} here`)
  return { body: gateOf(gate), version: gate.version }
}

async function listSome(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.list>>,
): Promise<Result | Refusal> {
  const workspace = identity.workspaceId
  const before = readIdCursor(input.cursor)
  if (isRefusal(before)) return before
  const task = input.task ? await findTaskId(db, workspace, input.task) : null
  if (input.task && !task) return refuse('not_found', `There is no task ${input.task} here`)
  const limit = input.limit ?? DEFAULT_LIMIT
  const rows = await listGates(db, workspace, {
    limit: limit + 1,
    ...(before ? { before } : {}),
    ...(input.state ? { state: input.state } : {}),
    ...(task ? { task_id: task } : {}),
  })
  return { body: pageOf(rows, limit, gateOf) }
}

async function listSomePolicies(
  { db }: Context, { identity, input }: Request<InputOf<typeof contracts.policyList>>,
): Promise<Result | Refusal> {
  const before = readIdCursor(input.cursor)
  if (isRefusal(before)) return before
  const limit = input.limit ?? DEFAULT_LIMIT
  const rows = await listPolicies(
    db, identity.workspaceId, { limit: limit + 1, ...(before ? { before } : {}) })
  return { body: pageOf(rows, limit, policyOf) }
}

async function createPolicy(
  context: Context, request: Request<InputOf<typeof contracts.policyCreate>>,
): Promise<Result | Refusal> {
  const { command, input: { scope, match, policy = {} } } = request
  const workspace = command.workspace
  const written = await context.write.control(command, {
    read: () => readControlFacts(context.db, command),
    recheck: request.recheck,
    decide: async ({ settings, now }): Promise<ControlWrite | Refusal> => {
      const task = scope.task ? await getTask(context.db, workspace, scope.task) : null
      if (scope.task && !task) return refuse('not_found', `There is no task ${scope.task} here`)
      const row = {
        id: uuidv7(), match,
        policy: fillPolicy(policy as Parameters<typeof fillPolicy>[0], settings.gate_ttl_seconds),
      }
      const key = task?.task.key ?? null
      return {
        insert: { gate_policies: [{ ...row, task_id: task?.task.id ?? null }] },
        events: [policyEvent('gate.policy_created', workspace, { ...row, task: key })],
        image: { policy: { ...row, task: key, created_at: now } },
      }
    },
  })
  return policyResult(written)
}

async function deletePolicy(
  context: Context, request: Request<InputOf<typeof contracts.policyDelete>>,
): Promise<Result | Refusal> {
  const { command, input } = request
  const written = await context.write.control(command, {
    read: () => readControlFacts(context.db, command),
    recheck: request.recheck,
    decide: async ({ now }): Promise<ControlWrite | Refusal> => {
      const [policy] = isUuid(input.policy)
        ? await listPolicies(context.db, command.workspace, { id: input.policy, limit: 1 }) : []
      if (!policy) return refuse('not_found', `There is no policy ${input.policy} here`)
      return {
        update: { gate_policies: [{ id: policy.id, deleted_at: now }] },
        events: [policyEvent('gate.policy_deleted', command.workspace, policy)],
        image: { policy },
      }
    },
  })
  return policyResult(written)
}

const policyEvent = (
  type: string, workspace: string,
  { id, match, policy, task }: Pick<PolicyRow, 'id' | 'match' | 'task'> & { policy: object },
) => ({
  type, subject: { kind: 'workspace' as const, id: workspace, key: null },
  data: { policy_id: id, task, match, policy },
})

function policyResult(written: Awaited<ReturnType<Context['write']['control']>>): Result | Refusal {
  if (isRefusal(written)) return written
  const { policy } = written.answer.extra as { policy: PolicyRow }
  return { body: policyOf(policy), replayed: written.replayed }
}

export const gateHandlers: Handlers = {
  'gate.list': listSome,
  'gate.get': readGate,
  'gate.decide': onGate<InputOf<typeof contracts.decide>>((facts, { verdict, comment = null }) =>
    decideVote(facts, { verdict, comment })),
  'gate.cancel': onGate<InputOf<typeof contracts.cancel>>((facts, { reason = null }) =>
    decideGateCancel(facts, { reason })),
  'gate.policy_list': listSomePolicies,
  'gate.policy_create': createPolicy,
  'gate.policy_delete': deletePolicy,
}
