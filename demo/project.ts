/** The small project of the demo: eight tasks, and what becomes of each. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Client } from '../sdk/client.ts'
import type { Answer, McpAgent } from './agents.ts'
import type { Person } from './person.ts'

export type Cast = {
  url: string
  owner: Client
  lead: McpAgent
  ada: McpAgent
  bob: McpAgent
  adaToken: string
  person: Person
  /** A word that only this run's tasks carry. */
  tag: string
  say: (text: string) => void
}

const titles = [
  'Sketch the page', 'Write the texts', 'Build the form', 'Draft the terms', 'Publish the prices',
  'Port the old importer', 'Test the form', 'Translate the texts',
] as const

/** Hands out the eight tasks; answers their keys by title. */
async function handOut({ lead, tag, say }: Cast): Promise<Record<(typeof titles)[number], string>> {
  const gated = new Set<string>(['Draft the terms', 'Publish the prices'])
  const keys: Record<string, string> = {}
  for (const title of titles) {
    const task = await lead.call('task_create', {
      title, status: 'todo', tags: [tag],
      ...(gated.has(title) ? { gates: [{ to: 'done', policy: {} }] } : {}),
      ...(title === 'Translate the texts' ? { reward: '10' } : {}),
    })
    keys[title] = task.key as string
    say(`  ${task.key} ${title}${gated.has(title) ? ' (needs a yes)' : ''}`)
  }
  return keys as Record<(typeof titles)[number], string>
}

const statusOf = async ({ owner }: Cast, key: string): Promise<Answer> =>
  await owner.task.get(key) as unknown as Answer

/** Claims and completes; where a gate holds it, the person decides until it is approved. */
async function work(
  cast: Cast, agent: McpAgent, key: string,
  script: { verdict: 'approve' | 'deny'; comment: string }[],
): Promise<void> {
  await agent.call('task_claim', { id: key })
  for (const turn of [...script, ...Array.from({ length: 5 }, () => ({
    verdict: 'approve' as const, comment: '',
  }))]) {
    const done = await agent.call('task_complete', { id: key, output: { by: agent.handle } })
    if (done.result === 'applied') {
      cast.say(`  ${agent.handle} finished ${key}`)
      return
    }
    cast.say(`  ${agent.handle} finished ${key}; it waits for a yes`)
    if (await cast.person.decide((done.gate as { id: string }).id, turn)) return
    const { feedback } = await statusOf(cast, key)
    cast.say(`  ${key} is back with ${agent.handle}: “${feedback}”`)
  }
  throw new Error(`${key} was denied too often`)
}

/** A worker process takes the task and is killed; its lease runs out and another finishes. */
async function dieAndRecover(cast: Cast, key: string): Promise<void> {
  const { url, adaToken, bob, owner, say } = cast
  const child = fork(join(import.meta.dirname, 'doomed.ts'), [url, adaToken, key])
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) =>
      reject(new Error(`the worker ended with ${code} before it claimed`)))
  })
  child.kill('SIGKILL')
  const { assignee, lease_expires_at: lease } = await statusOf(cast, key)
  say(`  ${assignee} took ${key}, and its process was killed; the lease runs until ${lease}`)
  for (let task = await owner.task.get(key); task.status !== 'todo';) {
    task = await owner.task.get(key, { wait: 20 })
  }
  say(`  the lease of ${key} ran out: it is free again`)
  await work(cast, bob, key, [])
}

/** Plays the whole project; answers the keys in the order they were made. */
export async function play(cast: Cast): Promise<string[]> {
  const { lead, ada, bob, say } = cast
  say('\nThe lead hands out a small project of eight tasks:')
  const keys = await handOut(cast)
  say('\nThe workers work:')
  await work(cast, ada, keys['Sketch the page'], [])
  await work(cast, bob, keys['Write the texts'], [])

  await ada.call('task_claim', { id: keys['Build the form'] })
  await ada.call('task_transition', { id: keys['Build the form'], to: 'review' })
  await lead.call('task_transition', { id: keys['Build the form'], to: 'done' })
  say(`  ada asked for review of ${keys['Build the form']}; the lead accepted it`)

  await work(cast, bob, keys['Draft the terms'], [])
  await work(cast, ada, keys['Publish the prices'], [
    { verdict: 'deny', comment: 'The currency is missing.' },
  ])
  await bob.call('task_claim', { id: keys['Port the old importer'] })
  await bob.call('task_fail', { id: keys['Port the old importer'], reason: 'The old API is gone' })
  say(`  bob gave up ${keys['Port the old importer']}: the old API is gone`)

  await dieAndRecover(cast, keys['Test the form'])
  await ada.call('task_claim', { id: keys['Translate the texts'] })
  await ada.call('task_complete', {
    id: keys['Translate the texts'], outcome: 'completed_with_issues',
  })
  say(`  ada finished ${keys['Translate the texts']}, with issues`)
  return Object.values(keys)
}
