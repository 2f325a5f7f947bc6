/** Profit and loss: the database's sums are those of a plain sum over everything that happened. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PnlGroup, PnlRow } from '../../domain/pnl.ts'
import { pnlGroups } from '../../domain/pnl.ts'
import type { TestClient } from '../harness/client.ts'
import type { History } from '../harness/plain-pnl.ts'
import { WAIT_STEP, figuresOf, plainPnl, readHistory, waitedMs } from '../harness/plain-pnl.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

const ZONE = 'Europe/Vienna'
const HOUR = 3_600_000
let world: World
let history: History
let began: number
let ended: number
const agent = (handle: string): TestClient => world.agents[handle]!.client
const now = async (): Promise<number> => new Date((await world.sql<{ now: string }>('select app_now() as now'))[0]!.now).getTime()

/** The same history each time: a small generator with a seed. */
let seed = 20_261_121
const random = (): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}
const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!
const amount = (): string => (random() * 3 + 0.000001).toFixed(6)

/** Nothing is owed: an engine that is behind gets no new work, and by a clock that jumps it is. */
const settled = () => eventually(async () => (await world.sql<{ open: number }>(`select count(*)::int as open from
  (select version, settled_version as done from tasks union all select version, settled_version from gates) w
  where done < version`))[0]!.open === 0, { within: 40_000 })
async function pass(hours: number): Promise<void> {
  await settled()
  await world.advance(Math.floor(random() * hours * 3600))
  await settled()
}

async function work(task: string, worker: string): Promise<void> {
  await agent(worker).do('task.claim', { id: task })
  const costs = async () => {
    if (random() < 0.7) await agent(worker).do('credits.spend', { amount: amount(), task, reason: 'Tools' })
    if (random() < 0.7) {
      await agent(worker).do('credits.charge', {
        call_id: `a-call-of-some-length-${random()}`, model: pick(['gpt-4o-mini', 'claude-x', 'house']), task,
        tokens: { input: 100, output: 10 }, ...(random() < 0.8 ? { cost_usd: (random() / 50).toFixed(6) } : {}),
      })
    }
    if (random() < 0.4) {
      const { id } = await agent(worker).do('credits.hold', { amount: '2', ttl_seconds: 86_400, task })
      await agent(worker).do('credits.settle', { hold: id, amount: amount() })
    }
  }
  await costs()
  for (let round = 0; round < 2 && random() < 0.4; round++) {
    await agent(worker).do('task.transition', { id: task, to: 'review' })
    await agent('lead').do('task.transition', { id: task, to: 'in_progress' })
    await costs()
  }
  const done = await agent(worker).do('task.complete', { id: task })
  if (done.result !== 'pending') return
  await pass(40)
  const verdict = pick(['approve', 'deny', 'leave'] as const)
  if (verdict === 'leave') return
  const asked = done.gate.policy.approvers[0] === 'agent:talent' ? agent('talent') : world.owner
  await asked.do('gate.decide', { id: done.gate.id, verdict })
  if (verdict === 'deny') {
    await costs()
    await agent(worker).do('task.fail', { id: task, reason: 'Enough' })
  }
}

beforeAll(async () => {
  world = await openWorld({
    worker: true, relay: true,
    settings: { time_zone: ZONE, lease_seconds: 86_400, gate_ttl_seconds: 60 * 86_400, rates: { 'gate.waiting_hour': '1.5' } },
  })
  began = await now() - 1000
  for (const handle of ['lead', 'ada', 'bob']) {
    await world.owner.do('credits.adjust', { agent: handle, amount: '500', reason: 'To begin with' })
  }
  for (const name of ['docs', 'shop']) await world.owner.do('workstream.create', { name })
  for (let turn = 0; turn < 22; turn++) {
    const creator = pick(['lead', 'owner', 'lead', 'ada'])
    const maker = creator === 'owner' ? world.owner : agent(creator)
    const task = await maker.do('task.create', {
      title: 'Random', status: 'todo', ...(random() < 0.4 ? { reward: amount() } : {}), ...(random() < 0.2 ? { reward: '31' } : {}),
      ...(turn % 3 ? { workstream: ['docs', 'shop'][turn % 2] } : {}),
      ...(random() < 0.5 ? { gates: [{ to: 'done', ...(random() < 0.2 ? { policy: { approvers: ['agent:talent'] } } : {}) }] } : {}),
    })
    await work(task.key, pick(['ada', 'bob', 'bob']))
    if (random() < 0.3) await agent('ada').do('credits.transfer', { to: pick(['bob', 'lead']), amount: amount(), reason: 'Thanks' })
    if (random() < 0.3) await pass(50)
  }
  for (const kind of ['spend', 'model', 'reward', 'transfer', 'settlement']) {
    const [one] = (await world.owner.do('credits.history', { kind, limit: 1 })).items
    await world.owner.do('credits.reverse', { transfer: one.id, reason: 'By mistake' })
  }
  await settled()
  ended = await now()
  history = await readHistory(world, ended)
}, 120_000)
afterAll(() => world.close())

const iso = (at: number): string => new Date(at).toISOString()

async function all(input: object, client = world.owner): Promise<PnlRow[]> {
  const rows: PnlRow[] = []
  for (let cursor: string | undefined; ;) {
    const page: any = await client.do('credits.pnl', { ...input, limit: 3, ...(cursor ? { cursor } : {}) })
    rows.push(...page.items)
    if (!page.next_cursor) return rows
    cursor = page.next_cursor
  }
}

function compare(rows: PnlRow[], plain: Map<string, Record<string, bigint>>): void {
  const busy = rows.filter((row) => Object.keys(figuresOf(row)).length || row.waiting_hours !== '0')
  expect(busy.map(({ name }) => name)).toEqual([...plain.keys()].toSorted())
  for (const row of busy) {
    const { waited = 0n, ...figures } = plain.get(row.name)!
    expect([row.name, figuresOf(row)]).toEqual([row.name,
      Object.fromEntries(Object.entries(figures).filter(([, sum]) => sum !== 0n))])
    // A piece of a gate is on one side of a midnight there, and cut here.
    expect(Math.abs(waitedMs(row) - Number(waited)), `${row.name} waited`).toBeLessThan(20 * WAIT_STEP)
  }
}

describe('the same as a plain sum', () => {
  test('the history has something of everything', () => {
    const figures = new Set(history.facts.map(({ figure }) => figure))
    expect([...figures].toSorted()).toEqual(
      ['accepted', 'earned', 'fees', 'model_cost', 'rework', 'spent', 'transfers_net', 'usd', 'waited'])
    expect(ended - began).toBeGreaterThan(5 * 24 * HOUR)
  })
  test.each(pnlGroups)('by %s, all of it', async (by) => {
    const rows = await all({ by, since: iso(began), until: iso(ended) })
    compare(rows, plainPnl(history, { by, since: began, until: ended, zone: ZONE }))
  })
  test.each(pnlGroups)('by %s, a part of it in the middle', async (by) => {
    const [since, until] = [began + (ended - began) / 3, began + (ended - began) / 2].map(Math.round) as [number, number]
    compare(await all({ by, since: iso(since), until: iso(until) }), plainPnl(history, { by, since, until, zone: ZONE }))
  })
  test.each<[PnlGroup, string, string[]]>([
    ['agent', 'lead', ['lead']], ['total', 'ada', ['ada']], ['day', 'bob', ['bob']], ['model', 'bob', ['bob']],
    ['team', 'lead', ['lead', 'ada', 'bob']], ['team', 'ada', ['ada']],
  ])('by %s of %s', async (by, handle, agents) => {
    const rows = await all({ by, since: iso(began), until: iso(ended), agent: handle })
    compare(rows, plainPnl(history, { by, since: began, until: ended, zone: ZONE, agents, ...(by === 'team' ? { team: handle } : {}) }))
  })
  test('what an agent sees: itself and all below it', async () => {
    const team = ['lead', 'ada', 'bob']
    for (const by of ['agent', 'total', 'team'] as const) {
      const rows = await all({ by, since: iso(began), until: iso(ended) }, agent('lead'))
      compare(rows, plainPnl(history, { by, since: began, until: ended, zone: ZONE, agents: team }))
    }
    expect((await all({ by: 'agent', since: iso(began) }, agent('ada'))).map(({ name }) => name)).toEqual(['ada'])
    expect((await agent('ada').call('credits.pnl', { by: 'team', agent: 'lead' })).body.code).toBe('forbidden')
    expect((await agent('ada').call('credits.pnl', { by: 'agent', agent: 'bob' })).body.code).toBe('forbidden')
    expect((await world.owner.call('credits.pnl', { by: 'agent', agent: 'nobody' })).body.code).toBe('not_found')
  })
  test('days add up to the total, each there once, also when nothing happened', async () => {
    const range = { since: iso(began), until: iso(ended) }
    const days = await all({ by: 'day', ...range })
    const [total] = await all({ by: 'total', ...range })
    for (const name of ['earned', 'fees', 'spent', 'model_cost', 'rework', 'margin', 'usd_spent'] as const) {
      expect(days.reduce((sum, row) => sum + Number(row[name]), 0), name).toBeCloseTo(Number(total![name]), 5)
    }
    expect(days.length).toBeGreaterThanOrEqual(Math.floor((ended - began) / (24 * HOUR)))
    expect(days.map(({ name }) => name)).toEqual([...new Set(days.map(({ name }) => name))].toSorted())
    expect(Number(total!.waiting)).toBeCloseTo(Number(total!.waiting_hours) * 1.5, 4)
  })
})

test('an empty time: the total and its days are there, nobody else', async () => {
  const range = { since: '2001-01-01T00:00:00Z', until: '2001-01-03T00:00:00Z' }
  expect((await all({ by: 'total', ...range }))).toEqual([expect.objectContaining({ name: 'total', margin: '0', cost_per_accepted: null })])
  expect((await all({ by: 'day', ...range })).map(({ name }) => name)).toEqual(['2001-01-01', '2001-01-02', '2001-01-03'])
  expect(await all({ by: 'agent', ...range })).toEqual([])
})
test.each<[string, object]>([
  ['no grouping', {}], ['an unknown grouping', { by: 'moon' }],
  ['the end first', { by: 'day', since: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' }],
  ['a century of days', { by: 'day', since: '1926-01-01T00:00:00Z' }],
])('refused: %s', async (_, input) => {
  expect((await world.owner.call('credits.pnl', input)).body.code).toBe('invalid_input')
})

test('a day reads what that day wrote, not the whole ledger', async () => {
  const client = await world.sql<{ id: string }>("select id from workspaces where name = 'main'")
  const [workspace] = client
  const [ada] = await world.sql<{ id: string }>("select id from actors where handle = 'ada'")
  const [platform] = await world.sql<{ id: string }>("select id from accounts where kind = 'platform'")
  // 20,000 spends of a year ago, with the ids that they had then.
  await world.sql(`insert into transfers (workspace_id, id, kind, from_id, to_id, amount, actor_kind, actor_handle, trigger_event_id,
      event_id, idempotency_key, from_after, to_after, created_at)
    select $1, overlay(uuidv7()::text placing
        left(first_id_at(now() - interval '1 year' + n * interval '1 second')::text, 13) from 1 for 13)::uuid,
      'spend', $2, $3, 1000000, 'agent', 'ada', uuidv7(), uuidv7(), 'old-' || n, 0, 0, now() - interval '1 year' + n * interval '1 second'
    from generate_series(1, 20000) n`, [workspace!.id, ada!.id, platform!.id])
  // In one statement, so that nobody else's reading counts; session settings as the server has them.
  const day = async (input: object) => {
    const [row] = await world.sql<{ answer: any; count: string }>(`with asked as materialized (
        select credits_pnl($1, $2) as answer)
      select answer, (select sum(coalesce(idx_tup_fetch, 0) + seq_tup_read) from pg_stat_xact_user_tables
        where relname like 'transfers%')::text as count from asked`,
    [workspace!.id, JSON.stringify({ by: 'total', agent: ada!.id, limit: 10, ...input })])
    return { spent: BigInt(row!.answer.rows[0].spent ?? 0), rows: Number(row!.count) }
  }
  const recent = await day({ since: iso(ended - 24 * HOUR), until: iso(ended) })
  expect(recent.rows).toBeLessThan(2000)
  const old = await day({ since: new Date(Date.now() - 366 * 24 * HOUR).toISOString(), until: iso(ended) })
  expect(old.spent).toBeGreaterThan(19_999_000_000n)
  expect(old.rows, 'the measure measures').toBeGreaterThan(15_000)
})
