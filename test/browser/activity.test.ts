/** The event feed: sentences, live, filters, the past, one event, the proof of the chain. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { axe, desk, looks, phone, sideways, useBrowser } from '../harness/browser.ts'
import { allEvents, shownInAll, shownNow } from './feed.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => {
  world = await openWorld({ worker: true })
  await live('A whole life')
  await live('Another one')
}, 60_000)
afterAll(() => world.close())

const row = (page: Page, text: string | RegExp) => page.getByTestId('event').filter({ hasText: text }).first()
const ada = () => world.agents.ada!.client

/** A task from its creation to its pay, with a gate that says no once. */
async function live(title: string): Promise<string> {
  const lead = world.agents.lead!.client
  const { key } = await lead.do('task.create', {
    title, status: 'todo', gates: [{ to: 'done', policy: {} }],
  })
  await ada().do('task.claim', { id: key })
  for (const [verdict, comment] of [['deny', 'The currency is missing.'], ['approve', '']] as const) {
    const { gate } = await ada().do('task.complete', { id: key })
    await world.owner.do('gate.decide', { id: gate.id, verdict, comment })
  }
  await world.owner.do('task.get', { id: key, wait: 10, settled: true })
  return key
}

test('every event is a sentence, the newest first, and new ones come by themselves', async () => {
  const { page } = await signIn(world, '/activity')
  await row(page, 'system paid ada 25 credits for TASK-1 (reward)').waitFor()
  await row(page, 'owner denied moving TASK-1 from Review to Done').getByText('“The currency is missing.”').waitFor()
  const events = await allEvents(world)
  await expect.poll(() => shownInAll(page)).toEqual(events.map(({ id }) => id).toReversed())
  const types = new Set(events.map(({ type }) => type))
  const text = await page.getByRole('region', { name: 'Events, newest first' }).innerText()
  expect([...types].filter((type) => text.includes(type)), 'events without a sentence').toEqual([])
  await page.evaluate(() => scrollTo(0, 0))
  const { key } = await ada().do('task.create', { title: 'Fresh from ada', status: 'todo' })
  await row(page, `ada created ${key} “Fresh from ada”`).waitFor()
  expect((await shownNow(page))[0]).toBe((await allEvents(world)).at(-1)!.id)
})

test('filters live in the address and are the server’s; what comes live passes them, too', async () => {
  const { page } = await signIn(world, '/activity')
  const isShown = async (filter: Record<string, unknown>): Promise<void> => {
    const wanted = (await allEvents(world, filter)).map(({ id }) => id).toReversed()
    expect(wanted.length).toBeGreaterThan(0)
    await expect.poll(() => shownInAll(page, { until: 'No earlier event matches.' })).toEqual(wanted)
    await page.evaluate(() => scrollTo(0, 0))
  }
  await page.getByLabel('Actor', { exact: true }).fill('ada')
  await expect.poll(() => new URL(page.url()).search).toBe('?actor=ada')
  await isShown({ actor: 'ada' })
  await page.getByLabel('Task', { exact: true }).fill('TASK-1')
  await expect.poll(() => new URL(page.url()).search).toBe('?actor=ada&task=TASK-1')
  await isShown({ actor: 'ada', task: 'TASK-1' })
  await page.getByLabel('Type', { exact: true }).selectOption({ label: 'Comment' })
  await page.getByText('No event matches').waitFor()
  await world.agents.bob!.client.do('task.comment', { id: 'TASK-1', body: 'of somebody else' })
  await ada().do('task.comment', { id: 'TASK-2', body: 'on something else' })
  await ada().do('task.comment', { id: 'TASK-1', body: 'this is it' })
  await row(page, 'this is it').waitFor()
  await isShown({ actor: 'ada', task: 'TASK-1', type: 'task.commented' })
  await page.goto(`${world.url}/activity?type=credit.awarded&time=hour`)
  await isShown({ type: 'credit.awarded' })
  await page.getByRole('button', { name: 'Clear' }).click()
  await expect.poll(() => new URL(page.url()).search).toBe('')
  await row(page, 'of somebody else').waitFor()
})

test('severity and an end in time; an end in time takes nothing new', async () => {
  const { key } = await world.owner.do('task.create', { title: 'Left alone', status: 'todo' })
  await ada().do('task.claim', { id: key })
  await world.advance(3600)
  await eventually(async () => (await world.owner.do('task.get', { id: key })).status === 'todo', { within: 15_000 })
  const { page } = await signIn(world, '/activity?severity=warning')
  await row(page, 'the lease ran out for the first time').getByText('Warning').waitFor()
  expect(await page.getByTestId('event').count()).toBe((await allEvents(world, { severity: 'warning' })).length)
  const [first] = await allEvents(world)
  const end = new Date(Date.now() - 3_000_000 + 3600_000).toISOString()
  await page.goto(`${world.url}/activity?until=${end}`)
  await row(page, 'system paid').waitFor()
  await world.owner.do('task.comment', { id: key, body: 'after the end' })
  await page.waitForTimeout(400)
  expect(await row(page, 'after the end').count()).toBe(0)
  expect(await row(page, 'the lease ran out').count()).toBe(0)
  expect(await shownInAll(page, { until: 'No earlier event matches.' })).toContain(first!.id)
})

test.each([
  ['?actor=nobody-here', 'There is no nobody-here here'],
  ['?task=TASK-999', 'There is no task TASK-999 here'],
  ['/01900000-0000-7000-8000-000000000000', 'There is no event 01900000-0000-7000-8000-000000000000 here'],
  ['/nonsense', 'There is no event nonsense here'],
])('/activity%s says so and goes on', async (path, said) => {
  const { page } = await signIn(world, `/activity${path}`)
  await page.getByText(said).waitFor()
  await page.getByRole('link', { name: 'Activity' }).first().click()
  await row(page, 'system paid').waitFor()
})

test('one event has an address, its hashes, the one that led to it and what it is about', async () => {
  const events = await allEvents(world)
  const pay = events.find(({ type }) => type === 'credit.awarded')!
  const { page } = await signIn(world, '/activity?type=credit.awarded')
  await row(page, 'paid ada 25 credits for TASK-1').getByRole('link', { name: /open event/ }).click()
  const panel = page.getByRole('dialog', { name: 'Event' })
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/activity\/[\w-]{36}$/)
  await page.goto(`${world.url}/activity/${pay.id}`)
  await panel.getByText('system paid ada 25 credits for TASK-1').waitFor()
  expect(await panel.getByTestId('hash').innerText()).toBe(pay.hash)
  expect(await panel.getByTestId('previous-hash').innerText()).toBe('none: it is the first')
  await panel.getByRole('link', { name: 'The event that led to this' }).click()
  await expect.poll(() => page.url()).toContain(pay.trigger_event)
  const cause = events.find(({ id }) => id === pay.trigger_event)!
  await panel.getByText('moved TASK-1 from Review to Done').waitFor()
  const before = events.find(({ stream, seq }) => stream === cause.stream && seq === cause.seq - 1)!
  expect(await panel.getByTestId('previous-hash').innerText()).toBe(before.hash)
  await panel.getByRole('link', { name: 'TASK-1', exact: true }).click()
  await expect.poll(() => new URL(page.url()).pathname).toBe('/tasks/TASK-1')
  await page.goBack()
  await panel.waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => new URL(page.url()).pathname).toBe('/activity')
})

test('the keyboard goes through the feed and through what is open', async () => {
  const { page } = await signIn(world, '/activity')
  await row(page, 'system paid').waitFor()
  const ids = await shownNow(page)
  for (const key of ['j', 'j', 'k', 'j', 'j']) await page.keyboard.press(key)
  await page.keyboard.press('Enter')
  await expect.poll(() => page.url()).toContain(`/activity/${ids[2]}`)
  await page.keyboard.press('j')
  await expect.poll(() => page.url()).toContain(`/activity/${ids[3]}`)
  await page.keyboard.press('Escape')
  await expect.poll(() => new URL(page.url()).pathname).toBe('/activity')
})

test('whoever reads further down is not moved: new ones wait and are counted', async () => {
  const { page } = await signIn(world, '/activity', { look: { ...desk } })
  await row(page, 'system paid').waitFor()
  const { key } = await world.owner.do('task.create', { title: 'To be talked about', status: 'todo' })
  for (let n = 0; n < 60; n++) await world.owner.do('task.comment', { id: key, body: `remark ${n}` })
  await row(page, 'remark 59').waitFor()
  await page.evaluate(() => scrollTo(0, 900))
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(900)
  // One in sight: pressing another would scroll to it first.
  const inSight = await page.getByTestId('event').evaluateAll((rows) =>
    rows.findIndex((one) => one.getBoundingClientRect().top > 300))
  const middle = page.getByTestId('event').nth(inSight)
  const [id, at] = [await middle.getAttribute('data-id'), (await middle.boundingBox())!.y]
  for (let n = 0; n < 3; n++) await world.owner.do('task.comment', { id: key, body: `later ${n}` })
  await page.getByRole('button', { name: '3 new events' }).waitFor()
  expect((await page.locator(`[data-id="${id}"]`).boundingBox())!.y).toBe(at)
  await page.locator(`[data-id="${id}"]`).getByRole('link', { name: /open event/ }).click()
  await page.getByTestId('hash').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => new URL(page.url()).pathname).toBe('/activity')
  expect(await page.evaluate(() => scrollY), 'opening and closing leaves the list where it is').toBe(900)
  await page.getByRole('button', { name: '3 new events' }).click()
  await row(page, 'later 2').waitFor()
  expect(await page.evaluate(() => scrollY)).toBe(0)
  expect((await shownNow(page)).slice(0, 3)).toEqual((await allEvents(world)).slice(-3).map((event) => event.id).toReversed())
})

test('the past is paged back to the first event, dense and sparse', async () => {
  const keys = await Promise.all(Array.from({ length: 6 }, async (_, n) =>
    (await world.owner.do('task.create', { title: `Talk ${n}`, status: 'todo' })).key))
  for (const wait of [0, 0, 40_000, 0, 86_400 * 3, 0]) {
    if (wait) await world.advance(wait)
    for (let n = 0; n < 15; n++) {
      await Promise.all(keys.map((id) => world.owner.do('task.comment', { id, body: `dense ${n}` })))
    }
  }
  const events = await allEvents(world)
  expect(events.length).toBeGreaterThan(540)
  const { page } = await signIn(world, '/activity')
  await row(page, 'dense 14').waitFor()
  expect(await shownInAll(page)).toEqual(events.map(({ id }) => id).toReversed())
  expect(await page.getByTestId('event').count(), 'only what is near the screen is in the page').toBeLessThan(80)
}, 90_000)

test('text of any length and script is text, and breaks rather than widens', async () => {
  const { key } = await world.owner.do('task.create', { title: '<img src=x onerror=alert(1)> عربى ' + 'w'.repeat(150), status: 'todo' })
  await world.owner.do('task.comment', { id: key, body: `${'x'.repeat(5000)} 漢字 <script>alert(1)</script>` })
  for (const look of [phone, desk]) {
    const { page } = await signIn(world, '/activity', { look })
    await row(page, 'onerror=alert').waitFor()
    expect(await sideways(page)).toBe(0)
    await row(page, 'xxxxxx').getByRole('link', { name: /open event/ }).click()
    await page.getByRole('dialog', { name: 'Event' }).getByText('<script>alert(1)</script>').first().waitFor()
    expect(await sideways(page)).toBe(0)
  }
})

test.each(looks)('every look: $width $theme', async (look) => {
  const { page } = await signIn(world, '/activity', { look })
  await row(page, 'commented on').waitFor()
  expect(await axe(page)).toEqual([])
  expect(await sideways(page)).toBe(0)
  if (look.width === 390) {
    await page.getByRole('button', { name: 'Filters' }).click()
    await page.getByRole('dialog', { name: 'Filters' }).getByLabel('Severity').waitFor()
    expect(await axe(page)).toEqual([])
    await page.getByRole('button', { name: 'Show' }).click()
  }
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await page.getByText('The log is whole.').waitFor()
  expect(await axe(page)).toEqual([])
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  await page.getByRole('link', { name: /open event/ }).first().click()
  await page.getByTestId('hash').waitFor()
  expect(await axe(page)).toEqual([])
  expect(await sideways(page)).toBe(0)
})

test('a log that somebody changed is found out', async () => {
  const { page } = await signIn(world, '/activity')
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await page.getByText('The log is whole.').waitFor()
  await world.sql('alter table events disable trigger events_append_only')
  const [changed] = await world.sql<{ seq: string }>(
    "update events set reason = 'another' where stream = 'ledger' and seq = 2 returning seq")
  await world.sql('alter table events enable trigger events_append_only')
  expect(Number(changed!.seq)).toBe(2)
  await page.getByRole('button', { name: 'Verify again' }).click()
  await page.getByText('The log is not whole.').waitFor()
  await page.getByRole('region', { name: 'Ledger' }).getByText('First wrong event: number 2').waitFor()
  await page.getByRole('region', { name: 'Activity' }).getByText('Whole').waitFor()
})
