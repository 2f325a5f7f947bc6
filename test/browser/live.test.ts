/** The page's line to the server, by the frames on it; what views show of it: faults.test.ts. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { phone, useBrowser } from '../harness/browser.ts'
import type { Line } from '../harness/line.ts'
import { openLine } from '../harness/line.ts'
import type { Spawned, World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
let api: Spawned
let line: Line
const { signIn } = useBrowser()
beforeAll(async () => {
  world = await openWorld()
  api = await world.spawn('api')
  line = await openLine(api.url)
})
afterAll(async () => {
  await line.close()
  await world.close()
})

type Seen = { ids: string[]; closes: number }

/** Every event that reaches the page, in the order in which it came. */
function watch(page: Page): Seen {
  const seen: Seen = { ids: [], closes: 0 }
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      const { type, payload: body } = JSON.parse(String(payload)) as { type: string; payload?: any }
      if (type === 'next') seen.ids.push(body.data.events.id)
    })
    socket.on('close', () => { seen.closes++ })
  })
  return seen
}

/** What happened since a moment, as the log has it. */
async function logged(since: string): Promise<string[]> {
  const ids: string[] = []
  for (let cursor: string | undefined; ;) {
    const page = await world.owner.do('event.list', { since, limit: 1000, ...(cursor ? { cursor } : {}) })
    ids.push(...page.items.map((event: { id: string }) => event.id))
    if (!page.next_cursor) return ids
    cursor = page.next_cursor
  }
}

const health = (page: Page) => page.getByTestId('health').first()
const started = async (page: Page): Promise<void> => {
  await page.getByRole('heading', { name: 'Inbox' }).waitFor()
  await eventually(async () => page.evaluate(() => performance.getEntriesByType('resource').length > 3))
}

async function askForYes(title: string): Promise<void> {
  const { key } = await world.owner.do('task.create', { title, status: 'todo', gates: [{ to: 'in_progress' }] })
  await world.agents.ada!.client.do('task.claim', { id: key })
}

test('the api is killed and started again under an open page: no event is missed, none comes twice', async () => {
  const since = new Date().toISOString()
  const { page, expecting } = await signIn(world, '/settings', { look: phone, url: line.url })
  expecting(/WebSocket|ERR_|Failed to load/)
  const seen = watch(page)
  await page.goto(`${line.url}/inbox`)
  await started(page)
  await askForYes('Before')
  await page.getByText('Before').waitFor()
  api.process.kill('SIGKILL')
  line.cut()
  await health(page).getByText(/Reconnecting|does not answer/).waitFor()
  for (let count = 0; count < 20; count++) await world.owner.do('task.create', { title: `While away ${count}` })
  await askForYes('While it was away')
  api = await world.spawn('api')
  line.leadTo(api.url)
  await page.getByText('While it was away').waitFor({ timeout: 15_000 })
  await askForYes('After')
  await page.getByText('After').waitFor()
  await expect.poll(() => health(page).textContent(), { timeout: 10_000 }).not.toMatch(/Reconnecting|does not answer/)
  const wanted = await logged(since)
  await expect.poll(() => seen.ids.length).toBe(wanted.length)
  expect(seen.ids.toSorted()).toEqual(wanted.toSorted())
})
