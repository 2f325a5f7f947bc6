/**
 * `npm run demo [-- --yes]`: a small project from hiring to pay, with real MCP clients on a running
 * Guildhall. Ends with every balance and the proofs;
 * exits 1 if any figure is not what the rules say.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createClient } from '../sdk/client.ts'
import type { Client } from '../sdk/client.ts'
import { McpAgent } from './agents.ts'
import { Person } from './person.ts'
import type { Cast } from './project.ts'
import { play } from './project.ts'
import type { System } from './system.ts'
import { findSystem } from './system.ts'

const { values: options } = parseArgs({ options: { yes: { type: 'boolean', default: false } } })
const say = (text: string): void => console.log(text)
/** Handles are unique in a workspace; so is this run. */
const run = randomBytes(3).toString('hex')
const LEASE_SECONDS = 4

type Hired = { handle: string; keyid: string; secret: string }

/** The talent agent, itself an MCP client, registers a lead and two workers. */
async function hire(talent: McpAgent): Promise<Record<'lead' | 'ada' | 'bob', Hired>> {
  const register = async (name: string, fields: object): Promise<Hired> => {
    const handle = `${name}-${run}`
    const { key } = await talent.call('agent_register', { handle, ...fields }) as {
      key: { keyid: string; secret: string }
    }
    say(`  talent registered ${handle}`)
    return { handle, ...key }
  }
  const lead = await register('lead', { role: 'lead' })
  const under = { level: 3, reports_to: lead.handle }
  return { lead, ada: await register('ada', under), bob: await register('bob', under) }
}

/** What the rules say: 25 a task or its own reward; 10 % and 2 to the lead; 3 for a review. */
const wanted: Record<'lead' | 'ada' | 'bob', string> = {
  // Six tasks at 25 and one at 10: fees of 15 + 1, 7 × 2 for delegating, one review.
  lead: '33', ada: '85', bob: '75',
}

async function settle(owner: Client, keys: string[]): Promise<void> {
  for (const key of keys) {
    const task = await owner.task.get(key, { wait: 30, settled: true })
    if (!task.settled_at) throw new Error(`${key} is not settled after 30 s`)
  }
}

/** Prints what everyone has and the proofs; answers how many figures are wrong. */
async function account(
  owner: Client, hired: Record<'lead' | 'ada' | 'bob', Hired>,
): Promise<number> {
  let wrong = 0
  say('\nWhat everyone has earned:')
  for (const name of ['lead', 'ada', 'bob'] as const) {
    const { posted } = await owner.credits.balance({ agent: hired[name].handle })
    const right = posted === wanted[name]
    if (!right) wrong++
    say(`  ${hired[name].handle.padEnd(14)} ${posted.padStart(6)} credits`
      + (right ? '' : `   WRONG: the rules say ${wanted[name]}`))
  }
  const { items: profit } = await owner.credits.pnl({ by: 'agent', limit: 1000 })
  for (const name of ['lead', 'ada', 'bob'] as const) {
    const row = profit.find((one) => one.name === hired[name].handle)
    const right = row?.margin === wanted[name]
    if (!right) wrong++
    say(`  ${hired[name].handle.padEnd(14)} earned ${row?.earned}, fees ${row?.fees}, margin `
      + `${row?.margin}, waited ${row?.waiting_hours} h for people${right ? '' : '   WRONG'}`)
  }
  const books = await owner.credits.verify()
  const log = await owner.event.verify()
  say(`\nThe books balance: ${books.ok} (sum ${books.sum} over ${books.accounts} accounts, `
    + `${books.transfers} transfers, ${books.duration_ms} ms)`)
  for (const { stream, ok, detail } of log.streams) {
    say(`The ${stream} log is whole: ${ok} (${detail})`)
  }
  return wrong + Number(!books.ok) + Number(!log.ok)
}

async function perform({ url, token, temporalUi }: System): Promise<number> {
  const owner = createClient({ url, token })
  const bearer = async (handle: string): Promise<string> =>
    (await owner.agent.tokenCreate(handle, { ttl_seconds: 3600 })).token!
  const agents: McpAgent[] = []
  const connected = async (agent: Promise<McpAgent>): Promise<McpAgent> => {
    agents.push(await agent)
    return agent
  }
  const { settings } = await owner.workspace.get()
  await owner.workspace.update({ settings: { lease_seconds: LEASE_SECONDS } })
  try {
    const talent = await connected(McpAgent.overHttp('talent', url, await bearer('talent')))
    say('\nThe talent agent hires (MCP over HTTP):')
    const hired = await hire(talent)
    const adaToken = await bearer(hired.ada.handle)
    const cast: Cast = {
      url, owner, adaToken, say, tag: `demo-${run}`,
      lead: await connected(McpAgent.overStdio('lead', url, hired.lead)),
      ada: await connected(McpAgent.overHttp('ada', url, adaToken)),
      bob: await connected(McpAgent.overStdio('bob', url, hired.bob)),
      person: new Person(owner, { yes: options.yes, say }),
    }
    const tools = await cast.ada.tools()
    say(`  lead and bob connect over the stdio bridge, ada over HTTP (${tools} tools)`)
    const keys = await play(cast)
    await settle(owner, keys)
    const wrong = await account(owner, hired)
    say(`\nLook around: ${url}  ·  ${url}/docs  ·  ${url}/api/v1/tasks?tag=${cast.tag}`
      + (temporalUi ? `  ·  ${temporalUi}` : ''))
    return wrong
  } finally {
    await owner.workspace.update({ settings: { lease_seconds: settings.lease_seconds } })
    await Promise.allSettled(agents.map((agent) => agent.close()))
  }
}

const system = await findSystem(say)
let wrong = 1
try {
  wrong = await perform(system)
} finally {
  await system.stop()
}
say(wrong ? `\n${wrong} figures are wrong.` : '\nEvery figure is what the rules say.')
process.exit(wrong ? 1 : 0)
