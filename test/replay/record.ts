/**
 * `npm run histories`: records golden histories of today's workflows on the real engines. Run it
 * when a workflow type is new or was bumped; old files stay, for runs like them may still be alive.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { startSystem } from '../../bench/system.ts'
import type { Team } from '../../bench/scenarios.ts'
import { makeTeam } from '../../bench/scenarios.ts'

const folder = join(import.meta.dirname, 'histories')

const system = await startSystem()
const team = await makeTeam(system, 2)
const client = new Client({ connection: await Connection.connect({ address: system.temporal.address }) })

async function save(name: string, workflowId: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), historyToJSON(history))
  console.log(`${name}: ${history.events?.length} events`)
}

async function settled(id: unknown): Promise<void> {
  await team.lead.do('task.get', { id, wait: 20, settled: true })
  await sleep(300)
}

async function setLease(seconds: number): Promise<void> {
  await fetch(`${system.url}/api/v1/workspace`, {
    method: 'PATCH', body: JSON.stringify({ settings: { lease_seconds: seconds } }),
    headers: { authorization: `Bearer ${system.token}`, 'content-type': 'application/json' },
  })
}

const create = (fields: object = {}) =>
  team.lead.do('task.create', { title: 'Recorded', status: 'todo', ...fields })

/** A whole life with a rest after each step. */
async function life({ lead, workers }: Team): Promise<void> {
  const { id } = await create()
  await settled(id)
  await workers[0]!.do('task.claim', { id })
  await settled(id)
  await workers[0]!.do('task.transition', { id, to: 'review' })
  await settled(id)
  await lead.do('task.transition', { id, to: 'done' })
  await settled(id)
  await save('task-life', `task/${id}`)
}

/** The same, faster than the workflow can follow. */
async function burst({ lead, workers }: Team): Promise<void> {
  const { id } = await create()
  await workers[0]!.do('task.claim', { id })
  await workers[0]!.do('task.transition', { id, to: 'review' })
  await lead.do('task.transition', { id, to: 'done' })
  await settled(id)
  await save('task-burst', `task/${id}`)
}

async function lostLease({ lead, workers }: Team): Promise<void> {
  await setLease(1)
  const { id } = await create()
  await workers[0]!.do('task.claim', { id })
  await sleep(2500)
  await setLease(900)
  await workers[1]!.do('task.claim', { id })
  await settled(id)
  await lead.do('task.cancel', { id })
  await settled(id)
  await save('task-lost-lease', `task/${id}`)
}

async function gates({ lead, workers }: Team): Promise<void> {
  const policy = { approvers: ['level:9'] }
  const { id } = await create({ gates: [{ to: 'done', policy }] })
  await workers[0]!.do('task.claim', { id })
  const held = await workers[0]!.do('task.complete', { id })
  const { id: gate } = held.gate as { id: string }
  await sleep(500)
  await lead.do('gate.decide', { id: gate, verdict: 'approve' })
  await settled(id)
  await save('gate-approved', `gate/${gate}`)
  await save('task-gated', `task/${id}`)

  const slow = await create({ gates: [{ to: 'done', policy: { ...policy, ttl_seconds: 2 } }] })
  await workers[0]!.do('task.claim', { id: slow.id })
  const waits = await workers[0]!.do('task.complete', { id: slow.id })
  await sleep(3500)
  await save('gate-expired', `gate/${(waits.gate as { id: string }).id}`)
  await save('task-open', `task/${slow.id}`)
}

for (const scenario of [life, burst, lostLease, gates]) await scenario(team)
for (const caller of [team.lead, ...team.workers]) caller.close()
await client.connection.close()
await system.stop()
process.exit(0)
