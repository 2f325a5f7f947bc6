import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { cases, isValue } from '../test/harness/cases.ts'
import { NOW, facts, gate, reviewed, task, working } from '../test/harness/facts.ts'
import type { FinalFacts } from './awards.ts'
import { awardsOf, escrowFor } from './awards.ts'
import { MAX_MICROS, feeOf, formatCredits, parseCredits } from './credits.ts'
import { owedByTask, untilMs } from './owed.ts'
import { defaultSettings } from './settings.ts'
import { waitingOf } from './waiting.ts'

const done = (over: Partial<FinalFacts> = {}): FinalFacts => ({
  from: 'review', to: 'done', attempt: 1, assignee_id: 'ada', assignee_kind: 'agent',
  creator_id: 'lead', creator_kind: 'agent', mover_id: 'ada', mover_kind: 'agent', fee_pct: 10,
  reward: null, escrow: '0', rates: defaultSettings.rates, ...over,
})
const pays = (over: Partial<FinalFacts>): Record<string, string> => {
  const group = awardsOf({ id: 't', key: 'TASK-1' }, { id: 'e', subject_version: 4, data: done(over) })
  return Object.fromEntries((group?.postings ?? []).map(({ kind, from, to, amount }) =>
    [`${kind} ${from}→${to}`, formatCredits(BigInt(amount))]))
}

cases('a finished task pays', pays, [
  ['the rate, a fee and for delegating', [{}], isValue({
    'reward treasury→agent:ada': '25', 'fee treasury→agent:lead': '2.5',
    'delegation treasury→agent:lead': '2' })],
  ['its own reward', [{ reward: '10' }], isValue({
    'reward treasury→agent:ada': '10', 'fee treasury→agent:lead': '1',
    'delegation treasury→agent:lead': '2' })],
  ['escrow first', [{ reward: '40', escrow: '15', fee_pct: 0 }], isValue({
    'escrow_payout escrow→agent:ada': '15', 'reward treasury→agent:ada': '25',
    'delegation treasury→agent:lead': '2' })],
  ['the reviewer', [{ mover_id: 'lead', creator_kind: 'human' }], isValue({
    'reward treasury→agent:ada': '25', 'review treasury→agent:lead': '3' })],
  ['no reviewer who is a person', [{ mover_id: 'olga', mover_kind: 'human', creator_kind: 'human' }],
    isValue({ 'reward treasury→agent:ada': '25' })],
  ['approving agents', [{ creator_kind: 'human', approvers: [
    { id: 'lead', handle: 'lead', kind: 'agent', gate: 'g' },
    { id: 'olga', handle: 'olga', kind: 'human', gate: 'g' }] }],
  isValue({ 'reward treasury→agent:ada': '25', 'approval treasury→agent:lead': '5' })],
  ['approving agents at each of its gates', [{ creator_kind: 'human', approvers: [
    { id: 'lead', handle: 'lead', kind: 'agent', gate: 'g' },
    { id: 'bob', handle: 'bob', kind: 'agent', gate: 'h' }] }],
  isValue({ 'reward treasury→agent:ada': '25', 'approval treasury→agent:lead': '5',
    'approval treasury→agent:bob': '5' })],
  ['nothing to who made, did and closed it alone', [{ creator_id: 'ada' }], isValue({})],
  ['but its escrow comes back', [{ creator_id: 'ada', escrow: '5', reward: '30' }],
    isValue({ 'escrow_return escrow→agent:ada': '5' })],
  ['its own task closed by another', [{ creator_id: 'ada', mover_id: 'lead' }], isValue({
    'reward treasury→agent:ada': '25', 'review treasury→agent:lead': '3' })],
  ['nothing to a person', [{ assignee_kind: 'human', creator_kind: 'human', mover_kind: 'human' }], isValue({})],
  ['no row for a fee of nothing', [{ fee_pct: 0 }], isValue({
    'reward treasury→agent:ada': '25', 'delegation treasury→agent:lead': '2' })],
  ['the fee rounded down to the micro-credit', [{ reward: '0.000009', fee_pct: 50 }], isValue({
    'reward treasury→agent:ada': '0.000009', 'fee treasury→agent:lead': '0.000004',
    'delegation treasury→agent:lead': '2' })],
  ['a cancelled task: escrow back', [{ to: 'cancelled', escrow: '5' }],
    isValue({ 'escrow_return escrow→agent:lead': '5' })],
  ['a cancelled task without escrow: nothing', [{ to: 'cancelled' }], isValue({})],
])

const deducted = { fee_mode: 'deducted' } as const
cases('with the fee deducted it pays', pays, [
  ['the fee out of the reward', [deducted], isValue({
    'reward treasury→agent:ada': '22.5', 'fee treasury→agent:lead': '2.5', 'delegation treasury→agent:lead': '2' })],
  ['rounded in favour of who did it', [{ ...deducted, reward: '0.000009', fee_pct: 50 }], isValue({
    'reward treasury→agent:ada': '0.000005', 'fee treasury→agent:lead': '0.000004', 'delegation treasury→agent:lead': '2' })],
  ['the whole reward as a fee', [{ ...deducted, fee_pct: 100 }], isValue({
    'fee treasury→agent:lead': '25', 'delegation treasury→agent:lead': '2' })],
  ['no fee', [{ ...deducted, fee_pct: 0 }], isValue({
    'reward treasury→agent:ada': '25', 'delegation treasury→agent:lead': '2' })],
  ['the minted part first', [{ ...deducted, reward: '40', escrow: '15' }], isValue({
    'escrow_payout escrow→agent:ada': '15', 'reward treasury→agent:ada': '21',
    'fee treasury→agent:lead': '4', 'delegation treasury→agent:lead': '2' })],
  ['then the escrow', [{ ...deducted, reward: '40', escrow: '30', fee_pct: 50 }], isValue({
    'escrow_payout escrow→agent:ada': '20', 'escrow_fee escrow→agent:lead': '10',
    'fee treasury→agent:lead': '10', 'delegation treasury→agent:lead': '2' })],
  ['the escrow alone where all of it was set aside', [{ ...deducted, reward: '10', escrow: '10' }], isValue({
    'escrow_payout escrow→agent:ada': '9', 'escrow_fee escrow→agent:lead': '1', 'delegation treasury→agent:lead': '2' })],
  ['no fee to a person, so nothing is deducted', [{ ...deducted, creator_kind: 'human' }],
    isValue({ 'reward treasury→agent:ada': '25' })],
  ['no fee to oneself', [{ ...deducted, creator_id: 'ada', mover_id: 'lead' }],
    isValue({ 'reward treasury→agent:ada': '25', 'review treasury→agent:lead': '3' })],
  ['no fee of a reward that nobody gets', [{ ...deducted, assignee_kind: 'human', escrow: '5', reward: '30' }],
    isValue({ 'escrow_return escrow→agent:lead': '5', 'delegation treasury→agent:lead': '2' })],
  ['on top, as ever', [{ fee_mode: 'minted', reward: '40', escrow: '30', fee_pct: 50 }], isValue({
    'escrow_payout escrow→agent:ada': '30', 'reward treasury→agent:ada': '10',
    'fee treasury→agent:lead': '20', 'delegation treasury→agent:lead': '2' })],
])

test('a deducted fee: never below nothing, together the reward, and the escrow is emptied', () => {
  const micros = fc.bigInt({ min: 0n, max: MAX_MICROS })
  fc.assert(fc.property(micros, micros, fc.integer({ min: 0, max: 100 }), (one, other, fee_pct) => {
    const [escrow, reward] = one < other ? [one, other] : [other, one]
    const data = done({ ...deducted, fee_pct, reward: formatCredits(reward), escrow: formatCredits(escrow), rates: {} })
    const postings = awardsOf({ id: 't', key: 'T-1' }, { id: 'e', subject_version: 4, data })?.postings ?? []
    const sum = (passes: (kind: string) => boolean) => postings.filter(({ kind }) => passes(kind))
      .reduce((all, { amount }) => all + BigInt(amount), 0n)
    expect(postings.every(({ amount }) => BigInt(amount) > 0n)).toBe(true)
    expect(sum(() => true)).toBe(reward)
    expect(sum((kind) => kind.startsWith('escrow'))).toBe(escrow)
    expect(sum((kind) => kind.endsWith('fee'))).toBe(feeOf(reward, fee_pct))
  }))
})

test('an unknown rate is refused, not defaulted', () => {
  const data = done({ rates: { ...defaultSettings.rates, 'task.done': null }, creator_kind: 'human' })
  const group = awardsOf({ id: 't', key: 'TASK-1' }, { id: 'e', subject_version: 4, data })
  expect(group).toMatchObject({ postings: [], refused: [{ step: 'reward', rate: 'task.done' }] })
})

describe('what is owed', () => {
  const event = { id: 'e', type: 'task.transitioned', subject_version: 4, data: done() }
  const owed = (over: Partial<Parameters<typeof owedByTask>[0]>) => owedByTask({
    now: NOW, task: reviewed({ id: 't', status: 'done' }), events: [event], performed: [], parked: [],
    ...over,
  })
  const later = '2026-11-21T13:00:00.000Z'
  const aside = { version: 4, step: 'task/t/v4', error: 'x', retry_at: later }
  test('the award of a final move', () => expect(owed({}).awards).toHaveLength(1))
  test('once', () => expect(owed({ performed: ['task/t/v4'] }).awards).toEqual([]))
  test('not while it is set aside', () => {
    expect(owed({ parked: [aside] })).toMatchObject({ awards: [], parked: true, deadline: later })
  })
  test('again when its hour has come', () => {
    expect(owed({ parked: [{ ...aside, retry_at: NOW }] }).awards).toHaveLength(1)
  })
  test('the lease is the deadline', () => {
    expect(owed({ task: working(), events: [] })).toMatchObject({
      awards: [], deadline: working().lease!.expires_at, final: false,
    })
  })
  test('two rework rounds settled in one wake pay as if settled one by one', () => {
    const rework = { ...event, subject_version: 2, data: { from: 'review', to: 'in_progress' } }
    const review = { ...event, subject_version: 3, data: { from: 'in_progress', to: 'review' } }
    expect(owed({ events: [rework, review, event] }).awards).toEqual(owed({}).awards)
  })
  test('a sleep is never too short', () => {
    expect([untilMs(NOW, NOW), untilMs(NOW, later), untilMs(NOW, null)]).toEqual([50, 3_600_020, null])
  })
})

describe('money', () => {
  cases('reads', parseCredits, [
    ['whole', ['12'], isValue(12_000_000n)],
    ['decimals', ['12.5'], isValue(12_500_000n)],
    ['numbers', [0.1], isValue(100_000n)],
    ['negative', ['-3'], isValue(-3_000_000n)],
    ['seven decimals', ['0.0000001'], isValue(null)],
    ['exponents', ['1e3'], isValue(null)],
    ['tiny numbers', [1e-7], isValue(null)],
    ['huge numbers', [1e21], isValue(null)],
    ['signs', ['+1'], isValue(null)],
    ['nothing', [''], isValue(null)],
    ['not a number', [Number.NaN], isValue(null)],
    ['too much', ['1000000000001'], isValue(null)],
  ])
  test('what is written is read again', () => {
    fc.assert(fc.property(fc.bigInt({ min: -MAX_MICROS, max: MAX_MICROS }), (micros) =>
      parseCredits(formatCredits(micros)) === micros))
  })
  test('a fee is never more than its part', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: MAX_MICROS }), fc.integer({ min: 0, max: 100 }),
      (reward, percent) => feeOf(reward, percent) * 100n <= reward * BigInt(percent)))
  })
  cases('escrow', escrowFor, [
    ['none without a reward', [null, 25n], isValue(0n)],
    ['none up to the rate', [25n, 25n], isValue(0n)],
    ['the part above', [30n, 25n], isValue(5n)],
    ['all of it without a rate', [30n, null], isValue(30n)],
  ])
})

const sentence = (over: Parameters<typeof task>[0], open = false) =>
  waitingOf(task(over), open ? gate() : null)?.sentence ?? null
cases('waits', sentence, [
  ['in the backlog', [{ status: 'backlog' }], isValue('TASK-1 waits in the backlog until lead or an operator moves it to todo.')],
  ['for a claim', [{}], isValue('TASK-1 waits for an eligible agent to claim it.')],
  ['for its assignee', [{ assignee: 'ada' }], isValue('TASK-1 waits for ada to start it.')],
  ['for work', [working()], isValue('TASK-1 waits for ada to finish it; its lease runs until 2026-11-21T12:15:00.000Z.')],
  ['for review', [reviewed()], isValue('TASK-1 waits for review by a manager of ada or an operator.')],
  ['blocked', [{ status: 'blocked', block_reason: 'no key' }], isValue('TASK-1 is blocked (no key) until an operator moves it on.')],
  ['for a gate', [reviewed({ pending: {} as never }), true],
    isValue('TASK-1 waits for any operator to approve its move to done, until 2026-11-21T13:00:00.000Z.')],
  ['for nothing', [{ status: 'done' }], isValue(null)],
])
test('every open status has a sentence and a way on', () => {
  expect(facts().task.status).toBe('todo')
  for (const status of ['backlog', 'todo', 'in_progress', 'review', 'blocked'] as const) {
    const waiting = waitingOf(task({ status, assignee: 'ada' }), null)!
    expect(waiting.sentence).toContain('TASK-1')
    expect(waiting.unblock.length).toBeGreaterThan(0)
  }
})
