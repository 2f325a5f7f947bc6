/** Profit and loss once more, plainly: every row is read and added up here, nothing is shared with the SQL. */
import type { PnlGroup, PnlRow } from '../../domain/pnl.ts'
import type { World } from './world.ts'

type Fact = { agent: string; at: number; model: string | null; workstream: string; figure: string; amount: bigint }
export type History = {
  facts: Fact[]
  /** Who is above whom, by handle. */
  boss: Map<string, string | null>
}

export const WAIT_STEP = 600_000
const ms = (at: unknown): number => new Date(at as string).getTime()

/** Everything that ever counted, by agent and instant; `now` ends gates that are open. */
export async function readHistory(world: World, now: number): Promise<History> {
  const actors = await world.sql<any>('select a.*, g.reports_to from actors a join agents g on g.id = a.id')
  const handle = new Map(actors.map(({ id, handle: name }) => [id, name as string]))
  const boss = new Map(actors.map(({ handle: name, reports_to: id }) => [name as string, handle.get(id) ?? null]))
  const [transfers, charges, tasks, events, gates, holds] = await Promise.all(['transfers', 'charges', 'tasks', 'events', 'gates', 'holds']
    .map((table) => world.sql<any>(`select * from ${table}`)))
  const streams = new Map((await world.sql<any>('select * from workstreams')).map(({ id, name }) => [id, name as string]))
  const workstreamOf = (id: string | null): string => streams.get(tasks!.find((one) => one.id === id)?.workstream_id) ?? '(none)'
  const facts: Fact[] = []
  const figures: Record<string, string> = {
    reward: 'earned', escrow_payout: 'earned', fee: 'fees', escrow_fee: 'fees', delegation: 'fees', review: 'fees', approval: 'fees',
    spend: 'spent', model: 'model_cost', settlement: 'model_cost', transfer: 'transfers_net',
  }
  const backs = (task: string): number[] => events!.filter((event) => event.task_id === task && (event.type === 'gate.denied'
    || (event.type === 'task.transitioned' && event.data_json.from === 'review' && event.data_json.to === 'in_progress')))
    .map(({ occurred_at: at }) => ms(at))
  for (const one of transfers!) {
    const undone = one.reverses_id ? transfers!.find(({ id }) => id === one.reverses_id) : one
    const figure = figures[undone.kind]
    if (!figure) continue
    const [amount, at] = [BigInt(one.amount), ms(one.created_at)]
    const [from, to] = [handle.get(one.from_id), handle.get(one.to_id)]
    const model = undone.kind === 'settlement' ? 'unknown'
      : undone.kind === 'model' ? charges!.find(({ call_id: id }) => id === undone.idempotency_key).model : null
    const taskId = one.task_id ?? holds!.find(({ id }) => id === one.hold_id)?.task_id ?? null
    const workstream = workstreamOf(taskId)
    const isCost = ['spent', 'model_cost'].includes(figure)
    if (to) facts.push({ agent: to, at, model, workstream, figure, amount: isCost ? -amount : amount })
    if (from) facts.push({ agent: from, at, model, workstream, figure, amount: isCost ? amount : -amount })
    const task = tasks!.find(({ id }) => id === taskId)
    const isOwn = task?.assignee_id === one.from_id && isCost
    if (from && isOwn && backs(taskId).some((back) => back > at)) {
      facts.push({ agent: from, at, model, workstream, figure: 'rework', amount })
    }
  }
  for (const one of charges!) {
    if (one.usd_micros === null) continue
    const { model, usd_micros: usd } = one
    facts.push({
      agent: handle.get(one.agent_id)!, at: ms(one.created_at), model, workstream: workstreamOf(one.task_id),
      figure: 'usd', amount: BigInt(usd),
    })
  }
  for (const one of tasks!) {
    const agent = handle.get(one.assignee_id)
    if (one.status === 'done' && agent) {
      facts.push({
        agent, at: ms(one.finished_at), model: null, workstream: workstreamOf(one.id), figure: 'accepted', amount: 1n,
      })
    }
  }
  for (const one of gates!) {
    const agent = handle.get(tasks!.find(({ id }) => id === one.subject_id).assignee_id)
    if (!agent || !one.policy.approvers.some((name: string) => /^(role|human):/.test(name))) continue
    // A fact for every ten minutes that it waited: hard to get wrong.
    const end = one.decided_at === null ? now : ms(one.decided_at)
    for (let at = ms(one.opened_at); at < end; at += WAIT_STEP) {
      facts.push({
        agent, at, model: null, workstream: workstreamOf(one.subject_id), figure: 'waited', amount: BigInt(Math.min(WAIT_STEP, end - at)),
      })
    }
  }
  return { facts, boss }
}

const formats = new Map<string, Intl.DateTimeFormat>()
function local(at: number, zone: string): string {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' })
  formats.set(zone, format)
  return format.format(at)
}
function mondayOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7))
  return date.toISOString().slice(0, 10)
}

function lineOf(agent: string, boss: History['boss']): string[] {
  const above = boss.get(agent) ?? null
  return above === null ? [agent] : [agent, ...lineOf(above, boss)]
}

type Ask = { by: PnlGroup; since: number; until: number; zone: string; agents?: string[]; team?: string }

/** Sums by name and figure, of whoever is asked for. */
export function plainPnl({ facts, boss }: History, { by, since, until, zone, agents, team }: Ask): Map<string, Record<string, bigint>> {
  const bosses = new Set(boss.values())
  const namesOf = ({ agent, at, model, workstream }: Fact): (string | null)[] => {
    const day = local(at, zone)
    switch (by) {
      case 'agent': return [agent]
      case 'team': return lineOf(agent, boss).filter((name) =>
        (team ? name === team : bosses.has(name) && (!agents || agents.includes(name))))
      case 'workstream': return [workstream]
      case 'model': return [model]
      case 'day': return [day]
      case 'week': return [mondayOf(day)]
      case 'month': return [day.slice(0, 7)]
      case 'total': return ['total']
    }
  }
  const sums = new Map<string, Record<string, bigint>>()
  for (const fact of facts) {
    if (fact.at < since || fact.at >= until || (agents && !agents.includes(fact.agent))) continue
    for (const name of namesOf(fact)) {
      if (name === null) continue
      const row = sums.get(name) ?? {}
      row[fact.figure] = (row[fact.figure] ?? 0n) + fact.amount
      sums.set(name, row)
    }
  }
  return sums
}

/** A row of the answer in the same figures; waiting in ms, to the second. */
export function figuresOf(row: PnlRow): Record<string, bigint> {
  const micros = (text: string): bigint => BigInt(Math.round(Number(text) * 1e6))
  return Object.fromEntries(Object.entries({
    earned: micros(row.earned), fees: micros(row.fees), spent: micros(row.spent), model_cost: micros(row.model_cost),
    usd: micros(row.usd_spent), transfers_net: micros(row.transfers_net), rework: micros(row.rework), accepted: BigInt(row.tasks_accepted),
  }).filter(([, amount]) => amount !== 0n))
}
export const waitedMs = (row: PnlRow): number => Number(row.waiting_hours) * 3_600_000
