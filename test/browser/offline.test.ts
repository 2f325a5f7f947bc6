/** Without a network the shell opens from this device and says so; with one it goes on by itself. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { axe, linkFor, looks, phone, sideways, useBrowser } from '../harness/browser.ts'
import type { Line } from '../harness/line.ts'
import { openLine } from '../harness/line.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let line: Line
beforeAll(async () => { world = await openWorld() })
beforeEach(async () => { line = await openLine(world.url) })
afterEach(() => line.close())
afterAll(() => world.close())
// After the hooks above: pages are closed before their servers.
const { open, signIn } = useBrowser()

const away = /ERR_|Failed to|WebSocket|504/
const noServer = (page: Page) => page.getByText('The server does not answer', { exact: true })
const views = ['/inbox', '/board', '/agents', '/ledger', '/activity', '/settings'] as const

/** The worker has everything and answers for this page. */
async function installed(page: Page): Promise<void> {
  await page.evaluate(async () => { await navigator.serviceWorker.ready })
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
  await expect.poll(() => page.evaluate(async () => {
    const [name] = await caches.keys()
    return name ? (await (await caches.open(name)).keys()).length : 0
  })).toBeGreaterThan(10)
}

test('every view opens without a network and says so; with one it goes on where it was meant to', async () => {
  const { page, context, expecting } = await signIn(world, '/inbox', { look: phone, url: line.url })
  expecting(away)
  await installed(page)
  await context.setOffline(true)
  line.cut()
  for (const path of views) {
    await page.goto(line.url + path)
    await noServer(page).waitFor()
    expect(await sideways(page)).toBe(0)
  }
  expect(await axe(page)).toEqual([])
  await page.goto(`${line.url}/activity?actor=owner`)
  await noServer(page).waitFor()
  line.leadTo(world.url)
  await context.setOffline(false)
  await page.getByTestId('event').first().waitFor({ timeout: 10_000 })
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/activity?actor=owner')
})

test.each(looks)('a page that is open keeps what it shows, says it is offline, and goes on: $width $theme', async (look) => {
  const { page, context, expecting } = await signIn(world, '/activity', { look, url: line.url })
  expecting(away)
  await page.getByTestId('event').first().waitFor()
  await installed(page)
  const health = page.getByTestId('health').first()
  await context.setOffline(true)
  line.cut()
  await health.getByText('You are offline').waitFor()
  expect(await page.getByTestId('event').count()).toBeGreaterThan(5)
  expect(await axe(page)).toEqual([])
  // Another view that was not opened before comes from this device, too.
  await page.getByRole('link', { name: /^Agents/ }).first().click()
  await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor()
  line.leadTo(world.url)
  await context.setOffline(false)
  await expect.poll(() => health.textContent(), { timeout: 10_000 }).not.toMatch(/offline|does not answer|Reconnecting/)
  await page.getByText('ada').first().waitFor()
})

test('over plain http beyond this machine there is no worker: the page says so and works all the same', async () => {
  // Browsers trust 127.0.0.1 and localhost; this address of the same machine they do not.
  const url = line.url.replace('127.0.0.1', '0.0.0.0')
  const { page, expecting } = await open('about:blank', phone)
  // Headers that mean nothing without TLS: browsers say that they ignore them.
  expecting(/Cross-Origin-Opener-Policy|origin-keyed/)
  await page.goto(url + await linkFor(world))
  await page.getByRole('heading', { name: 'Inbox' }).waitFor()
  expect(await page.evaluate(() => [isSecureContext, 'serviceWorker' in navigator])).toEqual([false, false])
  await page.goto(`${url}/settings`)
  await page.getByText('Installing needs TLS').waitFor()
  await page.goto(`${url}/activity`)
  await page.getByTestId('event').first().waitFor()
  const { key } = await world.owner.do('task.create', { title: 'Live without TLS', status: 'todo' })
  await page.getByTestId('event').filter({ hasText: `owner created ${key}` }).waitFor()
  // A command: keys of intents must not need a secure context.
  await page.goto(`${url}/board`)
  await page.getByRole('button', { name: 'New task' }).click()
  await page.getByLabel('Title').fill('Made without TLS')
  await page.getByRole('button', { name: 'Create task' }).click()
  await expect.poll(async () => (await world.owner.do('task.list', { search: 'Made without TLS' })).items.length).toBe(1)
})
