/** The ledger: where each credit went and why, what it adds up to, and whether the books balance. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Place } from '../harness/browser.ts'
import { addPerson, axe, desk, everyPlace, phone, sideways, soon, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => {
  world = await openWorld({ worker: true })
  await addPerson(world, 'vic', 'viewer')
  await pay('ada', '100')
  await pay('bob', '30.5')
})
afterAll(() => world.close())

/** Colours glide for a moment after the theme changes. */

/** A task of this agent that was done and paid for. */
async function pay(handle: string, reward: string): Promise<string> {
  const { key } = await world.owner.do('task.create', { title: `Work worth ${reward}`, status: 'todo', reward })
  await world.agents[handle]!.client.do('task.claim', { id: key })
  await world.agents[handle]!.client.do('task.complete', { id: key })
  await world.owner.do('task.get', { id: key, wait: 10, settled: true })
  return key
}
const spend = (handle: string, amount: string, reason: string, task?: string) =>
  world.agents[handle]!.client.do('credits.spend', { amount, reason, ...(task ? { task } : {}) })

const transfer = (page: Page, text: string) => page.getByTestId('transfer').filter({ hasText: text })
const books = (page: Page) => page.getByTestId('books')
const lookOf = (page: Page) => books(page).getAttribute('data-look')
/** What each row says the agent had after it, from the top. */
const balances = async (page: Page) =>
  (await page.getByTestId('after').locator('[aria-hidden="true"]').allTextContents())
    .map((text) => text.replaceAll(',', '').replace('−', '-'))

describe('transfers', () => {
  test.each([desk, phone])('say from whom to whom, why, by whom, for which task, and the event; at $width px', async (look) => {
    const task = await pay('ada', '25')
    await spend('ada', '3.25', 'A web search', task)
    const { page } = await signIn(world, '/ledger?show=transfers', { look })
    const row = transfer(page, 'A web search').first()
    for (const text of ['ada', 'Platform', 'Spending', '3.25', task]) await row.getByText(text).first().waitFor()
    expect(await row.getByRole('link', { name: task }).getAttribute('href')).toBe(`/tasks/${task}`)
    const [event] = (await world.owner.do('event.list', { stream: 'ledger', actor: 'ada', limit: 1000 })).items.slice(-1)
    expect(await row.getByRole('link', { name: /event/i }).getAttribute('href')).toBe(`/activity/${event.id}`)
    await transfer(page, task).filter({ hasText: 'Reward' }).getByText('system').waitFor()
  })

  test('an agent’s spend arrives by itself, with the balance that it left', async () => {
    const { page } = await signIn(world, '/ledger?agent=ada')
    await page.getByTestId('transfer').first().waitFor()
    const before = (await world.owner.do('credits.balance', { agent: 'ada' })).posted
    const count = await page.getByTestId('transfer').count()
    await spend('ada', '0.000001', 'A millionth')
    await transfer(page, 'A millionth').getByText('−0.000001').waitFor()
    await soon(() => page.getByTestId('transfer').count()).toBe(count + 1)
    const { items } = await world.owner.do('credits.history', { agent: 'ada' })
    expect(await balances(page)).toEqual(items.map((item: { balance_after: string }) => item.balance_after))
    expect(Number(before) - Number(items[0].balance_after)).toBeCloseTo(0.000001, 9)
  })

  test('a burst while the page looks: every one is there once, in order, and the sums are right', async () => {
    const { page } = await signIn(world, '/ledger?agent=bob&kind=spend')
    await page.getByText('No transfer matches').waitFor()
    await spend('bob', '0.1', 'The first')
    await transfer(page, 'The first').waitFor()
    await Promise.all(Array.from({ length: 59 }, (_, index) => spend('bob', '0.1', `Burst ${index}`)))
    await soon(() => page.getByTestId('transfer').count()).toBe(60)
    const { items } = await world.owner.do('credits.history', { agent: 'bob', kind: 'spend', limit: 1000 })
    expect(await balances(page)).toEqual(items.map((item: { balance_after: string }) => item.balance_after))
    await page.getByRole('button', { name: 'As a table' }).click()
    await page.getByRole('row', { name: /^\w+ \d+ 0 credits 6 credits$/ }).waitFor()
  })

  test('filters live in the address, and older ones come page by page', async () => {
    const { page } = await signIn(world, '/ledger')
    await page.getByLabel('Agent', { exact: true }).selectOption('bob')
    await page.getByLabel('Kind', { exact: true }).selectOption('spend')
    await soon(() => page.url()).toMatch(/agent=bob&kind=spend/)
    await page.reload()
    await soon(() => page.getByTestId('transfer').count()).toBe(50)
    await page.getByRole('button', { name: 'Show older ones' }).click()
    await soon(() => page.getByTestId('transfer').count()).toBe(60)
    expect(await page.getByRole('button', { name: 'Show older ones' }).count()).toBe(0)
    await spend('bob', '0.5', 'On top of the pages')
    await soon(() => page.getByTestId('transfer').count()).toBe(61)
    expect(await page.getByTestId('transfer').first().textContent()).toContain('On top of the pages')
    await page.getByLabel('Kind', { exact: true }).selectOption('approval')
    await page.getByText('No transfer matches').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await transfer(page, 'Platform').first().waitFor()
    await soon(() => new URL(page.url()).search).toBe('')
  })

  test('an agent that is not there, and a kind as long as nobody writes one: said, with a way out', async () => {
    const { page } = await signIn(world, '/ledger?agent=no-such-agent')
    await page.getByText('There is no agent no-such-agent here').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByTestId('transfer').first().waitFor()
    await page.goto(`${world.url}/ledger?kind=${'x'.repeat(100)}`)
    await page.getByText(/kind: /).first().waitFor()
  })
})

describe('plots', () => {
  /** How many points of the drawing have the colour of a token, and the colour. */
  const painted = (page: Page, token: string) => page.evaluate((name) => {
    const probe = document.body.appendChild(document.createElement('i'))
    probe.style.setProperty('transition', 'none', 'important')
    probe.style.color = `var(--${name})`
    const [r, g, b] = getComputedStyle(probe).color.match(/\d+/g)!.map(Number)
    probe.remove()
    const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="day-plot"] canvas')!
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    const isIt = (at: number): boolean => data[at] === r && data[at + 1] === g && data[at + 2] === b && data[at + 3] === 255
    for (let at = 0; at < data.length; at += 4) if (isIt(at)) count++
    return count
  }, token)

  test('earned and spent are drawn in their colours, in light and dark and after the theme changes', async () => {
    await spend('ada', '60', 'A large picture')
    const { page, expecting } = await signIn(world, '/ledger')
    expecting(/Multiple readback/)
    await page.locator('[data-testid="day-plot"] canvas').waitFor()
    await soon(() => painted(page, 'good')).toBeGreaterThan(200)
    expect(await painted(page, 'warn')).toBeGreaterThan(100)
    await page.emulateMedia({ colorScheme: 'dark' })
    await soon(() => painted(page, 'good')).toBeGreaterThan(200)
    expect(await painted(page, 'warn')).toBeGreaterThan(100)
  })

  test('the table says the same in numbers, exactly, and what happens is added at once', async () => {
    const { page } = await signIn(world, '/ledger?agent=ada')
    const sum = async (side: 'from' | 'to'): Promise<string> => {
      const { items } = await world.owner.do('credits.history', { agent: 'ada', limit: 1000 })
      const micros = items.filter((item: Record<string, string>) => item[side] === 'ada')
        .reduce((total: number, item: { amount: string }) => total + Math.round(Number(item.amount) * 1e6), 0)
      return String(micros / 1e6)
    }
    await page.getByRole('button', { name: 'As a table' }).click()
    const told = async () => (await page.getByRole('row').nth(1).getByRole('cell').locator('[aria-hidden]').allTextContents()).join(' ')
    await soon(told).toBe(`${await sum('to')} ${await sum('from')}`)
    await spend('ada', '1.000001', 'Added at once')
    await soon(told).toBe(`${await sum('to')} ${await sum('from')}`)
  })

  test('by agent: choosing one shows its transfers, going back shows all', async () => {
    const { page } = await signIn(world, '/ledger')
    await page.getByTestId('agent-sums').filter({ hasText: 'bob' }).getByRole('button').click()
    await page.getByText('Balance of bob').waitFor()
    await soon(() => page.url()).toContain('agent=bob')
    await page.goBack()
    await page.getByTestId('agent-sums').first().waitFor()
  })

  test('a browser that names no language still draws', async () => {
    const { page, context } = await signIn(world, '/settings')
    await context.addInitScript(() => {
      Object.defineProperty(navigator, 'language', { value: 'en-US@posix', configurable: true })
    })
    await page.goto(`${world.url}/ledger`)
    await page.locator('[data-testid="day-plot"] canvas').waitFor()
  })
})

test('accounts: what every agent has, in few requests, live; the rest is told', async () => {
  await Promise.all(Array.from({ length: 25 }, (_, index) => world.owner.do('agent.register', { handle: `clerk-${index}` })))
  const { page } = await signIn(world, '/settings')
  let asked = 0
  page.on('request', (request) => { if (request.url().endsWith('/graphql')) asked++ })
  await page.goto(`${world.url}/ledger?show=accounts`)
  await soon(() => page.getByTestId('account').count()).toBe(29)
  expect(asked, 'one query for all balances, not one for each').toBeLessThan(10)
  const ada = page.getByTestId('account').filter({ hasText: 'ada' })
  await ada.getByText((await world.owner.do('credits.balance', { agent: 'ada' })).posted).first().waitFor()
  await pay('ada', '7')
  await ada.getByText((await world.owner.do('credits.balance', { agent: 'ada' })).posted).first().waitFor()
  const { items } = await world.owner.do('agent.list', { limit: 1000 })
  const posted = await Promise.all(items.map(async ({ handle }: { handle: string }) =>
    Math.round(Number((await world.owner.do('credits.balance', { agent: handle })).posted) * 1e6)))
  const sum = posted.reduce((total: number, one: number) => total + one, 0) / 1e6
  await page.getByText(`−${sum}`).waitFor()
  await page.getByRole('button', { name: 'Transfers of bob' }).click()
  await page.getByText('Balance of bob').waitFor()
})

describe('the books', () => {
  test('balance: each check, when it was made and how long it took', async () => {
    const { page } = await signIn(world, '/ledger')
    await soon(() => lookOf(page)).toBe('good')
    await books(page).getByText('Books balance').waitFor()
    await books(page).click()
    const proof = await world.owner.do('credits.verify')
    for (const { name, detail } of proof.checks) {
      await page.getByTestId('check').filter({ hasText: name }).getByText(detail).waitFor()
    }
    await page.getByRole('dialog').getByText(/Checked in \d+ ms, .+/).waitFor()
  })

  test.each([desk, phone])('a row changed behind the server’s back turns it red and names the check, at $width px', async (look) => {
    const { page } = await signIn(world, '/ledger', { look })
    await soon(() => lookOf(page)).toBe('good')
    const tamper = (micros: number) => world.sql(
      `update accounts set posted = posted + $1 where id = (select id from actors where handle = 'ada')`, [micros])
    await tamper(5_000_000)
    try {
      // No event tells of it; the next transfer makes the page look.
      await spend('bob', '0.25', 'An honest one')
      await soon(() => lookOf(page)).toBe('bad')
      await books(page).getByText('Books do not balance: sum, accounts').waitFor()
      await page.getByRole('alert').getByText('1 accounts differ from the sum of their entries').waitFor()
      expect(await axe(page)).toEqual([])
      expect(await sideways(page)).toBe(0)
    } finally {
      await tamper(-5_000_000)
    }
    await books(page).click()
    await page.getByRole('button', { name: 'Check again' }).click()
    await soon(() => lookOf(page)).toBe('good')
  })

  test('are checked gently: a burst of transfers asks for few proofs', async () => {
    const { page } = await signIn(world, '/ledger')
    await soon(() => lookOf(page)).toBe('good')
    let proofs = 0
    page.on('request', (request) => { if (request.postData()?.includes('creditsVerify')) proofs++ })
    const began = Date.now()
    for (let index = 0; Date.now() - began < 5000; index++) await spend('ada', '0.01', `Drop ${index}`)
    expect(proofs).toBeGreaterThan(0)
    expect(proofs).toBeLessThanOrEqual(2)
  })

  test('that could not be checked are not said to balance', async () => {
    const { page, expecting } = await signIn(world, '/settings')
    expecting(/503|Failed to load/)
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('creditsVerify')) return route.fallback()
      return route.fulfill({ status: 503, body: '{}' })
    })
    await page.goto(`${world.url}/ledger`)
    await books(page).getByText('Books not checked').waitFor()
  })
})

test('a viewer reads all of it and is offered nothing to change', async () => {
  const { page } = await signIn(world, '/ledger', { as: 'vic' })
  await page.getByTestId('transfer').first().waitFor()
  await soon(() => lookOf(page)).toBe('good')
  expect(await page.getByRole('button', { name: /Spend|Adjust|Register|Revoke/ }).count()).toBe(0)
})

describe.each([desk, phone])('at $width px, light and dark, nothing to find for axe, nothing sideways', (look) => {
  const places: Place[] = [
    ['overview', '/ledger?kind=reward', (page) => page.locator('[data-testid="day-plot"] canvas').waitFor()],
    ['the table of days', '/ledger?kind=reward', (page) => page.getByRole('button', { name: 'As a table' }).click()],
    ['transfers', '/ledger?show=transfers&kind=reward', (page) => page.getByTestId('transfer').first().waitFor()],
    ['one agent', '/ledger?agent=ada&kind=reward&show=transfers', (page) => page.getByTestId('transfer').first().waitFor()],
    ['accounts', '/ledger?show=accounts', (page) => page.getByTestId('account').first().waitFor()],
    ['the proof', '/ledger?kind=reward', async (page) => {
      await books(page).click()
      await page.getByTestId('check').first().waitFor()
    }],
  ]
  test('every place', { timeout: 120_000 }, async () => {
    const { page } = await signIn(world, '/settings', { look })
    await everyPlace(page, world.url, places, () => soon(() => lookOf(page)).toBe('good'))
  })
})
