/** What is around every view: the palette, the theme, the shell without a server, other pages' files. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe, desk, looks, phone, sideways, useBrowser } from '../harness/browser.ts'
import { openLine } from '../harness/line.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { open, signIn } = useBrowser()
/** One without an engine. */
let alone: World
beforeAll(async () => {
  world = await openWorld()
  alone = await openWorld({ temporalAddress: '127.0.0.1:9' })
})
afterAll(async () => {
  await world.close()
  // Questions to the engine that are under way end by their own deadline.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  await alone.close()
})

test('Ctrl-K finds views, tasks and agents, by keys alone', async () => {
  const { key } = await world.owner.do('task.create', { title: 'Needle in the haystack' })
  const { page } = await signIn(world, '/settings')
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  await page.keyboard.press('Control+k')
  const palette = page.getByRole('dialog', { name: 'Search or go to' })
  await palette.getByRole('option', { name: 'Go to Ledger' }).waitFor()
  expect(await axe(page)).toEqual([])
  await page.keyboard.type('ledg')
  await expect.poll(() => palette.getByRole('option').count()).toBe(1)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Ledger', level: 1 }).waitFor()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('needle')
  await palette.getByRole('option', { name: /Needle in the haystack/ }).waitFor()
  await page.keyboard.press('Enter')
  await expect.poll(() => page.url()).toContain(`/tasks/${key}`)
  await page.keyboard.press('Control+k')
  await page.keyboard.type('talent')
  await palette.getByRole('option', { name: /talent/ }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('nothing that is anywhere')
  await palette.getByText('Nothing matches.').waitFor()
})

test('the palette in every look', async () => {
  for (const look of looks) {
    const { page } = await signIn(world, '/settings', { look })
    await page.getByRole('button', { name: /Search/ }).first().click()
    await page.getByRole('option').first().waitFor()
    expect(await axe(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
  }
})

test('light or dark is kept on this device', async () => {
  const { page } = await signIn(world, '/settings')
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await background()
  await page.getByText('Dark', { exact: true }).click()
  await expect.poll(background).not.toBe(light)
  await page.reload()
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  expect(await background()).not.toBe(light)
  expect(await page.getByRole('radio', { name: 'Dark' }).isChecked()).toBe(true)
})

test('an address that leads nowhere', async () => {
  const { page, expecting } = await open(`${world.url}/nowhere/at-all`, phone)
  expecting(/401|404/)
  await page.getByRole('heading', { name: 'Sign in to Guildhall' }).waitFor()
  const other = await signIn(world, '/nowhere/at-all', { look: phone })
  other.expecting(/404/)
  await other.page.getByText('There is nothing at this address.').waitFor()
  await other.page.getByRole('link', { name: 'Go to the inbox' }).click()
  await other.page.getByRole('heading', { name: 'Inbox' }).waitFor()
})

test('without a server the shell opens and says so, and goes on when it is back', async () => {
  const line = await openLine(world.url)
  try {
    const { page, expecting } = await signIn(world, '/inbox', { look: phone, url: line.url })
    expecting(/ERR_|Failed to|WebSocket|504/)
    await page.getByRole('heading', { name: 'Inbox' }).waitFor()
    await page.evaluate(async () => { await navigator.serviceWorker.ready })
    await expect.poll(() => page.evaluate(async () => (await caches.keys()).length)).toBe(1)
    await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
    line.cut()
    await page.goto(`${line.url}/board`)
    await page.getByText('The server does not answer').waitFor()
    expect(await axe(page)).toEqual([])
    line.leadTo(world.url)
    await page.getByRole('heading', { name: 'Board' }).waitFor({ timeout: 10_000 })
  } finally {
    await line.close()
  }
})

test('over plain http beyond localhost: it says that installing needs TLS, and everything else works', async () => {
  const { key } = await world.owner.do('task.create', { title: 'From afar', status: 'todo', gates: [{ to: 'in_progress' }] })
  await world.agents.ada!.client.do('task.claim', { id: key })
  const url = world.url.replace('127.0.0.1', 'guildhall.test')
  const { page, expecting } = await signIn(world, '/settings', { look: phone, url })
  // Headers that browsers heed over TLS only.
  expecting(/Cross-Origin-Opener-Policy|origin-keyed/)
  await page.getByText('Installing needs TLS').waitFor()
  expect(await page.evaluate(() => window.isSecureContext)).toBe(false)
  await page.getByRole('link', { name: /^Inbox/ }).tap()
  await page.getByTestId('gate').filter({ hasText: 'From afar' }).getByRole('button', { name: 'Approve' }).tap()
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).tap()
  await page.getByText('Approved: From afar').waitFor()
  await page.getByText('Nothing waits for you').waitFor()
})

test('the engine is away: the page says so, and decisions go on', async () => {
  const { key } = await alone.owner.do('task.create', { title: 'Nevertheless', status: 'todo', gates: [{ to: 'in_progress' }] })
  await alone.agents.ada!.client.do('task.claim', { id: key })
  for (const look of looks) {
    const { page } = await signIn(alone, '/inbox', { look })
    await page.getByTestId('health').getByText('The workflow engine is away.').waitFor()
    expect(await axe(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
    if (look !== looks.at(-1)) continue
    await page.keyboard.press('a')
    await page.keyboard.press('Control+Enter')
    await page.getByText('Nothing waits for you').waitFor()
  }
})

test('the reference of the api works under its own policy', async () => {
  const { page } = await open(`${world.url}/docs`, desk)
  await page.getByText('task_create', { exact: false }).first().waitFor()
})
