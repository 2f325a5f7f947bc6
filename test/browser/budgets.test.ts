/** Budgets in the ledger: how full, live; and who may make, change and delete them. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Place } from '../harness/browser.ts'
import { addPerson, axe, desk, everyPlace, phone, soon, tooSmall, useBrowser } from '../harness/browser.ts'
import { deleteBudgets, fund, releaseHolds } from '../harness/credits.ts'
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
afterEach(async () => {
  await deleteBudgets(world)
  await releaseHolds(world)
})

const limit = (scope: object, amount: string, more: object = {}) => world.owner.do('credits.budget_create',
  { scope, unit: 'credits', period: 'day', limit: amount, ...more })
const client = (handle: string) => world.agents[handle]!.client
const spend = (handle: string, amount: string, more: object = {}) =>
  client(handle).call('credits.spend', { amount, reason: 'A search', ...more })
const hold = (handle: string, amount: string, more: object = {}) =>
  client(handle).do('credits.hold', { amount, ttl_seconds: 600, ...more })
const budgetsNow = async () => (await world.owner.do('credits.budget_list')).items

const row = (page: Page, text: string) => page.getByTestId('budget').filter({ hasText: text })
const meter = (page: Page, name: string | RegExp) => page.getByRole('meter', { name })
/** How wide a part of the bar is, in percent of it. */
const width = (page: Page, name: string | RegExp, part: 'used' | 'held'): Promise<number> =>
  meter(page, name).evaluate((bar, wanted) => {
    const found = bar.querySelector(`[data-part="${wanted}"]`)
    return Math.round(100 * (found?.getBoundingClientRect().width ?? 0) / bar.getBoundingClientRect().width)
  }, part)
const said = (page: Page, name: string | RegExp) => meter(page, name).getAttribute('aria-valuetext')
const choose = async (page: Page, whose: string, what: 'Change' | 'Delete'): Promise<void> => {
  await row(page, whose).getByRole('button', { name: /^What to do with the budget/ }).click()
  await page.getByRole('menuitem', { name: what }).click()
}

describe('a budget', () => {
  test.each([desk, phone])('a spend moves its bar as it happens, at $width px', async (look) => {
    await limit({ agent: 'ada' }, '10')
    const { page } = await signIn(world, '/ledger?show=budgets', { look })
    await soon(() => said(page, 'ada, Credits each day')).toBe('0 of 10 credits used, 10 left')
    // No line is crossed: nothing but the transfer tells.
    await spend('ada', '2')
    await soon(() => said(page, /^ada/)).toBe('2 of 10 credits used, 8 left')
    await spend('ada', '4')
    await soon(() => said(page, /^ada/)).toBe('6 of 10 credits used, 4 left')
    expect(await meter(page, /^ada/).getAttribute('aria-valuenow')).toBe('60')
    await row(page, 'ada').getByText('6 of 10 credits used, 4 left', { exact: true }).waitFor()
    await row(page, 'ada').getByText('Past 50 %').waitFor()
    expect(await width(page, /^ada/, 'used')).toBe(60)
    expect(await meter(page, /^ada/).locator('[data-part="line"]').count()).toBe(3)
    await row(page, 'ada').getByText('Blocks at the limit').waitFor()
    await row(page, 'ada').getByText(/Starts anew\s+in \d+/).waitFor()
    expect(await row(page, 'ada').getByRole('link', { name: 'ada' }).getAttribute('href')).toBe('/agents/ada')
  })

  test('each says what happens at its limit', async () => {
    const said = [['block', 'Blocks at the limit'], ['gate', 'Asks at the limit'], ['alert', 'Only tells at the limit']] as const
    for (const [action] of said) await limit({ agent: action === 'gate' ? 'bob' : 'ada' }, '10', { action })
    const { page } = await signIn(world, '/ledger?show=budgets')
    for (const [, words] of said) await page.getByTestId('budget').getByText(words).waitFor()
  })

  test('what is held is a tone of its own, and used when it is settled', async () => {
    await limit({ subtree: 'lead' }, '10')
    const { page } = await signIn(world, '/ledger?show=budgets')
    await meter(page, /^Team of lead/).waitFor()
    await spend('bob', '6')
    const { id } = await hold('ada', '2')
    await soon(() => said(page, /^Team/)).toBe('6 of 10 credits used, 2 held, 2 left')
    expect([await width(page, /^Team/, 'used'), await width(page, /^Team/, 'held')]).toEqual([60, 20])
    const held = meter(page, /^Team/).locator('[data-part="held"]')
    expect(await held.evaluate((part) => getComputedStyle(part).backgroundImage)).toContain('repeating-linear-gradient')
    await client('ada').do('credits.settle', { hold: id, amount: '2' })
    await soon(() => said(page, /^Team/)).toBe('8 of 10 credits used, 2 left')
    expect([await width(page, /^Team/, 'used'), await width(page, /^Team/, 'held')]).toEqual([80, 0])
  })

  test('what would pass the limit is refused to the agent; the bar is full, and says so', async () => {
    const { id } = await limit({ workspace: true }, '10', { period: 'once' })
    const { page } = await signIn(world, '/ledger?show=budgets')
    await spend('ada', '10')
    expect(await spend('ada', '0.5'))
      .toMatchObject({ status: 402, body: { code: 'budget_exceeded', budget: id, available: '0', needed: '0.5' } })
    await row(page, 'The workspace').getByText('Full', { exact: true }).waitFor()
    await row(page, 'The workspace').getByText('10 of 10 credits used, 0 left').waitFor()
    await row(page, 'The workspace').getByText('Never starts anew').waitFor()
    expect(await width(page, /^The workspace/, 'used')).toBe(100)
    expect(await axe(page)).toEqual([])
  })

  test('a bill that passes it all the same: over the limit, whose mark moves into the bar', async () => {
    await limit({ agent: 'ada' }, '10')
    const { id } = await hold('ada', '5')
    await client('ada').do('credits.settle', { hold: id, amount: '20' })
    const { page } = await signIn(world, '/ledger?show=budgets')
    await soon(() => said(page, /^ada/)).toBe('20 of 10 credits used, 10 over the limit')
    await row(page, 'ada').getByText('Over its limit').waitFor()
    expect(await meter(page, /^ada/).getAttribute('aria-valuenow')).toBe('100')
    const place = await meter(page, /^ada/).locator('[data-part="limit"]').evaluate((mark) =>
      mark.getBoundingClientRect().left - mark.parentElement!.getBoundingClientRect().left)
    expect(place / (await meter(page, /^ada/).boundingBox())!.width).toBeCloseTo(0.5, 2)
  })

  test('units in plain words, a task by its link, one that only tells', async () => {
    const { key } = await world.owner.do('task.create', { title: 'A long one', status: 'todo' })
    await limit({ task: key }, '10000000', { unit: 'usd_micros', action: 'alert', period: 'month' })
    await limit({ agent: 'bob' }, '4000', { unit: 'tokens', period: 'week', warn_at: [] })
    await hold('bob', '1', { task: key, usd_micros: 1_500_000, tokens: 1923 })
    const { page } = await signIn(world, '/ledger?show=budgets')
    await row(page, key).getByText('$0.00 of $10.00 used, $1.50 held, $8.50 left').waitFor()
    await row(page, key).getByText('Dollars each month').waitFor()
    await row(page, key).getByText('Only tells at the limit').waitFor()
    expect(await row(page, key).getByRole('link', { name: key }).getAttribute('href')).toBe(`/tasks/${key}`)
    await row(page, 'bob').getByText('0 of 4,000 tokens used, 1,923 held, 2,077 left').waitFor()
    await row(page, 'bob').getByText('Never warns').waitFor()
  })

  test('of one agent: its own and its team’s; others are told to be there', async () => {
    await limit({ agent: 'ada' }, '10')
    await limit({ workspace: true }, '500')
    const { page } = await signIn(world, '/ledger?show=budgets&agent=ada')
    await meter(page, /^ada/).waitFor()
    expect(await page.getByTestId('budget').count()).toBe(1)
    await page.getByLabel('Agent', { exact: true }).selectOption('bob')
    await page.getByText('No budget is for bob or its team').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await soon(() => page.getByTestId('budget').count()).toBe(2)
  })

  test('begins anew with its period, although no event tells', { timeout: 40_000 }, async () => {
    await limit({ agent: 'ada' }, '10')
    const { page, expecting } = await signIn(world, '/settings')
    expecting(/preload/)
    let asked = 0
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('creditsBudgetList') || asked++) return route.fallback()
      const answer = await route.fetch()
      const body = await answer.text()
      return route.fulfill({
        response: answer, body: body.replace('"used":"0"', '"used":"9"')
          .replace(/"resetsAt":"[^"]+"/, `"resetsAt":"${new Date(Date.now() + 1000).toISOString()}"`),
      })
    })
    await page.goto(`${world.url}/ledger?show=budgets`)
    await soon(() => said(page, /^ada/)).toContain('9 of 10 credits used')
    await expect.poll(() => said(page, /^ada/), { timeout: 20_000 }).toBe('0 of 10 credits used, 10 left')
  })

  test('nothing of the page moves while bars fill', async () => {
    await limit({ agent: 'ada' }, '100')
    await limit({ workspace: true }, '100')
    for (const look of [phone, desk]) {
      const { page } = await signIn(world, '/ledger?show=budgets', { look })
      await meter(page, /^ada/).waitFor()
      await page.getByTestId('books').getByText('Books balance').waitFor()
      await page.evaluate(() => {
        const moved: number[] = []
        Object.assign(globalThis, { moved })
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) moved.push((entry as PerformanceEntry & { value: number }).value)
        }).observe({ type: 'layout-shift' })
      })
      await spend('ada', '25.5')
      await hold('ada', '20.25')
      await soon(() => said(page, /^ada/)).toContain('held')
      await page.waitForTimeout(300)
      const moved = await page.evaluate(() => (globalThis as unknown as { moved: number[] }).moved)
      expect(moved.reduce((sum, one) => sum + one, 0)).toBeLessThan(0.01)
    }
  })
})

describe('an admin', () => {
  const field = (page: Page, label: string) => page.getByRole('dialog').getByLabel(label, { exact: true })

  test.each([desk, phone])('makes one, after a refusal at its field, at $width px', async (look) => {
    const { page, expecting } = await signIn(world, '/ledger?show=budgets', { look })
    expecting(/40[04]/)
    await page.getByText('Nothing is limited yet').waitFor()
    await page.getByRole('button', { name: 'New budget' }).click()
    await field(page, 'For').selectOption('agent')
    await field(page, 'Limit').fill('ten')
    await page.getByRole('button', { name: 'Make budget' }).click()
    await page.getByRole('alert').getByText('Choose whose budget this is.').waitFor()
    await field(page, 'Agent').fill('nobody-here')
    await page.getByRole('button', { name: 'Make budget' }).click()
    await page.getByText('Credits above 0 with at most 6 decimals').waitFor()
    expect(await field(page, 'Limit').getAttribute('aria-invalid')).toBe('true')
    await field(page, 'Limit').fill('12.5')
    await field(page, 'Warn at (percent of the limit)').fill('half')
    await page.getByRole('button', { name: 'Make budget' }).click()
    await soon(() => field(page, 'Warn at (percent of the limit)').getAttribute('aria-invalid')).toBe('true')
    expect(await axe(page)).toEqual([])
    await field(page, 'Warn at (percent of the limit)').fill('25, 75')
    await page.getByRole('button', { name: 'Make budget' }).click()
    await page.getByRole('alert').getByText('There is no agent nobody-here here').waitFor()
    await field(page, 'Agent').fill('ad')
    await page.getByRole('option', { name: 'ada' }).click()
    await field(page, 'In').selectOption('week')
    await field(page, 'At the limit').selectOption('alert')
    await page.getByRole('button', { name: 'Make budget' }).click()
    await meter(page, 'ada, Credits each week').waitFor()
    expect(await budgetsNow()).toMatchObject([{
      scope: { agent: 'ada' }, unit: 'credits', period: 'week', limit: '12.5', warn_at: [25, 75], action: 'alert',
    }])
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('makes one of a task in dollars', async () => {
    const { key } = await world.owner.do('task.create', { title: 'Paint the fence', status: 'todo' })
    const { page } = await signIn(world, '/ledger?show=budgets')
    await page.getByRole('button', { name: 'New budget' }).click()
    await field(page, 'For').selectOption('task')
    await field(page, 'Task').fill('Paint the')
    await page.getByRole('option', { name: /Paint the fence/ }).click()
    await field(page, 'Counts').selectOption('usd_micros')
    await field(page, 'Limit').fill('2.50')
    await page.keyboard.press('Control+Enter')
    await row(page, key).getByText('$0.00 of $2.50 used, $2.50 left').waitFor()
    expect(await budgetsNow()).toMatchObject([{ scope: { task: key }, unit: 'usd_micros', limit: '2500000', warn_at: [50, 80, 100] }])
  })

  test('changes one, never below what is used; what others change shows, too', async () => {
    const { id } = await limit({ agent: 'ada' }, '10')
    await limit({ agent: 'bob' }, '10000000', { unit: 'usd_micros' })
    await spend('ada', '6')
    await hold('bob', '1', { usd_micros: 6_000_000 })
    const { page, expecting } = await signIn(world, '/ledger?show=budgets')
    expecting(/400/)
    await choose(page, 'ada', 'Change')
    expect(await field(page, 'Limit').inputValue()).toBe('10')
    await field(page, 'Limit').fill('5.99')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('6 are used or held already in this period').waitFor()
    expect(await field(page, 'Limit').getAttribute('aria-invalid')).toBe('true')
    expect(await budgetsNow()).toMatchObject([{ limit: '10' }, {}])
    await field(page, 'Limit').fill('6')
    await field(page, 'Warn at (percent of the limit)').fill('90')
    await page.getByRole('button', { name: 'Save' }).click()
    await soon(() => said(page, /^ada/)).toBe('6 of 6 credits used, 0 left')
    await row(page, 'ada').getByText('Warns at 90 %').waitFor()
    expect((await budgetsNow())[0]).toMatchObject({ id, limit: '6', warn_at: [90], action: 'block', version: 2 })
    await choose(page, 'bob', 'Change')
    await field(page, 'Limit').fill('5')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('$6.00 are used or held already in this period').waitFor()
    await page.keyboard.press('Escape')
    await world.owner.do('credits.budget_update', { budget: id, limit: '60', action: 'alert' })
    await soon(() => said(page, /^ada/)).toBe('6 of 60 credits used, 54 left')
  })

  test('deletes one after a question, by keys; what was limited is not any more', async () => {
    await limit({ agent: 'ada' }, '10')
    await spend('ada', '10')
    const { page } = await signIn(world, '/ledger?show=budgets')
    await row(page, 'ada').getByRole('button', { name: /^What to do with the budget: ada/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Change' }).waitFor()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    const question = page.getByRole('dialog', { name: 'Delete the budget of ada?' })
    await question.getByRole('button', { name: 'Cancel' }).click()
    expect(await budgetsNow()).toHaveLength(1)
    await choose(page, 'ada', 'Delete')
    await question.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Nothing is limited yet').waitFor()
    expect(await budgetsNow()).toEqual([])
    expect(await spend('ada', '1')).toMatchObject({ status: 200 })
  })
})

test.each(['vic', 'olga'])('%s reads budgets and is offered nothing', async (as) => {
  const { page } = await signIn(world, '/ledger?show=budgets', { as })
  await page.getByText('Nothing is limited yet').waitFor()
  expect(await page.getByRole('button', { name: /New budget/ }).count()).toBe(0)
  await limit({ agent: 'ada' }, '10')
  await meter(page, /^ada/).waitFor()
  expect(await page.getByRole('button', { name: /New budget|What to do/ }).count()).toBe(0)
})

test('the panel of an agent: what is held, and its budgets in a line each, live', async () => {
  await limit({ agent: 'ada' }, '10')
  await limit({ subtree: 'ada' }, '20', { period: 'month' })
  await limit({ agent: 'bob' }, '30')
  const { page } = await signIn(world, '/agents/ada')
  const lines = page.getByTestId('agent-budget')
  await soon(() => lines.count()).toBe(2)
  await spend('ada', '5')
  await hold('ada', '2')
  await lines.filter({ hasText: 'each day' }).getByText('5 of 10 credits used, 2 held, 3 left').waitFor()
  await lines.filter({ hasText: 'and everyone below' }).getByText('5 of 20 credits used, 2 held, 13 left').waitFor()
  await page.getByRole('dialog').getByText('2 credits').first().waitFor({ state: 'attached' })
})

test('the panel of a lead: what its team spends counts, as it happens', async () => {
  await limit({ subtree: 'lead' }, '40')
  const { page } = await signIn(world, '/agents/lead')
  const line = page.getByTestId('agent-budget')
  await line.getByText('0 of 40 credits used, 40 left').waitFor()
  await spend('ada', '8')
  await line.getByText('8 of 40 credits used, 32 left').waitFor()
})

describe.each([desk, phone])('at $width px, light and dark, nothing to find for axe, nothing sideways', (look) => {
  const places: Place[] = [
    ['budgets', '/ledger?show=budgets', (page) => meter(page, /^Team/).waitFor()],
    ['no budget', '/ledger?show=budgets&agent=bob', (page) => page.getByText('No budget is for bob').waitFor()],
    ['a new one', '/ledger?show=budgets', async (page) => {
      await page.getByRole('button', { name: 'New budget' }).click()
      await page.getByRole('dialog').getByLabel('For', { exact: true }).selectOption('task')
    }],
    ['a change', '/ledger?show=budgets', (page) => choose(page, 'everyone below', 'Change')],
    ['a question', '/ledger?show=budgets', (page) => choose(page, 'everyone below', 'Delete')],
    ['the panel', '/agents/ada', (page) => page.getByTestId('agent-budget').first().waitFor()],
  ]
  test('every place; on phones what is pressed is as high as a finger', { timeout: 120_000 }, async () => {
    const { key } = await world.owner.do('task.create', { title: 'A long call', status: 'todo' })
    await limit({ workspace: true }, '1000000')
    await limit({ subtree: 'lead' }, '15', { action: 'alert', period: 'once' })
    await limit({ agent: 'ada' }, '8', { warn_at: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100] })
    await limit({ task: key }, '123456789012', { unit: 'tokens' })
    await spend('ada', '6', { task: key })
    await hold('ada', '2', { task: key, usd_micros: 1, tokens: 123_456_789, reason: `A${'w'.repeat(200)}` })
    const { page, expecting } = await signIn(world, '/settings', { look })
    // The service worker may begin between two places.
    expecting(/preload/)
    await everyPlace(page, world.url, places)
    if (look !== phone) return
    await page.goto(`${world.url}/ledger?show=budgets`)
    await page.getByTestId('budget').first().waitFor()
    expect(await tooSmall(page)).toEqual([])
  })
})
