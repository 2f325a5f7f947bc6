/**
 * Random sequences of every movement of credits, one after the other and many at once on two
 * servers: the ledger and its model in memory agree. A failing run prints its seed and path;
 * `LEDGER_SEED=… LEDGER_PATH=…` replays it, `LEDGER_RUNS` makes it long.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatCredits } from '../../domain/credits.ts'
import type { Answer, TestClient } from '../harness/client.ts'
import type { Move, Outcome } from '../harness/ledger-model.ts'
import { LedgerModel } from '../harness/ledger-model.ts'
import type { Spawned, World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

const AGENTS = 3
const RUNS = Number(process.env.LEDGER_RUNS ?? 14)
const replay = {
  ...(process.env.LEDGER_SEED ? { seed: Number(process.env.LEDGER_SEED) } : {}),
  ...(process.env.LEDGER_PATH ? { path: process.env.LEDGER_PATH } : {}),
}

let world: World
let second: Spawned
let count = 0
beforeAll(async () => {
  world = await openWorld()
  second = await world.spawn('api')
})
afterAll(() => world.close())

const agent = fc.nat(AGENTS - 1)
/** Some of them round, some down to the micro-credit. */
const amount = fc.oneof(fc.bigInt(1n, 40n).map((credits) => credits * 1_000_000n), fc.bigInt(1n, 40_000_000n))
const index = fc.nat(30)
const moves = fc.oneof<fc.Arbitrary<Move>[]>(
  fc.record({ kind: fc.constantFrom('spend' as const, 'hold' as const), agent, amount }),
  fc.record({ kind: fc.constantFrom('spend' as const, 'hold' as const), agent, amount }),
  fc.record({ kind: fc.constant('settle' as const), hold: index, amount: fc.oneof(amount, fc.constant(0n)) }),
  fc.record({ kind: fc.constant('release' as const), hold: index }),
  fc.record({ kind: fc.constant('transfer' as const), agent, to: agent, amount }),
  fc.record({ kind: fc.constant('adjust' as const), agent, amount: fc.bigInt(-20_000_000n, 20_000_000n) }),
)
const starts = fc.array(fc.bigInt(0n, 300_000_000n), { minLength: AGENTS, maxLength: AGENTS })
const limits = fc.array(
  fc.record({ agent: fc.option(agent), limit: fc.bigInt(1n, 80_000_000n) }), { maxLength: 3 })

type Stage = { model: LedgerModel; handles: string[]; clients: TestClient[]; budgets: string[]; holds: string[] }

/** Fresh agents, siblings under one lead, each with a budget or two. */
async function stageOf(start: bigint[], wanted: { agent: number | null; limit: bigint }[]): Promise<Stage> {
  const handles: string[] = []
  const clients: TestClient[] = []
  for (const posted of start) {
    const handle = `model-${++count}`
    handles.push(handle)
    clients.push((await world.register(handle, { reports_to: 'lead' })).client)
    if (posted) await world.owner.do('credits.adjust', { agent: handle, amount: formatCredits(posted), reason: 'x' })
  }
  const budgets: string[] = []
  for (const { agent: one, limit } of wanted) {
    budgets.push((await world.owner.do('credits.budget_create', {
      scope: one === null ? { workspace: true } : { agent: handles[one] }, unit: 'credits', period: 'once',
      limit: formatCredits(limit),
    })).id)
  }
  return { model: new LedgerModel(start, wanted), handles, clients, budgets, holds: [] }
}

function send(stage: Stage, move: Move, server: 0 | 1, reason = 'x'): Promise<Answer> {
  const { handles, clients, holds, model } = stage
  const through = (client: TestClient): TestClient => (server ? second.client(client.token) : client)
  const credits = 'amount' in move ? { amount: formatCredits(move.amount), reason } : { reason }
  switch (move.kind) {
    case 'spend': return through(clients[move.agent]!).call('credits.spend', credits)
    case 'hold': return through(clients[move.agent]!).call('credits.hold', { ...credits, ttl_seconds: 3600 })
    case 'settle': case 'release': {
      const owner = model.holds[move.hold]!.agent
      return through(clients[owner]!).call(`credits.${move.kind}`, { hold: holds[move.hold], ...credits })
    }
    case 'transfer': return through(clients[move.agent]!).call('credits.transfer', { to: handles[move.to], ...credits })
    case 'adjust': return through(world.owner).call('credits.adjust', { agent: handles[move.agent], ...credits })
  }
}

const outcomeOf = ({ status, body }: Answer): Outcome => (status < 400 ? 'ok' : body.code)
/** A hold that was made, whatever number was drawn; null where there is none yet. */
const aimed = (move: Move, made: number): Move | null =>
  ('hold' in move ? made ? { ...move, hold: move.hold % made } : null : move)

async function expectAgreement({ model, handles, budgets, holds }: Stage): Promise<void> {
  for (const [place, { posted, held }] of model.accounts.entries()) {
    expect(await world.owner.do('credits.balance', { agent: handles[place] }))
      .toMatchObject({ posted: formatCredits(posted), held: formatCredits(held) })
  }
  const { items } = await world.owner.do('credits.budget_list', { limit: 1000 })
  for (const [place, { used, held }] of model.budgets.entries()) {
    expect(items.find(({ id }: { id: string }) => id === budgets[place]))
      .toMatchObject({ used: formatCredits(used), held: formatCredits(held) })
  }
  for (const [place, { state, settled }] of model.holds.entries()) {
    expect(await world.owner.do('credits.hold_get', { hold: holds[place] }))
      .toMatchObject({ state, settled: formatCredits(settled) })
  }
  const { checks } = await world.owner.do('credits.verify')
  expect(checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
  for (const id of budgets) await world.owner.do('credits.budget_delete', { budget: id })
}

test('one after the other: each outcome and every figure', async () => {
  await fc.assert(fc.asyncProperty(starts, limits, fc.array(moves, { maxLength: 40 }), async (start, wanted, drawn) => {
    const stage = await stageOf(start, wanted)
    for (const [place, one] of drawn.entries()) {
      const move = aimed(one, stage.holds.length)
      if (!move) continue
      const answer = await send(stage, move, place % 2 as 0 | 1)
      expect(outcomeOf(answer), JSON.stringify(answer.body)).toBe(stage.model.apply(move))
      if (move.kind === 'hold' && answer.status < 400) stage.holds.push(answer.body.id)
    }
    await expectAgreement(stage)
  }), { numRuns: RUNS, ...replay })
}, 600_000)

test('many at once on two servers: what happened is possible in the order of the log', async () => {
  const rounds = fc.array(fc.array(moves, { minLength: 2, maxLength: 12 }), { maxLength: 5 })
  await fc.assert(fc.asyncProperty(starts, limits, rounds, async (start, wanted, drawn) => {
    const stage = await stageOf(start, wanted)
    for (const round of drawn) {
      const made = stage.holds.length
      const tried = round.flatMap((one) => aimed(one, made) ?? [])
      const names = tried.map(() => `at once ${++count}`)
      const answers = await Promise.all(tried.map((move, place) =>
        send(stage, move, place % 2 as 0 | 1, names[place])))
      for (const answer of answers) {
        expect(['ok', 'insufficient_credits', 'budget_exceeded', 'hold_closed', 'invalid_input']).toContain(outcomeOf(answer))
      }
      for (const place of await orderOf(names)) {
        const answer = answers[place]!
        expect(outcomeOf(answer)).toBe('ok')
        expect(stage.model.apply(tried[place]!), JSON.stringify(answer.body)).toBe('ok')
        if (tried[place]!.kind === 'hold') stage.holds.push(answer.body.id)
      }
      const happened = answers.filter(({ status }) => status < 400).length
      expect((await orderOf(names)).length).toBe(happened)
    }
    await expectAgreement(stage)
  }), { numRuns: RUNS, ...replay })
}, 600_000)

/** Which of them left something in the ledger's log, in its order. */
async function orderOf(names: string[]): Promise<number[]> {
  const rows = await world.sql<{ reason: string }>(
    `select reason, min(seq) as first from events where stream = 'ledger' and reason = any ($1)
     group by reason order by first`, [names])
  return rows.map(({ reason }) => names.indexOf(reason))
}
