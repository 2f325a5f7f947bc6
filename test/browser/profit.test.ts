/** Profit in the ledger: figures and bars by agent, team, model and time, live; alerts; the statement as a file. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sweepCredits } from '../../activities/sweep.ts'
import { axe, desk, everyPlace, phone, tooSmall, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
const client = (handle: string) => world.agents[handle]!.client
beforeAll(async () => {
  world = await openWorld({ worker: true, relay: true, settings: { low_balance: null } })
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '100', reason: 'To begin with' })
  for (const worker of ['ada', 'ada', 'bob']) {
    const { key } = await client('lead').do('task.create', { title: 'Paid', status: 'todo' })
    await client(worker).do('task.claim', { id: key })
    await client(worker).do('task.complete', { id: key })
    await world.owner.do('task.get', { id: key, wait: 20, settled: true })
  }
  await client('ada').do('credits.spend', { amount: '7.5', reason: 'A search, "quoted"' })
  await client('bob').do('credits.charge', {
    call_id: 'a-call-that-is-long-enough', model: 'house-blend', tokens: { input: 10, output: 1 }, cost_usd: '0.3',
  })
})
afterAll(() => world.close())

const rows = (page: Page) => page.getByTestId('profit')
const row = (page: Page, name: string) => rows(page).filter({ hasText: name })
const figure = async (page: Page, name: string, which: string): Promise<string | null> =>
  (await row(page, name).locator(`[data-figure="${which}"] [aria-hidden]`).textContent())
const soon = <Value>(ask: () => Value) => expect.poll(ask, { timeout: 8000 })
const group = (page: Page, value: string) => page.getByLabel('Group by').selectOption(value)

describe('profit', () => {
  test('by agent: what each earned and paid, the largest margin first, and moves as it happens', async () => {
    const { page } = await signIn(world, '/ledger?show=profit')
    await soon(() => rows(page).count()).toBe(3)
    expect(await figure(page, 'ada', 'earned')).toBe('50')
    expect(await figure(page, 'ada', 'spent')).toBe('7.5')
    expect(await figure(page, 'ada', 'margin')).toBe('42.5')
    expect(await figure(page, 'bob', 'modelCost')).toBe('30')
    expect(await figure(page, 'bob', 'margin')).toBe('−5')
    expect(await rows(page).locator('th').allInnerTexts()).toEqual(
      [/ada/, /lead/, /bob/].map((name) => expect.stringMatching(name)))
    await client('ada').do('credits.spend', { amount: '2.5', reason: 'Another' })
    await soon(() => figure(page, 'ada', 'margin')).toBe('40')
  })

  test('its plot has a bar a row, and says in words what it shows', async () => {
    const { page } = await signIn(world, '/ledger?show=profit')
    await soon(() => page.getByTestId('profit-bar').count()).toBe(3)
    const said = await page.getByTestId('profit-plot').getAttribute('aria-label')
    expect(said).toMatch(/3 bars\. The most: ada 4\d(\.5)? credits; the least: bob -5 credits/)
    const [ada] = await page.getByTestId('profit-bar').first().locator('rect').evaluateAll((parts) =>
      [parts.map((part) => part.getBoundingClientRect().height)])
    expect(ada![0]! / ada![1]!, 'one scale upwards and downwards').toBeCloseTo(50 / (Number(await costs(page))), 0)
  })
  const costs = async (page: Page): Promise<string> => (await figure(page, 'ada', 'spent'))!

  test('by another grouping, of one agent, and back by the address', async () => {
    const { page } = await signIn(world, '/ledger?show=profit')
    await group(page, 'team')
    await row(page, 'lead').waitFor()
    await soon(() => figure(page, 'lead', 'earned')).toBe('75')
    await group(page, 'model')
    await soon(() => rows(page).count()).toBe(1)
    await row(page, 'house-blend').waitFor()
    await group(page, 'day')
    await soon(() => page.getByTestId('profit-bar').count()).toBeGreaterThanOrEqual(30)
    expect(await rows(page).count(), 'days on which something happened').toBe(1)
    expect(new URL(page.url()).searchParams.get('by')).toBe('day')
    await page.goto(`${world.url}/ledger?show=profit&by=total&agent=bob`)
    await soon(() => figure(page, 'All of it', 'earned')).toBe('25')
    await page.goto(`${world.url}/ledger?show=profit&agent=nobody`)
    await page.getByRole('alert').filter({ hasText: 'There is no agent nobody here' }).waitFor()
  })

  test('on phones: cards, nothing sideways, large enough for fingers', async () => {
    const { page } = await signIn(world, '/ledger?show=profit', { look: phone })
    await soon(() => rows(page).count()).toBe(3)
    expect(await figure(page, 'bob', 'modelCost')).toBe('30')
    expect(await tooSmall(page)).toEqual([])
    const box = (await page.getByTestId('profit-plot').boundingBox())!
    expect(box.width).toBeLessThanOrEqual(390)
    expect(box.height).toBe(160)
  })

  test('by keyboard: the tab, the choice, the table', async () => {
    const { page } = await signIn(world, '/ledger')
    await page.getByRole('tab', { name: 'Accounts' }).focus()
    await page.keyboard.press('ArrowRight')
    await soon(() => page.getByRole('tab', { name: 'Profit' }).getAttribute('aria-selected')).toBe('true')
    await soon(() => rows(page).count()).toBe(3)
    await page.getByLabel('Group by').focus()
    await page.keyboard.press('ArrowDown')
    await soon(() => new URL(page.url()).searchParams.get('by')).toBe('team')
  })

  test.each([desk, phone])('every grouping at $width px, light and dark', async (look) => {
    const { page } = await signIn(world, '/ledger?show=profit', { look })
    await everyPlace(page, world.url, ['agent', 'day', 'total'].map((by) =>
      [by, `/ledger?show=profit&by=${by}`, async (at) => { await rows(at).first().waitFor() }]))
  })
})

describe('alerts', () => {
  test('none, then those that come, each with the way to its event', async () => {
    const { page } = await signIn(world, '/ledger?show=profit')
    await page.getByText('Nothing to worry about').waitFor()
    await world.owner.do('workspace.update', { settings: { spend_velocity: { window_minutes: 60, credits: '5' } } })
    await sweepCredits(world.parts.db)
    const alerts = page.getByTestId('credit-alert')
    await alerts.filter({ hasText: /saw ada pay [\d.]+ credits in 60 minutes: more than 5/ }).waitFor()
    await client('bob').do('credits.charge',
      { call_id: 'another-that-is-long-enough', model: 'nobody-knows', tokens: { input: 1, output: 1 } })
    await alerts.filter({ hasText: 'reported a call of nobody-knows, which has no price' }).waitFor()
    await world.owner.do('workspace.update', { settings: { low_balance: '100' } })
    await client('ada').do('credits.spend', { amount: '60', reason: 'Nearly all' })
    await alerts.filter({ hasText: /has [\d.]+ credits left for ada, below 100/ }).waitFor()
    expect(await axe(page)).toEqual([])
    await alerts.filter({ hasText: 'saw ada pay' }).getByRole('link').click()
    await soon(() => new URL(page.url()).pathname).toMatch(/^\/activity\//)
  })
})

describe('the statement', () => {
  test.each([desk, phone])('as a file, of the agent that is chosen, at $width px', async (look) => {
    const { page } = await signIn(world, '/ledger?show=transfers', { look })
    await page.getByTestId('transfer').first().waitFor()
    expect(await page.getByText('Download CSV').count()).toBe(0)
    await page.goto(`${world.url}/ledger?show=transfers&agent=ada`)
    const [file] = await Promise.all([
      page.waitForEvent('download'), page.getByRole('link', { name: 'Download CSV of the statement of ada' }).click(),
    ])
    expect(file.suggestedFilename()).toBe('credits-statement.csv')
    const text = readFileSync(await file.path(), 'utf8')
    expect(text).toMatch(/^id,at,kind,amount,balance,other,task,reason\r\n/)
    expect(text).toContain(',spend,-7.5,')
    expect(text).toContain('"A search, ""quoted"""')
    expect(await axe(page)).toEqual([])
    if (look === phone) expect(await tooSmall(page)).toEqual([])
  })
})
