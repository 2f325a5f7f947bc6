/** Workstreams on the page: made and changed in the settings, chosen for tasks and budgets, a filter of the board. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPerson, axe, looks, phone, sideways, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => {
  world = await openWorld()
  await addPerson(world, 'vic', 'viewer')
  await addPerson(world, 'olga', 'operator')
})
afterAll(() => world.close())

let count = 0
const begin = async (more: object = {}): Promise<string> => {
  const { name } = await world.owner.do('workstream.create', { name: `stream-${++count}` })
  if (Object.keys(more).length) await world.owner.do('workstream.update', { id: name, ...more })
  return name
}
const row = (page: Page, name: string) => page.getByTestId('workstream').filter({ has: page.getByRole('link', { name, exact: true }) })
const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name })
const soon = <Value>(ask: () => Promise<Value>) => expect.poll(ask, { timeout: 8000 })

test('an operator makes one and changes it; a viewer reads', async () => {
  const taken = await begin()
  const { page, expecting } = await signIn(world, '/settings', { as: 'olga' })
  expecting(/status of 4\d\d/)
  await page.getByRole('button', { name: 'New workstream' }).click()
  const make = dialog(page, 'New workstream')
  await make.getByLabel('Name').fill('Two words')
  await make.getByRole('button', { name: 'New workstream' }).click()
  await make.getByText('Lower-case letters, digits and -, at most 64').waitFor()
  await make.getByLabel('Name').fill(taken)
  await make.getByRole('button', { name: 'New workstream' }).click()
  await make.getByText(`There is a workstream ${taken} already`).waitFor()
  await make.getByLabel('Name').fill('handbook')
  await make.getByLabel('Description').fill('Everything that explains.')
  await make.getByLabel('Priority').selectOption('high')
  await page.keyboard.press('Control+Enter')
  await row(page, 'handbook').getByText('Everything that explains.').waitFor()
  await row(page, 'handbook').getByRole('button', { name: 'Change handbook' }).click()
  const change = dialog(page, 'Change handbook')
  await change.getByLabel('Status').selectOption('paused')
  await change.getByRole('button', { name: 'Save' }).click()
  await row(page, 'handbook').getByText('Paused', { exact: true }).waitFor()
  expect(await world.owner.do('workstream.get', { id: 'handbook' }))
    .toMatchObject({ status: 'paused', priority: 'high', created_by: 'olga', version: 2 })
  const viewer = await signIn(world, '/settings', { as: 'vic' })
  await row(viewer.page, 'handbook').waitFor()
  expect(await viewer.page.getByRole('button', { name: /workstream|Change/ }).count()).toBe(0)
})

test('what somebody else changed meanwhile is not written over', async () => {
  const name = await begin()
  const { page, expecting } = await signIn(world, '/settings')
  expecting(/status of 412/)
  await row(page, name).getByRole('button', { name: `Change ${name}` }).click()
  const change = dialog(page, `Change ${name}`)
  await change.getByLabel('Status').selectOption('archived')
  await world.owner.do('workstream.update', { id: name, priority: 'urgent' })
  await change.getByRole('button', { name: 'Save' }).click()
  await change.getByText(`${name} is at version 2`).waitFor()
  expect(await world.owner.do('workstream.get', { id: name })).toMatchObject({ status: 'active', version: 2 })
})

test('its tasks are counted as they move', async () => {
  const name = await begin()
  const { page } = await signIn(world, '/settings')
  await row(page, name).getByText('No tasks').waitFor()
  const { key } = await world.owner.do('task.create', { title: 'x', workstream: name })
  await world.owner.do('task.create', { title: 'y', workstream: name })
  await row(page, name).getByText('0 of 2 tasks over').waitFor()
  await world.owner.do('task.cancel', { id: key })
  await row(page, name).getByText('1 of 2 tasks over').waitFor()
})

test('a task is put into one, shows it, and leads to the board of it', async () => {
  const [name, ...others] = [await begin(), await begin({ status: 'completed' }), await begin({ status: 'paused' })]
  const beside = await world.owner.do('task.create', { title: 'Somewhere else' })
  const { page } = await signIn(world, '/board')
  await page.getByRole('button', { name: 'New task' }).click()
  const make = dialog(page, 'New task')
  await make.getByLabel('Title').fill('Explain it')
  await soon(() => make.getByLabel('Workstream').locator('option').allTextContents()).toContain(name)
  const offered = await make.getByLabel('Workstream').locator('option').allTextContents()
  expect(offered.filter((text) => others.includes(text))).toEqual([])
  await make.getByLabel('Workstream').selectOption(name)
  await make.getByRole('button', { name: 'Create task' }).click()
  await page.getByRole('heading', { name: 'Explain it', level: 3 }).waitFor()
  const [task] = (await world.owner.do('task.list', { workstream: name })).items
  expect(task).toMatchObject({ title: 'Explain it', workstream: name })
  await page.getByRole('link', { name, exact: true }).click()
  await soon(async () => new URL(page.url()).search).toBe(`?workstream=${name}`)
  await page.getByText('Explain it').first().waitFor()
  await soon(() => page.getByText('Somewhere else').count()).toBe(0)
  // It leaves the board of it as somebody takes it out.
  await world.owner.do('task.update', { id: task.key, workstream: null })
  await soon(() => page.getByText('Explain it').count()).toBe(0)
  await world.owner.do('task.update', { id: beside.key, workstream: name })
  await page.getByText('Somewhere else').first().waitFor()
})

test('a subtask stays with its parent unless it is put elsewhere; editing takes it out', async () => {
  const name = await begin()
  const parent = await world.owner.do('task.create', { title: 'Above', workstream: name })
  const child = await world.owner.do('task.create', { title: 'Below', parent: parent.key })
  const { page } = await signIn(world, `/tasks/${child.key}`)
  await page.getByRole('link', { name, exact: true }).waitFor()
  await page.getByRole('button', { name: /^Edit/ }).first().click()
  const edit = dialog(page, /^Edit /)
  await soon(() => edit.getByLabel('Workstream').inputValue()).toBe(name)
  await edit.getByLabel('Workstream').selectOption('')
  await edit.getByRole('button', { name: /^Save/ }).click()
  await soon(async () => (await world.owner.do('task.get', { id: child.key })).workstream).toBe(null)
})

test('a phone filters the board by it', async () => {
  const name = await begin()
  await world.owner.do('task.create', { title: 'Within', workstream: name, status: 'todo' })
  const { page } = await signIn(world, '/board?column=todo', { look: phone })
  await page.getByRole('button', { name: /^Filters/ }).click()
  await page.getByLabel('Workstream').selectOption(name)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByText('Within').first().waitFor()
  expect(new URL(page.url()).searchParams.get('workstream')).toBe(name)
  await page.getByRole('button', { name: 'Filters, 1 set' }).waitFor()
})

test('a budget of one: made, counted, and its link leads to its tasks', async () => {
  const name = await begin()
  const { key } = await world.owner.do('task.create', { title: 'Costs', workstream: name })
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '100', reason: 'To begin with' })
  const { page } = await signIn(world, '/ledger?show=budgets')
  await page.getByRole('button', { name: 'New budget' }).click()
  const make = dialog(page, 'New budget')
  await make.getByLabel('For').selectOption('workstream')
  await make.getByLabel('Limit', { exact: true }).fill('10')
  await make.getByRole('button', { name: 'Make budget' }).click()
  await make.getByText('Choose whose budget this is.').waitFor()
  await make.getByLabel('Workstream', { exact: true }).fill(name)
  await make.getByRole('option', { name }).click()
  await make.getByRole('button', { name: 'Make budget' }).click()
  const budget = page.getByTestId('budget').filter({ hasText: name })
  await budget.getByText('0 of 10 credits used, 10 left').waitFor()
  await world.agents.ada!.client.do('credits.spend', { amount: '6', task: key, reason: 'A search' })
  await budget.getByText('6 of 10 credits used, 4 left').waitFor()
  expect(await budget.getByRole('link', { name }).getAttribute('href')).toBe(`/board?workstream=${name}`)
})

test.each(looks)('everyone can use them at $width px, $theme', async (look) => {
  const name = await begin({ priority: 'urgent', description: 'A word that is very long, and then some more of it. '.repeat(3) })
  await begin({ status: 'archived', name: `${'long-name-'.repeat(6)}x${++count}` })
  const { key } = await world.owner.do('task.create', { title: 'Seen', workstream: name })
  const { page } = await signIn(world, '/settings', { look })
  const seen = async (what: string): Promise<void> =>
    expect([await axe(page), await sideways(page)], what).toEqual([[], 0])
  await row(page, name).scrollIntoViewIfNeeded()
  await seen('settings')
  await row(page, name).getByRole('button', { name: `Change ${name}` }).click()
  await dialog(page, `Change ${name}`).waitFor()
  await seen('change')
  await page.goto(`${world.url}/tasks/${key}`)
  await page.getByRole('link', { name, exact: true }).waitFor()
  await seen('task')
  await page.goto(`${world.url}/board?workstream=${name}&column=backlog`)
  await page.getByText('Seen').first().waitFor()
  await seen('board')
})
