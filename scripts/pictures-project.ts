/**
 * What the pictures show: a project of a few agents, done through the typed client on a real
 * system, with work in every state, questions that wait for a yes, pay and expenses.
 */
import type { Client } from '../sdk/client.ts'
import { createClient } from '../sdk/client.ts'

type Create = Parameters<Client['task']['create']>[0]
type Step = (id: string, worker: Client) => Promise<unknown>
/** Who makes it (the lead, else the owner), who does it, what it is, and how far it goes. */
type Plan = { of?: 'owner'; by?: string; task: Create; steps?: Step[] }

const HOUR_MS = 3_600_000
const inHours = (hours: number): string => new Date(Date.now() + hours * HOUR_MS).toISOString()

const agents = [
  { handle: 'mira', name: 'Mira', role: 'lead', level: 7, model: 'opus', management_fee_pct: 15,
    reports_to: 'talent' },
  { handle: 'cleo', name: 'Cleo', level: 4, model: 'sonnet', reports_to: 'mira',
    capabilities: [{ tag: 'typescript', proficiency: 'expert' }, { tag: 'vue' }] },
  { handle: 'dario', name: 'Dario', level: 3, model: 'sonnet', reports_to: 'mira',
    capabilities: [{ tag: 'sql', proficiency: 'expert' }, { tag: 'typescript' }] },
  { handle: 'esther', name: 'Esther', level: 5, model: 'opus', reports_to: 'mira',
    capabilities: [{ tag: 'writing', proficiency: 'expert' }, { tag: 'translation' }] },
  { handle: 'finn', name: 'Finn', level: 2, model: 'haiku', reports_to: 'esther',
    capabilities: [{ tag: 'translation', proficiency: 'basic' }] },
  { handle: 'auditor', name: 'Auditor', mode: 'observer', level: 5, model: 'opus' },
] as const

const start: Step = (id, worker) => worker.task.start(id)
const say = (body: string): Step => (id, worker) => worker.task.comment(id, { body })
const block = (reason: string): Step => (id, worker) =>
  worker.task.transition(id, { to: 'blocked', reason })
const review = (output: unknown): Step => (id, worker) =>
  worker.task.transition(id, { to: 'review', output })
const complete = (output: unknown, reason?: string): Step => (id, worker) =>
  worker.task.complete(id, { output, ...(reason && { reason }) })
const release = (reason: string): Step => (id, worker) => worker.task.release(id, { reason })
const fail = (reason: string): Step => (id, worker) => worker.task.fail(id, { reason })

const checkout = `Customers leave at the last step. The form asks for an account **before** it \
shows the price of shipping.

## Done means

- [x] shipping is shown from the first step on
- [x] an account is an offer at the end, not a demand at the beginning
- [ ] the old address book is imported

See the [report of last week](https://example.com/report), section 3, and \`checkout.flow.ts\`.

| step | leave today | goal |
| --- | --- | --- |
| address | 11 % | 8 % |
| payment | 34 % | 20 % |`

const yes = (policy: object = {}) => [{ to: 'done' as const, policy }]

const plans: Plan[] = [
  { by: 'cleo', task: { title: 'Fix the empty basket after signing in', priority: 'urgent',
    tags: ['shop'] }, steps: [start, complete({ pull_request: 409 })] },
  { by: 'dario', task: { title: 'Back up to a second region', tags: ['database', 'security'] },
    steps: [start, complete({ restored_in_seconds: 340 })] },
  { by: 'esther', task: { title: 'Name the colours', tags: ['texts'], reward: '27' },
    steps: [start, complete({ names: 24 })] },
  { by: 'finn', task: { title: 'Translate the size chart', tags: ['texts'], reward: '5.5' },
    steps: [start, complete({ words: 120 })] },
  { of: 'owner', by: 'cleo', task: { title: 'Rebuild the checkout without an account',
    description: checkout,
    priority: 'urgent', tags: ['shop', 'launch'], due_at: inHours(20), reward: '60', gates: yes(),
    input: { repository: 'shop', branch: 'checkout-guest' } },
  steps: [start, say('The address book has *two* formats; I import both.'),
    complete({ pull_request: 418, tests: { passed: 212, failed: 0 }, coverage: 0.93 },
      'All of the list but the address book, which waits for its export.')] },
  { of: 'owner', by: 'esther', task: { title: 'Publish the launch announcement', priority: 'high',
    description: 'The text for the site and the newsletter. Nothing goes out without a yes.',
    tags: ['launch', 'texts'], due_at: inHours(44), reward: '35',
    gates: yes({ ttl_seconds: 6 * 3600 }) },
  steps: [start, complete({ words: 640, languages: ['en'] }, 'Checked against the price list.')] },
  { by: 'dario', task: { title: 'Move the orders to the new tables', priority: 'high',
    description: 'Two hours of read-only mode at night, rehearsed twice.',
    tags: ['database'], due_at: inHours(70), gates: [{ to: 'in_progress', policy: {} }] },
  steps: [start] },
  { by: 'finn', task: { title: 'Translate the announcement into German', priority: 'normal',
    tags: ['texts', 'launch'], due_at: inHours(50), reward: '12', gates: yes() },
  steps: [start, complete({ words: 655 })] },
  { by: 'cleo', task: { title: 'Show delivery dates in the basket', priority: 'normal',
    tags: ['shop'], gates: yes({ quorum: 2 }) }, steps: [start, complete({ pull_request: 421 })] },
  { by: 'cleo', task: { title: 'Speed up the product list', tags: ['shop', 'performance'],
    priority: 'high', due_at: inHours(30), estimate: 5 },
  steps: [start, say('The images are 80 % of it. Trying AVIF first.')] },
  { by: 'dario', task: { title: 'Index the search by language', tags: ['database', 'search'],
    due_at: inHours(60) }, steps: [start] },
  { by: 'esther', task: { title: 'Write the guide for returns', tags: ['texts'] }, steps: [start] },
  { by: 'dario', task: { title: 'Count visits without cookies', tags: ['analytics'] },
    steps: [start, review({ dashboard: 'visits' })] },
  { by: 'dario', task: { title: 'Import the price list of the supplier', priority: 'urgent',
    tags: ['database'], due_at: inHours(-5) },
  steps: [start, block('Their FTP refuses our key since this morning.')] },
  { by: 'finn', task: { title: 'Translate the terms', tags: ['texts'], priority: 'low' },
    steps: [start, block('The lawyers have not sent the final text.')] },
  { by: 'finn', task: { title: 'Collect quotes of early customers', tags: ['texts'] },
    steps: [start, release('Too many at once; somebody else may be quicker.')] },
  { task: { title: 'Load-test the checkout', status: 'todo', priority: 'urgent', tags: ['shop'],
    due_at: inHours(26),
    required_capabilities: [{ tag: 'typescript', proficiency: 'standard' }] } },
  { task: { title: 'Answer the questions of the press', status: 'todo', priority: 'high',
    tags: ['launch', 'texts'] } },
  { task: { title: 'Offer gift wrapping', status: 'todo', priority: 'low', tags: ['shop'] } },
  { task: { title: 'Rotate the keys of the mail provider', status: 'todo', tags: ['security'] } },
  { task: { title: 'Plan the spring collection', priority: 'low', tags: ['shop'] } },
  { task: { title: 'Compare three payment providers', tags: ['shop'], estimate: 8 } },
  { task: { title: 'Ask customers why they return things', tags: ['research'] } },
  { by: 'cleo', task: { title: 'Try the old recommendation engine', tags: ['search'] },
    steps: [start, fail('Its API was switched off in March.')] },
]

const expenses = [
  ['cleo', '4.2', 'Image conversion'], ['dario', '9', 'A bigger test database for an hour'],
  ['esther', '1.75', 'Stock photo'], ['finn', '0.8', 'Dictionary'],
] as const

/** Who called which model for which task, and what the provider charged. */
const calls = [
  ['cleo', 'Rebuild the checkout without an account', 'claude-sonnet-4-5', 41_200, 6100, '0.2151'],
  ['cleo', 'Fix the empty basket after signing in', 'claude-sonnet-4-5', 18_400, 2900, '0.0987'],
  ['dario', 'Back up to a second region', 'gpt-4o', 22_000, 3100, '0.086'],
  ['esther', 'Publish the launch announcement', 'claude-opus-4-1', 9800, 2200, '0.312'],
  ['finn', 'Translate the size chart', 'gpt-4o-mini', 5200, 1800, '0.00186'],
] as const

export type Shown = { task: string; agent: string; event: string; gate: string }

/** Does the project; answers what the pictures look at. */
export async function doProject(url: string, token: string): Promise<Shown> {
  const owner = createClient({ url, token })
  const clients: Record<string, Client> = { owner }
  for (const { handle, ...fields } of agents) {
    await owner.agent.register({ handle, ...fields } as Parameters<Client['agent']['register']>[0])
    const made = await owner.agent.tokenCreate(handle, { ttl_seconds: 3600 })
    clients[handle] = createClient({ url, token: made.token! })
  }
  const keys = new Map<string, string>()
  for (const plan of plans) keys.set(plan.task.title, await carryOut(plan, clients))
  await decide(owner, keys)
  for (const [handle, amount, reason] of expenses) {
    await clients[handle]!.credits.spend({ amount, reason })
  }
  await limitTeams(owner)
  await payModels(clients, keys)
  const gate = await askForMore(owner, clients.dario!)
  const { items } = await owner.event.list({ type: 'gate.denied', limit: 50 })
  return {
    gate,
    task: keys.get('Rebuild the checkout without an account')!, agent: 'cleo',
    event: items.at(-1)!.id,
  }
}

async function payModels(
  clients: Record<string, Client>, keys: Map<string, string>,
): Promise<void> {
  for (const [handle, title, model, input, output, cost_usd] of calls) {
    await clients[handle]!.credits.charge({
      call_id: `msg_${handle}_${keys.get(title)}`, model, tokens: { input, output }, cost_usd,
      task: keys.get(title)!,
    })
  }
}

async function limitTeams({ credits }: Client): Promise<void> {
  await credits.budgetCreate({
    scope: { workspace: true }, unit: 'usd_micros', period: 'month', limit: '2500000',
  })
  await credits.budgetCreate({
    scope: { subtree: 'mira' }, unit: 'credits', period: 'week', limit: '80',
  })
  await credits.budgetCreate({
    scope: { agent: 'dario' }, unit: 'credits', period: 'day', limit: '15', action: 'gate',
  })
  await credits.budgetCreate({
    scope: { agent: 'finn' }, unit: 'tokens', period: 'day', limit: '50000', action: 'alert',
  })
}

/** A budget has no room for it; answers the gate at which it waits. */
async function askForMore(owner: Client, dario: Client): Promise<string> {
  await dario.credits.spend({ amount: '2', reason: 'Rehearsal on a copy of the orders' })
  await dario.credits.spend({ amount: '5', reason: 'A second rehearsal, with last night’s orders' })
    .catch(() => undefined)
  const { items } = await owner.gate.list({ state: 'open', limit: 50 })
  return items.find(({ subject }) => subject.kind === 'spend')!.id
}

async function carryOut(plan: Plan, clients: Record<string, Client>): Promise<string> {
  const { of = 'mira', by, task, steps = [] } = plan
  const { key } = await clients[of]!.task.create({
    ...(by && { status: 'todo', assignee: by }), ...task,
  })
  for (const step of steps) await step(key, clients[by!]!)
  // The lead lives on what its people earn: pay first, then the next.
  if (steps.length) await clients.owner!.task.get(key, { wait: 10, settled: true })
  return key
}

/** One is sent back with a comment and handed in again; one has the first of two votes. */
async function decide(owner: Client, keys: Map<string, string>): Promise<void> {
  const gateOf = async (title: string): Promise<string> =>
    (await owner.task.get(keys.get(title)!)).gate!
  await owner.gate.decide(await gateOf('Translate the announcement into German'), {
    verdict: 'deny', comment: 'The shop says “Du”, the text says “Sie”.',
  })
  await owner.gate.decide(await gateOf('Show delivery dates in the basket'), {
    verdict: 'approve', comment: 'Fine with me; a second pair of eyes, please.',
  })
}
