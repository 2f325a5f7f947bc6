/** What people and agents write into tasks: of any length, in any script, meant well or not. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { phone, sideways, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => { world = await openWorld() })
afterAll(() => world.close())

const refused = /status of 4\d\d/
const soon = { timeout: 5000 }
const panel = (page: Page) => page.getByRole('dialog').filter({ has: page.getByTestId('timeline') })
const make = async (fields: object): Promise<string> =>
  (await world.owner.do('task.create', { title: 'Write the pricing page', ...fields })).key
const comments = async (id: string): Promise<{ data: { body: string } }[]> =>
  (await world.owner.do('task.history', { id })).items.filter(({ type }: { type: string }) => type === 'task.commented')

test('Markdown with HTML and scripts is inert, in the description, in comments and in the title', async () => {
  const evil = '<script>globalThis.hit = 1</script><img src=x onerror="globalThis.hit = 2">\n\n'
    + '[click](javascript:globalThis.hit=3) ![pixel](https://evil.example/p.png) <style>body{display:none}</style>\n\n'
    + '<a href="data:text/html,x" onclick="globalThis.hit=4">data</a> <form action="/sign-out"><input name=a></form>\n'
  const id = await make({ title: '<b onmouseover="globalThis.hit=5">bold</b>', description: evil, input: { evil } })
  await world.owner.do('task.comment', { id, body: evil })
  const { page } = await signIn(world, `/tasks/${id}`)
  await page.getByTestId('description').getByText('globalThis.hit = 1').first().waitFor()
  await page.getByTestId('timeline').getByText('globalThis.hit = 1').first().waitFor()
  await page.getByRole('heading', { name: '<b onmouseover' }).hover()
  const found = await panel(page).evaluate((root) => ({
    elements: root.querySelectorAll('script, style, form[action], .prose img, .prose [onclick], .prose [onerror]').length,
    places: [...root.querySelectorAll<HTMLAnchorElement>('.prose a[href]')].map(({ protocol }) => protocol),
    hit: (globalThis as { hit?: number }).hit ?? null,
  }))
  expect(found.hit).toBeNull()
  expect(found.elements).toBe(0)
  expect(found.places.filter((protocol) => protocol !== 'https:')).toEqual([])
})

test('64 KiB of text: folded, opened, read back whole; one byte more is refused at its field and stays', async () => {
  const line = 'Zeile mit Ünïcödé und 漢字 and a veryLongWordWithoutAnyPlaceToBreakIt. '
  const bytes = (text: string): number => new TextEncoder().encode(text).length
  const most = line.repeat(Math.floor(65_536 / bytes(line)))
  const whole = most + 'x'.repeat(65_536 - bytes(most))
  const id = await make({ description: whole })
  const { page, expecting } = await signIn(world, `/tasks/${id}`, { look: phone })
  expecting(refused)
  await page.getByTestId('description').getByRole('button', { name: 'Show all of it' }).tap()
  await expect.poll(async () => (await page.getByTestId('description').locator('.prose').innerText()).length)
    .toBeGreaterThan(whole.trim().length - 10)
  expect(await sideways(page)).toBe(0)
  await page.getByLabel('Comment').fill(`${whole}y`)
  await page.getByText('65,537 of 65,536 bytes').waitFor()
  await page.getByRole('button', { name: 'Comment' }).tap()
  await page.getByRole('alert').getByText('At most 64 KiB').waitFor()
  expect((await page.getByLabel('Comment').inputValue()).length).toBe(whole.length + 1)
  await page.getByLabel('Comment').fill(whole)
  await page.getByRole('button', { name: 'Comment' }).tap()
  await expect.poll(() => page.getByLabel('Comment').inputValue(), soon).toBe('')
  expect((await comments(id))[0]!.data.body).toBe(whole)
})

test('text that is made to keep a parser busy does not: it is shown as written', async () => {
  for (const [text, shown] of [['_a__'.repeat(16_000), '_a___a__'], ['!'.repeat(65_000), '!!!!'], ['> '.repeat(32_000), '>']] as const) {
    const id = await make({ description: text })
    const { page } = await signIn(world, `/tasks/${id}`)
    await page.getByTestId('description').getByRole('button', { name: 'Show all of it' }).click()
    await page.getByRole('button', { name: 'Show less' }).waitFor({ timeout: 3000 })
    await expect.poll(() => page.getByTestId('description').innerText(), soon).toContain(shown)
    expect(await sideways(page)).toBe(0)
  }
})

test('a JSON of any size opens at once, folds, and is copied whole', async () => {
  const input = {
    rows: Array.from({ length: 4000 }, (_, index) => ({ index, name: `row ${index}` })),
    long: 'x'.repeat(60_000), 'key with "quotes" <b>': [],
  }
  const id = await make({ input })
  const { page, context } = await signIn(world, `/tasks/${id}`)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const json = page.getByRole('region', { name: 'Input' })
  await json.getByText('key with "quotes" <b>').waitFor()
  await json.getByRole('button', { name: 'rows: [4,000 items]' }).click()
  await json.getByRole('button', { name: '99: {2 fields}' }).click()
  await json.getByText('name: "row 99"').waitFor()
  expect(await json.getByText('100: {').count()).toBe(0)
  await json.getByRole('button', { name: 'Show 100 more' }).click()
  await json.getByRole('button', { name: '199: {2 fields}' }).waitFor()
  expect(await sideways(page)).toBe(0)
  await json.getByRole('button', { name: 'Copy input as JSON' }).click()
  await page.getByTestId('toasts').getByText('Copied.').waitFor()
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toEqual(input)
  await json.getByRole('button', { name: 'Input', exact: true }).click()
  await json.getByText('key with').waitFor({ state: 'hidden' })
  await page.getByRole('button', { name: 'Copy link' }).click()
  await page.getByTestId('toasts').getByText('The link was copied.').waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${world.url}/tasks/${id}`)
  await panel(page).getByRole('button', { name: 'Close' }).click()
  await expect.poll(() => new URL(page.url()).pathname, soon).toBe('/board')
})
