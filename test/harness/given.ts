/**
 * What an example presupposes, made through the operations themselves. Placeholders in examples:
 * `$task` its key, `$gate`, `$event`, `$key`, `$token`, `$policy`, `$hold`, `$budget`,
 * `$workstream`, `$spent` ids, `$unique` a fresh word.
 *
 *   task: { status, assignee?, assigned?, pending?, settled?, + fields of task.create }
 *   key | token: a handle   policy: fields of gate.policy_create   paid: a handle
 *   workstream: fields of workstream.create and update
 *   hold: a handle that has credits   budget: its scope   spent: a handle
 */
import { randomBytes } from 'node:crypto'
import type { Example } from '../../operations/define.ts'
import type { World } from './world.ts'

export type Placeholders = Record<string, string>

type GivenTask = {
  status?: string
  /** Who works on it. */
  assignee?: string
  /** Who it is assigned to, without having started. */
  assigned?: string
  /** The move that waits for a gate. */
  pending?: string
  settled?: boolean
} & Record<string, unknown>

export async function makeGiven(world: World, example: Example): Promise<Placeholders> {
  const names: Placeholders = { unique: `u${randomBytes(5).toString('hex')}` }
  const given = resolve(example.given ?? {}, names) as Record<string, unknown>
  const { owner, agents } = world
  if (given.workstream) {
    const { name, ...change } = given.workstream as { name: string } & Record<string, unknown>
    names.workstream = (await owner.do('workstream.create', { name })).id
    if (Object.keys(change).length) await owner.do('workstream.update', { id: name, ...change })
  }
  if (given.task) await makeTask(world, given.task as GivenTask, names)
  if (given.key) {
    names.key = (await owner.do('agent.key_create', { id: given.key as string })).keyid
  }
  if (given.token) {
    names.token = (await owner.do('agent.token_create', { id: given.token as string })).id
  }
  if (given.policy) {
    names.policy = (await owner.do('gate.policy_create', given.policy as object)).id
  }
  if (given.paid) {
    const task = await owner.do('task.create', { title: 'Paid', status: 'todo' })
    const { client } = agents[given.paid as string]!
    await client.do('task.claim', { id: task.key })
    await client.do('task.complete', { id: task.key })
    await owner.do('task.get', { id: task.key, wait: 10, settled: true })
  }
  if (given.hold) {
    const { client } = agents[given.hold as string]!
    names.hold = (await client.do('credits.hold', { amount: '2', ttl_seconds: 600 })).id
  }
  if (given.spent) {
    const agent = given.spent as string
    await owner.do('credits.adjust', { agent, amount: '1', reason: 'To spend' })
    names.spent = (await agents[agent]!.client.do('credits.spend', { amount: '1', reason: 'Given' })).id
  }
  if (given.budget) {
    names.budget = (await owner.do('credits.budget_create', {
      scope: given.budget, unit: 'credits', period: 'once', limit: '1000000',
    })).id
  }
  return names
}

async function makeTask(world: World, wanted: GivenTask, names: Placeholders): Promise<void> {
  const { owner, agents } = world
  const { status = 'todo', assignee, assigned, pending, settled, ...fields } = wanted
  const worker = assignee ?? (['todo', 'backlog'].includes(status) ? null : 'ada')
  const task = await owner.do('task.create', {
    title: 'Given', status: status === 'backlog' ? 'backlog' : 'todo', ...fields,
    ...(assigned ? { assignee: assigned } : {}),
    ...(pending ? { gates: [{ to: pending }] } : {}),
  })
  names.task = task.key
  const id = task.key
  if (worker) await agents[worker]!.client.do('task.claim', { id })
  if (['review', 'done'].includes(status)) await owner.do('task.transition', { id, to: 'review' })
  if (['done', 'blocked', 'cancelled'].includes(status)) {
    await owner.do('task.transition', { id, to: status })
  }
  if (pending) {
    const held = await agents[worker ?? 'ada']!.client.do('task.transition', { id, to: pending })
    names.gate = held.gate.id
  }
  names.event = (await owner.do('event.list', { task: id, limit: 1 })).items[0].id
  if (settled) await owner.do('task.get', { id, wait: 10, settled: true })
}

/** Replaces `$name` strings, anywhere in a value. */
export function resolve(value: unknown, names: Placeholders): unknown {
  if (typeof value === 'string') {
    return value.startsWith('$') ? names[value.slice(1)] ?? value : value
  }
  if (Array.isArray(value)) return value.map((part) => resolve(part, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, resolve(part, names)]))
}

/** Where `actual` differs from the part that was expected; null when it does not. */
export function differs(actual: unknown, expected: unknown, at = ''): string | null {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return `${at}: not a list`
    return firstDifference(expected.map((part, index) => differs(actual[index], part, `${at}/${index}`)))
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return `${at}: ${JSON.stringify(actual)}`
    return firstDifference(Object.entries(expected).map(([name, part]) =>
      differs((actual as Record<string, unknown>)[name], part, `${at}/${name}`)))
  }
  return Object.is(actual, expected) ? null
    : `${at}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`
}

const firstDifference = (findings: (string | null)[]): string | null =>
  findings.find((finding) => finding !== null) ?? null
