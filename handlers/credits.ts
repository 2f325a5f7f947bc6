/** What the credit operations do. Spending is direct: one locked transaction, no workflow. */
import { validate as isUuid } from 'uuid'
import { formatCredits } from '../domain/credits.ts'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse, refuseField } from '../domain/errors.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/credits.ts'
import { refuseTransfer } from '../domain/transfers.ts'
import type { Caller, Moved } from '../activities/write.ts'
import type { AgentRow } from '../db/agents.ts'
import { getActor } from '../db/agents.ts'
import type { Command } from '../db/commands.ts'
import type { PostedRow, TransferRow } from '../db/credits.ts'
import { archivedBefore, getBalance, listStatement, listTransfers } from '../db/credits.ts'
import { instant } from '../db/rows.ts'
import { findTask, findTaskId } from '../db/tasks.ts'
import type { Context, Handlers, Identity, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, pageOf, readIdCursor } from './cursors.ts'
import { transferOf } from './render.ts'
import { isAbove } from './hierarchy.ts'

/**
 * The agent whose account is meant, if the caller may see it:
 * its own, its reports', any for people.
 */
export async function accountOf(
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
      currency: 'credit', usd_spent: formatCredits(BigInt(balance.usd_spent)),
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
  const [rows, archived] = await Promise.all([
    listTransfers(db, workspace, {
      limit: limit + 1,
      ...(before ? { before } : {}),
      ...(agent ? { account_id: agent.id } : {}),
      ...(task ? { task_id: task } : {}),
      ...(input.kind ? { kind: input.kind } : {}),
    }),
    archivedBefore(db, workspace),
  ])
  const page = pageOf(rows, limit, (row) => transferOf(row, agent?.id))
  return { body: { ...page, archived_before: archived } }
}

/** What a movement of credits is decided from: the caller, and the task it is for. */
export type CreditsFacts = Caller & { task: { id: string; key: string } | null }

/** Reads them; a task that is not there is told of before anything is written. */
export const readCreditsFacts = (
  { db }: Context, { command }: Request<unknown>, task: string | undefined,
) => async (caller: Caller): Promise<CreditsFacts> =>
  ({ ...caller, task: task ? await findTask(db, command.workspace, task) : null })

export const noTask = (task: string): Refusal =>
  refuse('not_found', `There is no task ${task} here`)

/** A command's own key in the ledger, where keys are kept for ever. */
export const ledgerKey = ({ operation, actor, key }: Command): string =>
  `${operation}/${actor.id}/${key}`

const findTransfer = async (
  { db }: Context, workspace: string, id: string,
): Promise<TransferRow | null> => (await listTransfers(db, workspace, { id, limit: 1 }))[0] ?? null

/** A movement as its caller sees it: the transfer that was made. */
async function transferMade(
  context: Context, { command }: Request<unknown>, moved: Moved | Refusal,
): Promise<Result | Refusal> {
  if (isRefusal(moved)) return moved
  const transfer = await findTransfer(context, command.workspace, moved.made[0]!)
  return { body: transferOf(transfer!, command.actor.id!), replayed: moved.replayed }
}

/** The same of a spend, from what the ledger has just written: nothing is read again. */
function spendMade(
  { id, from, to, trigger, from_after, at }: PostedRow,
  { command }: Request<unknown>, { amount, task }: { amount: string; task: string | null },
): Result {
  return {
    body: {
      id, kind: 'spend', amount: formatCredits(BigInt(amount)), from, to, agent: from, task,
      hold: null, reverses: null, actor: command.actor.handle, trigger_event: trigger,
      reason: command.reason, idempotency_key: command.key,
      balance_after: formatCredits(BigInt(from_after)), created_at: instant(at),
    },
  }
}

async function spend(
  context: Context, request: Request<InputOf<typeof contracts.spend>>,
): Promise<Result | Refusal> {
  const { command, input } = request
  const amount = input.amount as string
  let task: string | null = null
  const moved = await context.write.credits<CreditsFacts>(command, {
    caller: request.identity, recheck: request.recheck,
    read: readCreditsFacts(context, request, input.task),
    decide: ({ actor, task: found }) => {
      if (input.task && !found) return noTask(input.task)
      task = found?.key ?? null
      const key = ledgerKey(command)
      return {
        key, spender: { agent_id: actor.id, task_id: found?.id ?? null, credits: amount },
        items: [{
          key, shown_key: command.key!, kind: 'spend', from: `agent:${actor.id}`, to: 'platform',
          amount, voluntary: true, task_id: found?.id ?? null,
        }],
      }
    },
  })
  return !isRefusal(moved) && moved.posted
    ? spendMade(moved.posted, request, { amount, task }) : transferMade(context, request, moved)
}

async function give(
  context: Context, request: Request<InputOf<typeof contracts.transfer>>,
): Promise<Result | Refusal> {
  const { command, input } = request
  type Facts = Caller & { from: AgentRow | null; to: AgentRow | null }
  const moved = await context.write.credits<Facts>(command, {
    caller: request.identity, recheck: request.recheck,
    read: async (caller) => {
      const [from, to] = await Promise.all([command.actor.id!, input.to].map((ref) =>
        getActor(context.db, command.workspace, ref)))
      return { ...caller, from: from!, to: to! }
    },
    decide: ({ from, to }) => {
      if (to?.kind !== 'agent') return refuse('not_found', `There is no agent ${input.to} here`)
      const refused = refuseTransfer(from!, to)
      if (refused) return refused
      const key = ledgerKey(command)
      return {
        key, items: [{
          key, shown_key: command.key!, kind: 'transfer', from: `agent:${from!.id}`,
          to: `agent:${to.id}`, amount: input.amount as string, voluntary: true,
        }],
      }
    },
  })
  return transferMade(context, request, moved)
}

async function adjust(
  context: Context, request: Request<InputOf<typeof contracts.adjust>>,
): Promise<Result | Refusal> {
  const { command, input } = request
  const amount = BigInt(input.amount as string)
  type Facts = Caller & { agent: AgentRow | null }
  const moved = await context.write.credits<Facts>(command, {
    caller: request.identity, recheck: request.recheck,
    read: async (caller) =>
      ({ ...caller, agent: await getActor(context.db, command.workspace, input.agent) }),
    decide: ({ agent }) => {
      if (agent?.kind !== 'agent') {
        return refuse('not_found', `There is no agent ${input.agent} here`)
      }
      const key = ledgerKey(command)
      const sides = ['treasury', `agent:${agent.id}`]
      const [from, to] = amount > 0n ? sides : sides.toReversed()
      return {
        key, items: [{
          key, shown_key: command.key!, kind: 'adjustment', from: from!, to: to!,
          amount: (amount < 0n ? -amount : amount).toString(), voluntary: false,
        }],
      }
    },
  })
  return transferMade(context, request, moved)
}

/** As postings name an account. */
const accountName = (kind: string, id: string): string => (kind === 'agent' ? `agent:${id}` : kind)

/** They belong to the escrow of their task, or are corrections already. */
const NEVER_REVERSED = ['escrow', 'escrow_payout', 'escrow_return', 'reversal']

async function reverse(
  context: Context, request: Request<InputOf<typeof contracts.reverse>>,
): Promise<Result | Refusal> {
  const { command, input } = request
  type Facts = Caller & { found: TransferRow | null }
  const moved = await context.write.credits<Facts>(command, {
    caller: request.identity, recheck: request.recheck,
    read: async (caller) => ({
      ...caller, found: isUuid(input.transfer)
        ? await findTransfer(context, command.workspace, input.transfer) : null,
    }),
    decide: ({ found }) => {
      if (!found) return refuse('not_found', `There is no transfer ${input.transfer} here`)
      if (NEVER_REVERSED.includes(found.kind)) {
        return refuseField('/transfer', `A transfer of kind ${found.kind} is not reversed`)
      }
      return {
        key: ledgerKey(command), items: [{
          key: `reversal/${found.id}`, shown_key: command.key!, kind: 'reversal',
          from: accountName(found.to_kind, found.to_id),
          to: accountName(found.from_kind, found.from_id), amount: found.amount, voluntary: false,
          task_id: found.task_id, reverses_id: found.id, data: { reverses: found.id },
        }],
      }
    },
  })
  return transferMade(context, request, moved)
}

async function readStatement(
  context: Context, { identity, input }: Request<InputOf<typeof contracts.statement>>,
): Promise<Result | Refusal> {
  const after = readIdCursor(input.cursor)
  if (isRefusal(after)) return after
  const agent = await accountOf(context, identity, input.agent)
  if (isRefusal(agent)) return agent
  if (!agent) return refuseField('/agent', 'People have no account: name an agent')
  const limit = input.limit ?? DEFAULT_LIMIT
  const [archived, rows] = await Promise.all([
    archivedBefore(context.db, identity.workspaceId),
    listStatement(context.db, identity.workspaceId, {
      account_id: agent.id, limit: limit + 1, ...(after ? { after } : {}),
      ...(input.since ? { since: input.since } : {}),
      ...(input.until ? { until: input.until } : {}),
    }),
  ])
  // What it came to then is not what there is now, and the lines are gone.
  if (archived && input.until && Date.parse(input.until) <= Date.parse(archived)) {
    return refuseField('/until', `Transfers before ${archived} are archived: read their file`)
  }
  const page = pageOf(rows, limit, (row) => lineOf(row, agent.id))
  const [first, last] = [page.items[0], page.items.at(-1)]
  // An empty page says what there is now.
  const closing = last ? last.balance
    : BigInt((await getBalance(context.db, identity.workspaceId, agent.id))!.posted)
  const opening = first ? first.balance - first.amount : closing
  return {
    body: {
      agent: agent.handle, opening: formatCredits(opening), closing: formatCredits(closing),
      items: page.items.map((line) => ({
        ...line, amount: formatCredits(line.amount), balance: formatCredits(line.balance),
      })),
      next_cursor: page.next_cursor, archived_before: archived,
    },
  }
}

function lineOf(row: TransferRow, account: string) {
  const isIn = row.to_id === account
  return {
    id: row.id, at: row.created_at, kind: row.kind,
    amount: isIn ? BigInt(row.amount) : -BigInt(row.amount),
    balance: BigInt(isIn ? row.to_after : row.from_after), other: isIn ? row.from : row.to,
    task: row.task, reason: row.reason,
  }
}

async function verify(
  { prover }: Context, { identity }: Request<unknown>,
): Promise<Result> {
  const began = performance.now()
  const { unsigned: _, ...proof } = await prover.prove(identity.workspaceId)
  return {
    body: {
      ...proof, workspace: identity.workspace,
      duration_ms: Math.round((performance.now() - began) * 100) / 100,
    },
  }
}

export const creditHandlers: Handlers = {
  'credits.balance': readBalance,
  'credits.history': readHistory,
  'credits.spend': spend,
  'credits.transfer': give,
  'credits.adjust': adjust,
  'credits.reverse': reverse,
  'credits.statement': readStatement,
  'credits.verify': verify,
}
