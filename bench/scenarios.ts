/** What is measured: each scenario prepares what it needs and answers the work of one turn. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Caller } from './caller.ts'
import type { Answer, Key } from './caller.ts'
import type { System } from './system.ts'

export type Team = { lead: Caller; workers: Caller[] }
export type Work = (caller: number, turn: number) => Promise<string>

const okOr = ({ status, body }: Answer): string =>
  (status < 400 ? 'ok' : String(body.code ?? status))

type Fetched = { key: Key }

/** A lead with as many workers as the largest load needs, each with its own key and connection. */
export async function makeTeam(
  { url, token }: Pick<System, 'url' | 'token'>, size: number,
): Promise<Team> {
  const owner = async (path: string, body: object): Promise<Fetched> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: 'POST', body: JSON.stringify(body),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    })
    if (!response.ok) {
      throw new Error(`${path} answered ${response.status} ${await response.text()}`)
    }
    return await response.json() as Fetched
  }
  const lead = await owner('/agents/register', { handle: 'lead', role: 'lead', level: 9 })
  const workers: Caller[] = []
  for (let index = 0; index < size; index++) {
    const { key } = await owner('/agents/register', {
      handle: `worker-${index}`, level: 3, reports_to: 'lead',
    })
    workers.push(new Caller(url, key))
  }
  return { lead: new Caller(url, lead.key, 64), workers }
}

type Created = { id: string; key: string }

export async function makeTasks(
  { lead }: Team, count: number, fields: (index: number) => object,
): Promise<Created[]> {
  const tasks: Created[] = []
  for (let done = 0; done < count; done += 16) {
    const some = Array.from({ length: Math.min(16, count - done) }, (_, index) =>
      lead.do('task.create', { title: 'Bench', status: 'todo', ...fields(done + index) }))
    tasks.push(...await Promise.all(some) as unknown as Created[])
  }
  return tasks
}

/** An agent has a few tasks in progress, not many. */
const TASKS_EACH = 4
const CYCLE = ['in_progress', 'blocked', 'todo'] as const

/** Each worker moves its own few tasks around todo → in_progress → blocked → todo. */
export async function transitions(team: Team, callers: number): Promise<Work> {
  const tasks = await makeTasks(team, callers * TASKS_EACH, (index) => ({
    assignee: `worker-${index % callers}`,
  }))
  const own = (caller: number, turn: number) => tasks[(turn % TASKS_EACH) * callers + caller]!
  return async (caller, turn) => okOr(await team.workers[caller]!.call('task.transition', {
    id: own(caller, turn).id, to: CYCLE[Math.floor(turn / TASKS_EACH) % 3],
  }))
}

export const creates = (team: Team): Work => async () =>
  okOr(await team.lead.call('task.create', { title: 'Bench', status: 'todo' }))

/** A gated move asked for by the worker and decided by its lead: counted as a pair. */
export async function gatePairs(team: Team, callers: number, pairs: number): Promise<Work> {
  const tasks = await makeTasks(team, pairs, (index) => ({
    assignee: `worker-${index % callers}`,
    gates: [{ to: 'in_progress', policy: { approvers: ['level:9'] } }],
  }))
  const used = Array.from({ length: callers }, () => 0)
  return async (caller) => {
    const task = tasks[caller + callers * used[caller]!++]
    if (!task) return 'out of tasks'
    const held = await team.workers[caller]!.call('task.start', { id: task.id })
    if (held.status !== 202) return okOr(held) === 'ok' ? 'not held' : okOr(held)
    const { id } = held.body.gate as { id: string }
    return okOr(await team.lead.call('gate.decide', { id, verdict: 'approve' }))
  }
}

export const spends = (team: Team): Work => async (caller) =>
  okOr(await team.workers[caller]!.call('credits.spend', { amount: '0.000001', reason: 'Bench' }))

export const lists = (team: Team): Work => async () =>
  okOr(await team.lead.call('task.list', { limit: 1000 }))

/** create → claim → review → done, with a pause between the steps. */
export const lives = (
  team: Team, thinkMs: number, onDone: (id: string) => void,
): Work => async (caller) => {
  const worker = team.workers[caller]!
  const pause = () => (thinkMs ? sleep(thinkMs) : Promise.resolve())
  const created = await team.lead.call('task.create', { title: 'Life', status: 'todo' })
  if (created.status >= 400) return okOr(created)
  const { id } = created.body as { id: string }
  await pause()
  const steps: [Caller, string, object][] = [
    [worker, 'task.claim', {}],
    [worker, 'task.transition', { to: 'review', output: { done: true } }],
    [team.lead, 'task.transition', { to: 'done' }],
  ]
  for (const [index, [who, name, fields]] of steps.entries()) {
    const answer = await who.call(name, { id, ...fields })
    if (answer.status >= 400) return okOr(answer)
    if (index < 2) await pause()
  }
  onDone(id)
  return 'ok'
}
