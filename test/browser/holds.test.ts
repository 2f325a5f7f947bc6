/** Holds in the ledger: what is set aside, until when, and what became of it, live. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sweepHolds } from '../../activities/sweep.ts'
import type { Place } from '../harness/browser.ts'
import { addPerson, desk, everyPlace, phone, soon, tooSmall, useBrowser } from '../harness/browser.ts'
import { fund, releaseHolds } from '../harness/credits.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => {
  world = await openWorld()
  await addPerson(world, 'vic', 'viewer')
  await addPerson(world, 'olga', 'operator')
  await fund(world, ['ada', 'bob'], '1000')
})
afterAll(() => world.close())
afterEach(() => releaseHolds(world))

const client = (handle: string) => world.agents[handle]!.client
const hold = (handle: string, amount: string, more: object = {}) =>
  client(handle).do('credits.hold', { amount, ttl_seconds: 600, ...more })
const open = (page: Page, text: string) => page.getByTestId('open-hold').filter({ hasText: text })
const closed = (page: Page, text: string) => page.getByTestId('closed-hold').filter({ hasText: text })

test.each([desk, phone])('stand open until they are settled, with all that counts, live, at $width px', async (look) => {
  const { key } = await world.owner.do('task.create', { title: 'A long call', status: 'todo' })
  const { page } = await signIn(world, '/ledger?show=holds', { look })
  await page.getByText('Nothing is held now').waitFor()
  const { id } = await hold('ada', '30.5', { task: key, usd_micros: 300_000, tokens: 9000, reason: 'The large model' })
  for (const text of ['30.5', key, 'The large model', 'counts as $0.30 and 9,000 tokens in budgets', 'Open']) {
    await open(page, 'ada').getByText(text, { exact: true }).first().waitFor()
  }
  expect(await open(page, 'ada').getByRole('link', { name: key }).getAttribute('href')).toBe(`/tasks/${key}`)
  expect(await open(page, 'ada').getByRole('link', { name: 'ada' }).getAttribute('href')).toBe('/agents/ada')
  await client('ada').do('credits.settle', { hold: id, amount: '30.5' })
  await closed(page, 'The large model').getByText('30.5 paid').first().waitFor()
  await soon(() => page.getByTestId('open-hold').count()).toBe(0)
})

test('are counted down by the server’s clock and released by an admin after a question', async () => {
  await hold('ada', '12', { ttl_seconds: 300 })
  const { page, context, expecting } = await signIn(world, '/settings')
  expecting(/preload/)
  await context.addInitScript(() => {
    const real = Date.now.bind(Date)
    Date.now = () => real() + 3_600_000
  })
  await page.goto(`${world.url}/ledger?show=holds`)
  const left = async (): Promise<number> => {
    const [, minutes = '', seconds = ''] = /ends in (?:(\d+) min )?(\d+) s/.exec(await open(page, 'ada').innerText()) ?? []
    return Number(minutes) * 60 + Number(seconds)
  }
  await soon(left).toBeGreaterThan(270)
  const first = await left()
  expect(first).toBeLessThanOrEqual(300)
  await soon(left).toBeLessThan(first - 1)
  await page.getByRole('button', { name: 'Release 12 credits of ada' }).click()
  const question = page.getByRole('dialog', { name: 'Give 12 credits back to ada?' })
  await question.getByRole('button', { name: 'Cancel' }).click()
  expect((await world.owner.do('credits.balance', { agent: 'ada' })).held).toBe('12')
  await page.getByRole('button', { name: 'Release 12 credits of ada' }).click()
  await question.getByRole('button', { name: 'Release' }).click()
  await closed(page, '12').getByText('Released').waitFor()
  await page.getByText('Nothing is held now').waitFor()
  expect((await world.owner.do('credits.balance', { agent: 'ada' })).held).toBe('0')
})

test('one that was closed meanwhile: the refusal stands in the question', async () => {
  const { id } = await hold('bob', '3')
  const { page, expecting } = await signIn(world, '/ledger?show=holds')
  expecting(/409/)
  await page.getByRole('button', { name: 'Release 3 credits of bob' }).click()
  await client('bob').do('credits.settle', { hold: id, amount: '1' })
  await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click()
  await page.getByRole('dialog').getByRole('alert').waitFor()
  await page.keyboard.press('Escape')
  await closed(page, 'bob').getByText('1 paid').first().waitFor()
})

test('of one agent only, by how they ended, and when their time is up', async () => {
  await hold('bob', '4.5', { ttl_seconds: 1 })
  await hold('ada', '5.5')
  const { page, expecting } = await signIn(world, '/ledger?show=holds&agent=bob')
  // The service worker may begin between two places.
  expecting(/preload/)
  await open(page, '4.5').getByText('its time is up').waitFor()
  expect(await page.getByTestId('open-hold').count()).toBe(1)
  await sweepHolds(world.parts.db)
  await closed(page, '4.5').getByText('Expired').waitFor()
  await page.getByLabel('Which closed ones').selectOption('expired')
  await soon(() => page.url()).toContain('closed=expired')
  await soon(() => page.getByTestId('closed-hold').count()).toBe(1)
  await page.goto(`${world.url}/ledger?show=holds&agent=nobody-here`)
  await page.getByText('There is no agent nobody-here here').waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await open(page, '5.5').waitFor()
})

test('older ones come on demand', async () => {
  for (let index = 0; index < 55; index++) {
    const { id } = await hold('ada', '0.01')
    await client('ada').do('credits.release', { hold: id })
  }
  const { page } = await signIn(world, '/ledger?show=holds&closed=released')
  await soon(() => page.getByTestId('closed-hold').count()).toBe(50)
  await page.getByRole('button', { name: 'Show older ones' }).click()
  await soon(() => page.getByTestId('closed-hold').count()).toBeGreaterThanOrEqual(55)
})

test.each(['vic', 'olga'])('%s reads them and is offered nothing', async (as) => {
  await hold('ada', '2')
  const { page } = await signIn(world, '/ledger?show=holds', { as })
  await open(page, 'ada').waitFor()
  expect(await page.getByRole('button', { name: /Release/ }).count()).toBe(0)
})

describe.each([desk, phone])('at $width px, light and dark, nothing to find for axe, nothing sideways', (look) => {
  const places: Place[] = [
    ['holds', '/ledger?show=holds', (page) => open(page, 'ada').waitFor()],
    ['none', '/ledger?show=holds&agent=lead', (page) => page.getByText('Nothing is held now').waitFor()],
    ['a release', '/ledger?show=holds', (page) => page.getByRole('button', { name: /^Release 2 / }).click()],
  ]
  test('every place; on phones what is pressed is as high as a finger', { timeout: 120_000 }, async () => {
    const { key } = await world.owner.do('task.create', { title: 'A long call', status: 'todo' })
    await hold('ada', '2', { task: key, usd_micros: 1, tokens: 123_456_789, reason: `A${'w'.repeat(200)}` })
    const { page, expecting } = await signIn(world, '/settings', { look })
    // The service worker may begin between two places.
    expecting(/preload/)
    await everyPlace(page, world.url, places)
    if (look !== phone) return
    await page.goto(`${world.url}/ledger?show=holds`)
    await open(page, 'ada').waitFor()
    expect(await tooSmall(page)).toEqual([])
    // Not all tabs fit beside each other, the less so with the count of accounts: the chosen one is seen.
    await page.getByRole('tab', { name: /Accounts\s+\d/ }).waitFor()
    const { x, width } = (await page.getByRole('tab', { selected: true }).boundingBox())!
    expect([x >= 0, x + width <= 390]).toEqual([true, true])
  })
})
