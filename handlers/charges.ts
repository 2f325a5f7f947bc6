/** Charging model calls: priced once, posted once, whichever way they are reported. */
import { reaches } from '../domain/agents.ts'
import { formatCredits } from '../domain/credits.ts'
import type { GroupDraft } from '../domain/decisions.ts'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse, refuseField } from '../domain/errors.ts'
import type { ChargeSource, PriceTable } from '../domain/prices.ts'
import { creditsOf, fixedCreditsOf, priceOf, refusePrice } from '../domain/prices.ts'
import type { Usage } from '../domain/usage.ts'
import { isUsage, readUsage } from '../domain/usage.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/charges.ts'
import type { Caller, Moved } from '../activities/write.ts'
import type { AgentRow } from '../db/agents.ts'
import { getActor } from '../db/agents.ts'
import type { ChargeRow, PriceRow } from '../db/charges.ts'
import { getCharge, listPrices } from '../db/charges.ts'
import type { Command } from '../db/commands.ts'
import { readControlFacts } from '../db/commands.ts'
import { findTask } from '../db/tasks.ts'
import { getWorkspace } from '../db/workspaces.ts'
import { settingsOf } from '../domain/settings.ts'
import type { Context, Handlers, Identity, Request, Result } from './context.ts'
import { libraryPrice } from './prices.ts'

/** Micro-dollars as a decimal, like credits: both have six places. */
export const formatUsd = (usdMicros: bigint): string => formatCredits(usdMicros)

const chargeOf = (row: ChargeRow) => ({
  call_id: row.call_id, agent: row.agent, task: row.task, run: row.run, provider: row.provider,
  model: row.model,
  tokens: {
    input: Number(row.input_tokens), output: Number(row.output_tokens),
    cached_input: Number(row.cached_tokens),
  },
  cost_usd: row.usd_micros === null ? null : formatUsd(BigInt(row.usd_micros)),
  source: row.source, credits: formatCredits(BigInt(row.credits)), transfer: row.transfer_id,
  reported_by: row.reported_by, occurred_at: row.occurred_at, created_at: row.created_at,
})

/** What a batch of calls is priced by, read once for all of them. */
type Tariff = { table: PriceTable; creditsPerUsd: string }

async function readTariff({ db }: Context, workspace: string): Promise<Tariff> {
  const [overrides, found] = await Promise.all([
    listPrices(db, workspace), getWorkspace(db, workspace),
  ])
  const now = new Date()
  return {
    table: { overrides, library: (usage) => libraryPrice(usage, now) },
    creditsPerUsd: settingsOf(found!.settings).credits_per_usd,
  }
}

type Cost = { usd_micros: bigint | null; credits: bigint; source: ChargeSource; isFixed: boolean }

/** Dollars: the provider's own figure first, then a price. Credits: a fixed rate, then those. */
function costOf(usage: Usage, { table, creditsPerUsd }: Tariff): Cost {
  const fixed = fixedCreditsOf(usage, table.overrides)
  const { usd_micros: usd, source } = usage.cost_usd_micros === null
    ? priceOf(usage, table) ?? { usd_micros: null, source: 'unpriced' as const }
    : { usd_micros: usage.cost_usd_micros, source: 'reported' as const }
  const follows = usd === null ? 0n : creditsOf(usd, creditsPerUsd) ?? 0n
  return {
    usd_micros: usd, credits: fixed ?? follows, isFixed: fixed !== null,
    source: fixed !== null && usd === null ? 'fixed' : source,
  }
}

/** Whom a call is charged to: its caller, or any agent where an operator reports it. */
async function payerOf(
  { db }: Context, { identity: { actor, workspaceId }, agents }: Reporting, { agent }: Usage,
): Promise<AgentRow | Refusal> {
  if (!agent && actor.kind !== 'agent') return refuseField('/agent', 'Say whose call it was')
  const payer = await once(agents, agent ?? actor.id, (ref) => getActor(db, workspaceId, ref))
  if (payer?.kind !== 'agent') return refuse('not_found', `There is no agent ${agent} here`)
  if (payer.id === actor.id || reaches(actor.role, 'operator')) return payer
  return refuse('forbidden', `${actor.handle} does not report calls of ${payer.handle}`, {
    required: { relation: ['self', 'operator'] },
  })
}

/** Reads each name once, however many calls of a batch carry it. */
function once<Row>(
  known: Map<string, Promise<Row>>, name: string, read: (name: string) => Promise<Row>,
): Promise<Row> {
  const found = known.get(name) ?? read(name)
  known.set(name, found)
  return found
}

type Charged = { usage: Usage; payer: AgentRow; task: string | null; cost: Cost; isPaid: boolean }

/**
 * What is unpriced now may be priced by a later report of the same call, and dollars that nobody
 * knew may be told after its credits were paid by a fixed rate. Each happens once.
 */
function keyOf({ usage: { call_id: id }, cost, isPaid }: Charged): string {
  if (isPaid) return `dollars/${id}`
  return `${cost.usd_micros === null && !cost.isFixed ? 'unpriced' : 'charge'}/${id}`
}

function groupOf(charged: Charged): GroupDraft {
  const { usage, payer, task, cost, isPaid } = charged
  const { call_id, provider, model, run, tokens } = usage
  const usd = cost.usd_micros
  const credits = isPaid ? 0n : cost.credits
  const key = keyOf(charged)
  const who = { agent_id: payer.id, task_id: task }
  return {
    key, request_hash: call_id,
    items: credits === 0n ? [] : [{
      key, shown_key: call_id, kind: 'model', from: `agent:${payer.id}`, to: 'model_spend',
      amount: credits.toString(), voluntary: false, task_id: task,
      data: {
        call_id, provider, model, cost_usd: usd === null ? null : formatUsd(usd),
        source: cost.source,
      },
    }],
    spender: {
      ...who, credits: credits.toString(), usd_micros: (usd ?? 0n).toString(),
      tokens: (tokens.input + tokens.output).toString(),
    },
    charge: {
      ...who, call_id, run, provider, model, input_tokens: tokens.input,
      output_tokens: tokens.output, cached_tokens: tokens.cached_input,
      usd_micros: usd === null ? null : usd.toString(), source: cost.source,
      credits: credits.toString(), occurred_at: usage.at,
    },
  }
}

/** Who reports calls, and what is known already of those they name. */
export type Reporting = {
  identity: Identity
  recheck: Request<unknown>['recheck']
  tariff: Tariff
  agents: Map<string, Promise<AgentRow | null>>
  tasks: Map<string, Promise<{ id: string; key: string } | null>>
}

export const reportingOf = async (
  context: Context, identity: Identity, recheck: Request<unknown>['recheck'],
): Promise<Reporting> => ({
  identity, recheck, tariff: await readTariff(context, identity.workspaceId), agents: new Map(),
  tasks: new Map(),
})

/** Whether its credits were paid by a fixed rate when nobody knew the dollars that are told now. */
async function isPaidWithoutDollars(
  { db }: Context, workspace: string, { call_id: id }: Usage, { isFixed, usd_micros: usd }: Cost,
): Promise<boolean> {
  return isFixed && usd !== null && (await getCharge(db, workspace, id))?.source === 'fixed'
}

/** Charges one call; a call that was charged before is left as it is. */
export async function chargeUsage(
  context: Context, reporting: Reporting, command: Command, usage: Usage,
): Promise<Moved | Refusal> {
  const { identity, recheck, tariff } = reporting
  const payer = await payerOf(context, reporting, usage)
  if (isRefusal(payer)) return payer
  // A bill is a fact: one for a task that nobody knows is charged without it.
  const task = usage.task ? await once(reporting.tasks, usage.task, (ref) =>
    findTask(context.db, identity.workspaceId, ref)) : null
  const cost = costOf(usage, tariff)
  const isPaid = await isPaidWithoutDollars(context, identity.workspaceId, usage, cost)
  const group = groupOf({ usage, payer, task: task?.id ?? null, cost, isPaid })
  return context.write.credits<Caller>(command, {
    caller: identity, recheck, read: async (caller) => caller, decide: () => group,
  })
}

async function charge(
  context: Context, request: Request<InputOf<typeof contracts.charge>>,
): Promise<Result | Refusal> {
  const { command, identity, input, recheck } = request
  const usage = readUsage({ ...input, ...input.tokens }, {
    input: '/tokens/input', output: '/tokens/output', cached_input: '/tokens/cached_input',
  })
  if (!isUsage(usage)) return refuseField(usage.pointer, usage.message)
  const reporting = await reportingOf(context, identity, recheck)
  const moved = await chargeUsage(context, reporting, command, usage)
  if (isRefusal(moved)) return moved
  const row = await getCharge(context.db, identity.workspaceId, usage.call_id)
  return { body: chargeOf(row!), replayed: moved.replayed }
}

const priceShown = (rows: PriceRow[]) => ({ items: rows })

async function prices(
  { db }: Context, { identity }: Request<unknown>,
): Promise<Result> {
  return { body: priceShown(await listPrices(db, identity.workspaceId)) }
}

async function setPrice(
  context: Context, request: Request<InputOf<typeof contracts.priceUpdate>>,
): Promise<Result | Refusal> {
  const { command, input } = request
  const { provider = null, price: model, remove = false } = input
  const price = {
    input_usd_per_mtok: input.input_usd_per_mtok ?? null,
    output_usd_per_mtok: input.output_usd_per_mtok ?? null,
    cached_input_usd_per_mtok: input.cached_input_usd_per_mtok ?? null,
    input_credits_per_mtok: input.input_credits_per_mtok ?? null,
    output_credits_per_mtok: input.output_credits_per_mtok ?? null,
    cached_input_credits_per_mtok: input.cached_input_credits_per_mtok ?? null,
  }
  const refused = remove ? null : refusePrice(price)
  if (refused) return refused
  const written = await context.write.control(command, {
    read: () => readControlFacts(context.db, command),
    recheck: request.recheck,
    decide: async ({ now }) => ({
      insert: {
        prices: [{ provider: provider ?? '', model, ...price, deleted_at: remove ? now : null }],
      },
      events: [{
        type: remove ? 'price.removed' : 'price.updated',
        subject: { kind: 'workspace' as const, id: command.workspace, key: null },
        data: { provider, model, ...price },
      }],
      image: {},
    }),
  })
  if (isRefusal(written)) return written
  const rows = await listPrices(context.db, command.workspace)
  return { body: priceShown(rows), replayed: written.replayed }
}

export const chargeHandlers: Handlers = {
  'credits.charge': charge,
  'credits.price_list': prices,
  'credits.price_update': setPrice,
}
