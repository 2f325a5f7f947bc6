/** Making and editing tasks: every field, what is wrong at its field, and nothing typed is lost. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe, linkFor, looks, phone, sideways, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => { world = await openWorld() })
afterAll(() => world.close())

const refused = /status of 4\d\d/
const cut = /net::ERR/
const soon = { timeout: 5000 }

const dialog = (page: Page) => page.getByRole('dialog', { name: /^(New task|New subtask|Edit )/ })
const field = (page: Page, label: string) => dialog(page).getByLabel(label, { exact: true })
const create = (page: Page) => dialog(page).getByRole('button', { name: 'Create task' }).click()
const save = (page: Page) => dialog(page).getByRole('button', { name: /^Save/ }).click()
const titled = async (title: string) =>
  (await world.owner.do('task.list', { search: title, limit: 10 })).items.filter((task: { title: string }) => task.title === title)
const errorOf = (page: Page, label: string): Promise<string | null> => field(page, label).evaluate((input) => {
  const ids = input.getAttribute('aria-describedby')?.split(' ') ?? []
  return ids.map((id) => document.getElementById(id)).find((one) => one?.getAttribute('role') === 'alert')?.textContent?.trim() ?? null
})

async function openNew(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New task' }).waitFor()
  await page.keyboard.press('c')
  await dialog(page).waitFor()
}

test('make a task with every field, by keys; its panel opens', async () => {
  const parent = (await world.owner.do('task.create', { title: 'The mother of it' })).key
  const { page } = await signIn(world, '/board')
  await openNew(page)
  expect(await field(page, 'Title').evaluate((one) => one === document.activeElement)).toBe(true)
  await page.keyboard.type('Build the importer')
  await page.keyboard.press('Tab')
  await field(page, 'Description').fill('It reads **CSV**.\n\n- once')
  await dialog(page).getByRole('button', { name: 'Preview' }).click()
  await dialog(page).getByTestId('preview').locator('strong', { hasText: 'CSV' }).waitFor()
  await field(page, 'Status').selectOption('todo')
  await field(page, 'Priority').selectOption('urgent')
  await field(page, 'Assignee').fill('ad')
  await dialog(page).getByRole('option', { name: 'ada' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await field(page, 'Due').fill('2031-05-04T10:30')
  await field(page, 'Reward').fill('12.5')
  await field(page, 'Tags').pressSequentially('web,import ')
  await page.keyboard.press('Enter')
  await dialog(page).getByText('More fields').click()
  await dialog(page).getByRole('button', { name: 'Add a capability' }).click()
  await page.keyboard.type('typescript')
  await field(page, 'At least').selectOption('expert')
  await field(page, 'Least trust').fill('40')
  await field(page, 'Estimate').fill('3.5')
  await field(page, 'Parent').fill('mother')
  await dialog(page).getByRole('option', { name: 'The mother of it' }).click()
  await field(page, 'Input').fill('{"rows": [1, 2]}')
  await dialog(page).getByRole('button', { name: 'Add a gate' }).click()
  await dialog(page).getByRole('button', { name: 'Add a gate' }).click()
  await dialog(page).getByRole('button', { name: 'Remove: Gate 2' }).click()
  await field(page, 'Who is asked').pressSequentially('human:owner,')
  await dialog(page).getByRole('button', { name: 'Remove role:operator' }).click()
  await field(page, 'Open for (hours)').fill('48')
  await field(page, 'If nobody decides').selectOption('escalate')
  await dialog(page).getByLabel('Whoever did the work has no vote').check()
  await page.keyboard.press('Control+Enter')
  await page.getByRole('heading', { name: 'Build the importer', level: 3 }).waitFor()
  const [task] = await titled('Build the importer')
  expect(new URL(page.url()).pathname).toBe(`/tasks/${task.key}`)
  const zone = await page.evaluate(() => new Date('2031-05-04T10:30').toISOString())
  expect(task).toMatchObject({
    description: 'It reads **CSV**.\n\n- once', status: 'todo', priority: 'urgent', assignee: 'ada', reward: '12.5',
    due_at: zone, tags: ['web', 'import'], required_capabilities: [{ tag: 'typescript', proficiency: 'expert' }],
    min_trust: 40, estimate: 3.5, parent, input: { rows: [1, 2] }, creator: 'owner',
  })
  const { items } = await world.owner.do('gate.policy_list', { limit: 1000 })
  expect(items.filter(({ scope }: { scope: { task: string } }) => scope.task === task.key)).toMatchObject([{
    match: { to: 'done' },
    policy: { approvers: ['human:owner'], quorum: 1, ttl_seconds: 172_800, on_expiry: 'escalate', four_eyes: true, deny: 'first' },
  }])
})

test('what is wrong stands at its field, also in what is folded; nothing typed is lost', async () => {
  const { page, expecting } = await signIn(world, '/board', { look: phone })
  expecting(refused)
  await openNew(page)
  await create(page)
  await dialog(page).getByText('A title says something').waitFor()
  expect(await errorOf(page, 'Title')).toBe('A title says something')
  expect(await field(page, 'Title').evaluate((one) => one === document.activeElement)).toBe(true)
  await field(page, 'Title').fill('Wrong in many ways')
  await field(page, 'Reward').fill('-3')
  await field(page, 'Tags').pressSequentially('fine,!bad!,')
  await dialog(page).getByText('More fields').click()
  await field(page, 'Least trust').fill('many')
  await field(page, 'Input').fill('{"a": ')
  await dialog(page).getByText('More fields').click()
  await create(page)
  await expect.poll(() => errorOf(page, 'Input'), soon).toMatch(/JSON/)
  await field(page, 'Input').fill('{"a": 1}')
  await create(page)
  await expect.poll(() => errorOf(page, 'Reward'), soon).toMatch(/Credits of 0 or more/)
  expect(await errorOf(page, 'Tags')).toMatch(/Letters, digits/)
  expect(await errorOf(page, 'Least trust')).toMatch(/number/)
  expect(await errorOf(page, 'Title')).toBeNull()
  expect(await titled('Wrong in many ways')).toEqual([])
  await field(page, 'Reward').fill('3')
  await field(page, 'Least trust').fill('3')
  await dialog(page).getByRole('button', { name: 'Remove !bad!' }).tap()
  await create(page)
  await page.getByRole('heading', { name: 'Wrong in many ways', level: 3 }).waitFor()
  expect(await titled('Wrong in many ways')).toMatchObject([{ reward: '3', tags: ['fine'], min_trust: 3, input: { a: 1 } }])
})

test('a server that is away, a closed dialog, a reload, an ended session: it is made once, from what was typed', async () => {
  const { page, context, expecting } = await signIn(world, '/board')
  expecting(refused)
  expecting(cut)
  await openNew(page)
  await field(page, 'Title').fill('Typed in the train')
  await field(page, 'Description').fill('Through **tunnels**')
  const keys = new Set<string>()
  await page.route('**/api/v1/tasks', async (route) => {
    keys.add(route.request().headers()['idempotency-key']!)
    await route.fetch()
    await route.abort('connectionreset')
  })
  await create(page)
  await dialog(page).getByRole('alert').getByText('The server does not answer').waitFor()
  await page.unroute('**/api/v1/tasks')
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/tasks')) keys.add(request.headers()['idempotency-key']!)
  })
  await page.keyboard.press('Escape')
  await dialog(page).waitFor({ state: 'detached' })
  await page.keyboard.press('c')
  expect(await field(page, 'Description').inputValue()).toBe('Through **tunnels**')
  await create(page)
  await page.getByRole('heading', { name: 'Typed in the train', level: 3 }).waitFor()
  expect(await titled('Typed in the train')).toHaveLength(1)
  expect(keys.size).toBe(1)
  await page.goto(`${world.url}/board`)
  await openNew(page)
  expect(await field(page, 'Title').inputValue()).toBe('')
  await field(page, 'Title').fill('Typed before the end')
  await page.reload()
  await openNew(page)
  await dialog(page).getByText('This is what you typed before').waitFor()
  expect(await field(page, 'Title').inputValue()).toBe('Typed before the end')
  await context.clearCookies()
  await create(page)
  const ended = page.getByRole('dialog', { name: 'Your session ended' })
  await ended.getByLabel('Have a link?').fill(world.url + await linkFor(world))
  await ended.getByRole('button', { name: 'Sign in' }).click()
  await ended.waitFor({ state: 'detached' })
  expect(await field(page, 'Title').inputValue()).toBe('Typed before the end')
  await create(page)
  await page.getByRole('heading', { name: 'Typed before the end', level: 3 }).waitFor()
  expect(await titled('Typed before the end')).toHaveLength(1)
})

test('one after the other, a subtask, and from the palette', async () => {
  const { page } = await signIn(world, '/inbox')
  await page.getByRole('heading', { name: 'Inbox' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('new task')
  await page.getByRole('option', { name: 'New task' }).click()
  await dialog(page).getByLabel('Create another').check()
  for (const title of ['First of two', 'Second of two']) {
    await field(page, 'Title').fill(title)
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => field(page, 'Title').inputValue(), soon).toBe('')
  }
  expect(await titled('First of two')).toHaveLength(1)
  const [second] = await titled('Second of two')
  await page.goto(`${world.url}/tasks/${second.key}`)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'New subtask' }).click()
  await field(page, 'Title').fill('A small part')
  await create(page)
  await page.getByRole('region', { name: 'Subtasks' }).getByText('A small part').waitFor()
  expect(await titled('A small part')).toMatchObject([{ parent: second.key }])
})

test('edit: only what changed is sent; what others changed elsewhere stays', async () => {
  const { key: id } = await world.owner.do('task.create', {
    title: 'Old title', description: 'Old words', tags: ['a'], due_at: '2031-05-04T10:00:00.123Z', reward: '2', estimate: 1, min_trust: 5,
  })
  const { page, expecting } = await signIn(world, `/tasks/${id}`)
  expecting(refused)
  await page.getByRole('heading', { name: 'Old title' }).waitFor()
  await page.keyboard.press('e')
  await field(page, 'Title').fill('New title')
  await field(page, 'Estimate').fill('')
  await world.owner.do('task.update', { id, description: 'Their words', priority: 'high' })
  await save(page)
  await page.getByRole('heading', { name: 'New title' }).waitFor()
  await dialog(page).waitFor({ state: 'detached' })
  await page.getByTestId('description').getByText('Their words').waitFor()
  expect(await world.owner.do('task.get', { id })).toMatchObject({
    title: 'New title', description: 'Their words', priority: 'high', estimate: null, due_at: '2031-05-04T10:00:00.123Z', min_trust: 5,
  })
})

test('edit: where both changed the same, theirs is shown beside one’s own, and applied again over it', async () => {
  const { key: id } = await world.owner.do('task.create', { title: 'Shared', description: 'At first', tags: ['a'] })
  const { page, expecting } = await signIn(world, `/tasks/${id}`, { look: phone })
  expecting(refused)
  await page.getByRole('button', { name: 'Edit' }).tap()
  await field(page, 'Description').fill('Mine')
  await field(page, 'Title').fill('Shared by me')
  await world.owner.do('task.update', { id, description: 'Theirs, **longer**', title: 'Shared by them', tags: ['a', 'b'] })
  await save(page)
  const conflict = dialog(page).getByTestId('conflict')
  await conflict.getByText('owner edited this task while you did').waitFor()
  await conflict.getByText('Theirs, **longer**').waitFor()
  await conflict.getByText('Shared by them').waitFor()
  expect(await axe(page)).toEqual([])
  expect(await sideways(page)).toBe(0)
  expect(await field(page, 'Description').inputValue()).toBe('Mine')
  expect((await world.owner.do('task.get', { id })).description).toBe('Theirs, **longer**')
  const [takeTitle] = await conflict.getByRole('button', { name: 'Take theirs' }).all()
  await takeTitle!.tap()
  expect(await field(page, 'Title').inputValue()).toBe('Shared by them')
  // Once more somebody is quicker, elsewhere: that is no conflict.
  await world.owner.do('task.update', { id, priority: 'low' })
  await save(page)
  await dialog(page).waitFor({ state: 'detached' })
  expect(await world.owner.do('task.get', { id })).toMatchObject({
    title: 'Shared by them', description: 'Mine', tags: ['a', 'b'], priority: 'low', version: 4,
  })
})

test('edit: what cannot be changed any more says why, and what was typed waits for another time', async () => {
  const { key: id } = await world.owner.do('task.create', { title: 'Priced', reward: '5', status: 'todo' })
  const { page, expecting } = await signIn(world, `/tasks/${id}`)
  expecting(refused)
  await page.getByRole('button', { name: 'Edit' }).click()
  await field(page, 'Reward').fill('50')
  await world.agents.ada!.client.do('task.claim', { id })
  await save(page)
  await dialog(page).getByRole('alert').getByText(`The reward of ${id} is fixed while it is in_progress`).waitFor()
  await page.keyboard.press('Escape')
  await dialog(page).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Edit' }).click()
  await dialog(page).getByText('This is what you typed before').waitFor()
  expect(await field(page, 'Reward').inputValue()).toBe('50')
  await dialog(page).getByRole('button', { name: 'Discard it' }).click()
  expect(await field(page, 'Reward').inputValue()).toBe('5')
})

test('the form in every look, with everything open and much of it wrong', async () => {
  for (const look of looks) {
    const { page, expecting } = await signIn(world, '/board?new=task', { look })
    expecting(refused)
    await dialog(page).getByText('More fields').click()
    await dialog(page).getByRole('button', { name: 'Add a capability' }).click()
    await field(page, 'Capability').fill('!')
    await dialog(page).getByRole('button', { name: 'Add a gate' }).click()
    await field(page, 'Who is asked').pressSequentially('nobody,')
    await field(page, 'Tags').pressSequentially('one,two,a-tag-that-is-longer-than-the-field-it-stands-in-by-far,')
    await create(page)
    await dialog(page).getByText('A title says something').waitFor()
    expect(await errorOf(page, 'Who is asked')).toMatch(/role:operator/)
    expect(await axe(page), JSON.stringify(look)).toEqual([])
    expect(await sideways(page)).toBe(0)
    await field(page, 'Assignee').click()
    await dialog(page).getByRole('option', { name: 'ada' }).waitFor()
    expect(await axe(page), JSON.stringify(look)).toEqual([])
  }
}, 90_000)
