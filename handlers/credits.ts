/** What the credit operations do. Spending is direct: one locked transaction, no workflow. */
import { formatCredits } from '../domain/credits.ts'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse, refuseField } from '../domain/errors.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/credits.ts'
import type { AgentRow } from '../db/agents.ts'
import { getActor } from '../db/agents.ts'
import type { BaseFacts, Found } from '../db/commands.ts'
import { readControlFacts } from '../db/commands.ts'
import { getBalance, listTransfers, verifyLedger } from '../db/credits.ts'
import { findTaskId } from '../db/tasks.ts'
import type { Context, Handlers, Identity, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, pageOf, readIdCursor } from './cursors.ts'
import { transferOf } from './render.ts'
import { isAbove } from './hierarchy.ts'

/**
 * The agent whose account is meant, if the caller may see it:
 * its own, its reports', any for people.
 */
async function accountOf(
  { db }: Context, { workspaceId, actor }: Identity, ref: string | undefined,
): Promise<AgentRow | null | Refusal> {
  if (!ref) return actor.kind === 'agent' ? getActor(db, workspaceId, actor.id) : null
  const agent = await getActor(db, workspaceId, ref)
  if (!agent || agent.kind !== 'agent') return refuse('not_found', `There is no agent ${ref} here`)
  const mayRead = actor.kind !== 'agent' || agent.id === actor.id
    || await isAbove(db, workspaceId, { manager: actor.id, agent: agent.id })
  if (mayRead) return agent
  return refuse('forbidden', `${actor.handle} does not see the account of ${ref}`, {
    required: { relation: ['self', 'manager', 'viewer'] },
  })
}

async function readBalance(
  context: Context, { identity, input }: Request<InputOf<typeof contracts.balance>>,
): Promise<Result | Refusal> {
  const agent = await accountOf(context, identity, input.agent)
  if (isRefusal(agent)) return agent
  if (!agent) return refuseField('/agent', 'People have no account: name an agent')
  const balance = await getBalance(context.db, identity.workspaceId, agent.id)
  if (!balance) return refuse('not_found', `${agent.handle} has no account`)
  const posted = BigInt(balance.posted)
  const held = BigInt(balance.held)
  return {
    body: {
      agent: balance.agent, posted: formatCredits(posted), held: formatCredits(held),
      available: formatCredits(posted - held), floor: formatCredits(BigInt(balance.floor ?? 0)),
      currency: 'credit', usd_spent: '0',
    },
  }
}

async function readHistory(
  context: Context, { identity, input }: Request<InputOf<typeof contracts.history>>,
): Promise<Result | Refusal> {
  const { db } = context
  const workspace = identity.workspaceId
  const before = readIdCursor(input.cursor)
  if (isRefusal(before)) return before
  const agent = await accountOf(context, identity, input.agent)
  if (isRefusal(agent)) return agent
  const task = input.task ? await findTaskId(db, workspace, input.task) : null
  if (input.task && !task) return refuse('not_found', `There is no task ${input.task} here`)
  const limit = input.limit ?? DEFAULT_LIMIT
  const rows = await listTransfers(db, workspace, {
    limit: limit + 1,
    ...(before ? { before } : {}),
    ...(agent ? { account_id: agent.id } : {}),
    ...(task ? { task_id: task } : {}),
    ...(input.kind ? { kind: input.kind } : {}),
  })
  return { body: pageOf(rows, limit, (row) => transferOf(row, agent?.id)) }
}

async function spend(
  context: Context, request: Request<InputOf<typeof contracts.spend>>,
): Promise<Result | Refusal> {
  const { command, input } = request
  const { db } = context
  const agent = `agent:${command.actor.id}`
  const key = `credits.spend/${command.actor.id}/${command.key}`
  type Facts = BaseFacts & { taskId: string | null }
  const written = await context.write.task<Facts>(command, {
    read: async (): Promise<Found<Facts>> => {
      const [found, taskId] = await Promise.all([
        readControlFacts(db, command),
        input.task ? findTaskId(db, command.workspace, input.task) : null,
      ])
      return 'facts' in found ? { facts: { ...found.facts, taskId } } : found
    },
    recheck: request.recheck,
    subject: () => ({}) as { task_id: string },
    decide: ({ taskId }) => {
      if (input.task && !taskId) return refuse('not_found', `There is no task ${input.task} here`)
      return {
        events: [],
        postings: [{
          key, shown_key: command.key!, kind: 'spend', from: agent, to: 'platform',
          amount: input.amount as string, voluntary: true, task_id: taskId,
        }],
      }
    },
  })
  if (!written || isRefusal(written)) return written ?? refuse('internal', 'Nothing was posted')
  const id = written.answer.posted![0]!
  const [transfer] = await listTransfers(db, command.workspace, { id, limit: 1 })
  return { body: transferOf(transfer!, command.actor.id!), replayed: written.replayed }
}

async function verify(
  { db }: Context, { identity }: Request<unknown>,
): Promise<Result> {
  const began = performance.now()
  const proof = await verifyLedger(db, identity.workspaceId)
  return {
    body: {
      ok: proof.checks.every(({ ok }) => ok), workspace: identity.workspace, ...proof,
      duration_ms: Math.round((performance.now() - began) * 100) / 100,
    },
  }
}

export const creditHandlers: Handlers = {
  'credits.balance': readBalance,
  'credits.history': readHistory,
  'credits.spend': spend,
  'credits.verify': verify,
}
