/** The panel of a task: what it says, what can be done with it, and that nothing typed is lost. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPerson, axe, desk, linkFor, looks, phone, sideways, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => {
  world = await openWorld({ worker: true, settings: { priority_trust: { urgent: 0, high: 0 } } })
  await addPerson(world, 'vera', 'viewer')
})
afterAll(() => world.close())

/** The browser notes each refusal and each broken connection in its console. */
const refused = /status of 4\d\d/
const cut = /net::ERR/
const soon = { timeout: 5000 }

const panel = (page: Page) => page.getByRole('dialog').filter({ has: page.getByTestId('timeline') })
const status = (page: Page) => page.getByTestId('status')
const make = async (fields: object = {}): Promise<string> =>
  (await world.owner.do('task.create', { title: 'Write the pricing page', status: 'todo', ...fields })).key
const ada = () => world.agents.ada!.client
const taskNow = (id: string) => world.owner.do('task.get', { id })
const comments = async (id: string): Promise<{ data: { body: string } }[]> =>
  (await world.owner.do('task.history', { id, limit: 200 })).items.filter(({ type }: { type: string }) => type === 'task.commented')

/** An agent has finished, and asks for a yes. */
async function gated(fields: object = {}): Promise<string> {
  const id = await make({ gates: [{ to: 'done', policy: {} }], ...fields })
  await ada().do('task.claim', { id })
  await ada().do('task.complete', { id, reason: 'All cases pass.', output: { pages: 3, links: ['a', 'b'] } })
  return id
}

test('says everything about a task: fields, Markdown, input and output, money, what happened', async () => {
  const parent = await make({ title: 'The whole site' })
  const id = await make({
    description: '# Why\n\nBecause **it sells**.', priority: 'high', tags: ['web'], estimate: 2.5, reward: '12.5',
    min_trust: 10, due_at: '2031-05-04T10:00:00Z', input: { audience: { age: 30 } }, parent,
    required_capabilities: [{ tag: 'typescript', proficiency: 'basic' }],
  })
  await ada().do('task.claim', { id })
  await ada().do('task.complete', { id, output: { pages: 3 } })
  await world.owner.do('task.get', { id, wait: 10, settled: true })
  await ada().do('credits.spend', { amount: '2', task: id, reason: 'Search API' })
  const { page } = await signIn(world, `/tasks/${id}`)
  await page.getByRole('heading', { name: 'Write the pricing page' }).waitFor()
  const text = await panel(page).innerText()
  for (const part of ['Done', 'Completed', 'High', 'ada', 'web', 'typescript · basic', '2.5', '12.5', '10', 'The whole site']) {
    expect(text, part).toContain(part)
  }
  await page.getByTestId('description').getByRole('heading', { name: 'Why' }).waitFor()
  await page.getByText('age: 30').waitFor()
  await page.getByText('pages: 3').waitFor()
  await page.getByTestId('money').getByText('Search API').waitFor()
  await page.getByTestId('money').getByText('treasury → ada').waitFor()
  const told = await page.getByTestId('timeline').getByRole('listitem').allInnerTexts()
  expect(told.map((one) => one.split(/\s+/).slice(0, 2).join(' '))).toEqual(
    ['ada spent', 'system paid', 'ada moved', 'ada moved', 'ada took', 'owner created'])
  expect(await page.getByLabel('Workflow in Temporal').getAttribute('href')).toContain('/workflows/task')
})

test('nothing moves while it opens', async () => {
  const parent = await gated({ description: '# Title\n\n- a\n- b\n\n| a | b |\n| - | - |\n| 1 | 2 |', input: { a: 1 } })
  await make({ title: 'A child', parent })
  for (const look of [phone, desk]) {
    const { page, context } = await signIn(world, '/settings', { look })
    await context.addInitScript(() => {
      const moved: number[] = []
      Object.assign(globalThis, { moved })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) moved.push((entry as PerformanceEntry & { value: number }).value)
      }).observe({ type: 'layout-shift', buffered: true })
    })
    await page.goto(`${world.url}/tasks/${parent}`)
    await page.getByTestId('timeline').getByText('created this task').waitFor()
    await page.waitForTimeout(300)
    const moved = await page.evaluate(() => (globalThis as unknown as { moved: number[] }).moved)
    expect(moved.reduce((sum, one) => sum + one, 0)).toBeLessThan(0.01)
  }
})

test('a gated task: the waiting sentence, who asks and why, and approving it there', async () => {
  const id = await gated()
  const { page } = await signIn(world, `/tasks/${id}`, { look: phone })
  await page.getByTestId('waiting-for').getByText(`${id} waits for any operator to approve its move to done`).waitFor()
  const gate = page.getByTestId('gate')
  await gate.getByText('All cases pass.').waitFor()
  await gate.getByLabel('Comment').fill('Well done.')
  await gate.getByRole('button', { name: 'Approve' }).tap()
  await gate.waitFor({ state: 'detached' })
  await expect.poll(() => status(page).innerText(), soon).toBe('Done')
  await page.getByTestId('timeline').getByText('Well done.').waitFor()
  expect(await taskNow(id)).toMatchObject({ status: 'done', outcome: 'completed' })
})

test('denying sends it back, with the comment as feedback; whoever asked may not decide', async () => {
  const id = await gated()
  const { page } = await signIn(world, `/tasks/${id}`)
  await page.getByTestId('gate').getByLabel('Comment').fill('The prices are missing.')
  await page.getByTestId('gate').getByRole('button', { name: 'Deny' }).click()
  await page.getByRole('region', { name: 'Feedback' }).getByText('The prices are missing.').waitFor()
  await expect.poll(() => status(page).innerText(), soon).toBe('In progress')
  const own = await make({ gates: [{ to: 'in_progress', policy: {} }] })
  await world.owner.do('task.claim', { id: own })
  await page.goto(`${world.url}/tasks/${own}`)
  await page.getByTestId('gate').getByText('neither they nor anyone they manage votes').waitFor()
  expect(await page.getByTestId('gate').getByRole('button', { name: 'Approve' }).count()).toBe(0)
  await page.getByTestId('gate').getByRole('button', { name: 'Withdraw' }).click()
  await page.getByTestId('gate').waitFor({ state: 'detached' })
})

test('the button beside the waiting sentence moves it on, shown at once', async () => {
  const id = await make({ status: 'backlog' })
  const { page } = await signIn(world, `/tasks/${id}`)
  await page.getByTestId('waiting-for').getByText('waits in the backlog').waitFor()
  await page.route('**/transition', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await route.continue()
  })
  await page.getByRole('button', { name: 'Ready to be taken' }).click()
  await expect.poll(() => status(page).innerText(), { timeout: 900 }).toBe('To do')
  expect((await taskNow(id)).status).toBe('backlog')
  await page.getByTestId('waiting-for').getByText('waits for an eligible agent').waitFor()
  await page.getByRole('button', { name: 'Take it yourself' }).click()
  await page.getByTestId('waiting-for').getByText('waits for owner to finish it').waitFor()
  await page.getByRole('button', { name: 'Complete' }).click()
  await page.getByLabel('Result as JSON').fill('{oops')
  await page.getByRole('dialog', { name: `Complete: ${id}` }).getByRole('button', { name: 'Complete' }).click()
  await page.getByRole('alert').getByText('JSON').waitFor()
  await page.getByLabel('Result as JSON').fill('{"lines": 42}')
  await page.getByLabel('Outcome').selectOption('completed_with_issues')
  await page.getByRole('dialog', { name: `Complete: ${id}` }).getByRole('button', { name: 'Complete' }).click()
  await expect.poll(() => taskNow(id), soon).toMatchObject({ status: 'done', outcome: 'completed_with_issues', output: { lines: 42 } })
  await page.getByText('lines: 42').waitFor()
})

test('a move that is refused is taken back, with the reason of the server; impossible ones say why', async () => {
  const id = await make()
  const { page, expecting } = await signIn(world, `/tasks/${id}`)
  expecting(refused)
  await page.getByRole('button', { name: 'Move to …' }).click()
  const done = page.getByRole('menuitem', { name: 'Done' })
  expect(await done.innerText()).toContain('Not possible from To do.')
  expect(await page.getByRole('menuitem', { name: 'In progress' }).innerText()).toContain('has no assignee')
  expect(await page.getByRole('menuitem', { name: 'In progress' }).getAttribute('aria-disabled')).toBe('true')
  expect(await page.getByRole('menuitem', { name: 'Blocked' }).getAttribute('aria-disabled')).toBeNull()
  await done.click({ force: true })
  expect(await taskNow(id)).toMatchObject({ status: 'todo', version: 1 })
  let wasShown = ''
  await page.route('**/transition', async (route) => {
    wasShown = await status(page).innerText()
    await world.owner.do('task.cancel', { id })
    await route.continue()
  })
  await page.getByRole('menuitem', { name: 'Blocked' }).click()
  await page.getByLabel('Reason').fill('No budget until May')
  await page.getByRole('button', { name: 'Block', exact: true }).click()
  await page.getByText(`${id} stays as it was: cancelled → blocked is not a legal move`).waitFor()
  expect(wasShown).toBe('Blocked')
  await expect.poll(() => status(page).innerText(), soon).toBe('Cancelled')
})

test('what an agent does shows within half a second, and a lease counts down by the clock of the server', async () => {
  const id = await make()
  const { page, context } = await signIn(world, '/board')
  // This device is an hour late.
  await context.addInitScript(() => {
    const real = Date.now
    Date.now = () => real() - 3_600_000
  })
  await page.goto(`${world.url}/tasks/${id}`)
  await page.getByTestId('waiting-for').waitFor()
  await ada().do('task.claim', { id })
  await page.getByTestId('lease').waitFor()
  expect(await page.getByTestId('lease').innerText()).toMatch(/^1[45]:\d\d left$/)
  await expect.poll(() => page.getByTestId('timeline').getByRole('listitem').first().innerText(), soon)
    .toMatch(/took this task\s+Open this event:\s+(now|[1-9] seconds? ago)/)
  const took: number[] = []
  for (const word of ['began', 'went on', 'came far', 'am tired', 'go home']) {
    await ada().do('task.comment', { id, body: `I **${word}**.` })
    const said = performance.now()
    await page.getByTestId('timeline').locator('strong', { hasText: word }).waitFor()
    took.push(performance.now() - said)
  }
  expect(took.toSorted((one, other) => one - other)[2]).toBeLessThan(500)
})

test('a comment: sent once although its answer was lost', async () => {
  const id = await make()
  const { page, expecting } = await signIn(world, `/tasks/${id}`)
  expecting(cut)
  const keys: string[] = []
  await page.route('**/comment', async (route) => {
    keys.push(route.request().headers()['idempotency-key']!)
    if (keys.length > 6) return route.continue()
    // The server has it; the answer never comes.
    await route.fetch()
    await route.abort('connectionreset')
  })
  await page.getByLabel('Comment').fill('See the notes of *Monday*.')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('alert').getByText('It is not known whether it arrived').waitFor()
  expect(await page.getByLabel('Comment').inputValue()).toBe('See the notes of *Monday*.')
  await page.getByRole('button', { name: 'Comment' }).click()
  await expect.poll(() => page.getByLabel('Comment').inputValue(), soon).toBe('')
  expect(keys.length).toBeGreaterThan(6)
  expect(new Set(keys).size).toBe(1)
  expect(await comments(id)).toHaveLength(1)
  await page.getByTestId('timeline').locator('em', { hasText: 'Monday' }).waitFor()
  // The same words again are another intent.
  await page.getByLabel('Comment').fill('See the notes of *Monday*.')
  await page.keyboard.press('Control+Enter')
  await expect.poll(() => comments(id), soon).toHaveLength(2)
})

test('a comment outlives the end of the session, another task, and a reload', async () => {
  const id = await make()
  const other = await make({ title: 'Another one' })
  const { page, context, expecting } = await signIn(world, `/tasks/${id}`, { look: phone })
  expecting(refused)
  await page.getByLabel('Comment').fill('Half a thou')
  await page.goto(`${world.url}/tasks/${other}`)
  await page.getByRole('heading', { name: 'Another one' }).waitFor()
  expect(await page.getByLabel('Comment').inputValue()).toBe('')
  await page.goto(`${world.url}/tasks/${id}`)
  await expect.poll(() => page.getByLabel('Comment').inputValue(), soon).toBe('Half a thou')
  await page.getByLabel('Comment').fill('Half a thought.')
  await context.clearCookies()
  await page.getByRole('button', { name: 'Comment' }).tap()
  const ended = page.getByRole('dialog', { name: 'Your session ended' })
  await ended.waitFor()
  await ended.getByLabel('Have a link?').fill(world.url + await linkFor(world))
  await ended.getByRole('button', { name: 'Sign in' }).tap()
  await ended.waitFor({ state: 'detached' })
  expect(await page.getByLabel('Comment').inputValue()).toBe('Half a thought.')
  await page.getByRole('button', { name: 'Comment' }).tap()
  await expect.poll(() => comments(id), soon).toMatchObject([{ data: { body: 'Half a thought.' } }])
})

test('an address of no task says so, and leads on', async () => {
  const { page, expecting } = await signIn(world, '/tasks/TASK-999999')
  expecting(refused)
  await page.getByRole('alert').getByText('There is no task TASK-999999 here').waitFor()
  for (const bad of ['%3Cscript%3E', 'x'.repeat(300), 'etc%2Fpasswd', '%F0%9F%92%A5']) {
    await page.goto(`${world.url}/tasks/${bad}`)
    await page.getByRole('alert').getByText('There is no task').waitFor()
    expect(await sideways(page)).toBe(0)
  }
  await page.getByRole('link', { name: 'Go to the board' }).click()
  await expect.poll(() => new URL(page.url()).pathname).toBe('/board')
})

test('while consequences are under way it says which, and only then', async () => {
  await world.stopWorker()
  const id = await make()
  await ada().do('task.claim', { id })
  await ada().do('task.complete', { id })
  const { page } = await signIn(world, `/tasks/${id}`)
  const settling = page.getByTestId('settling')
  await settling.getByText('Still under way').waitFor()
  await settling.getByText('The workflow engine did not answer').waitFor()
  await settling.getByText('Nothing is lost').waitFor()
  world.startWorker()
  world.startRelay()
  await settling.waitFor({ state: 'detached', timeout: 20_000 })
  expect((await taskNow(id)).settled_at).not.toBeNull()
  await page.getByTestId('money').getByText('treasury → ada').waitFor()
})

test('a consequence that failed is shown with its error and when it is tried again', async () => {
  const doomed = await world.register('doomed', { level: 3 })
  await world.sql("delete from accounts where owner_id = (select id from actors where handle = 'doomed')")
  const id = await make()
  await doomed.client.do('task.claim', { id })
  await doomed.client.do('task.complete', { id })
  const { page } = await signIn(world, `/tasks/${id}`, { look: phone })
  const settling = page.getByTestId('settling')
  await settling.getByText(/Version 4 is written; what follows is done up to version \d/).waitFor()
  await settling.getByText(/unknown account/).waitFor({ timeout: 20_000 })
  await settling.getByText(/Tried again/).waitFor()
  expect(await axe(page)).toEqual([])
  expect(await sideways(page)).toBe(0)
})

test('older events come when asked for; new ones arrive above them, none twice and none missing', async () => {
  const id = await make()
  for (let count = 1; count <= 70; count++) await world.owner.do('task.comment', { id, body: `Remark ${count}` })
  const { page } = await signIn(world, `/tasks/${id}`)
  const events = page.getByTestId('timeline').getByRole('listitem')
  await expect.poll(() => events.count(), soon).toBe(30)
  await page.getByRole('button', { name: 'Show older events' }).click()
  await expect.poll(() => events.count(), soon).toBe(60)
  for (let count = 71; count <= 80; count++) await world.owner.do('task.comment', { id, body: `Remark ${count}` })
  await page.getByText('Remark 80').waitFor()
  await page.getByRole('button', { name: 'Show older events' }).click()
  await expect.poll(() => events.count(), soon).toBe(81)
  const told = await events.allInnerTexts()
  const numbers = told.flatMap((text) => /Remark (\d+)/.exec(text)?.[1] ?? []).map(Number)
  expect(numbers).toEqual(Array.from({ length: 80 }, (_, index) => 80 - index))
})

test('a viewer sees everything and is offered nothing', async () => {
  const id = await gated()
  const { page } = await signIn(world, `/tasks/${id}`, { as: 'vera' })
  await page.getByTestId('gate').getByText('All cases pass.').waitFor()
  await page.getByText('that takes an operator').waitFor()
  for (const name of ['Approve', 'Deny', 'Withdraw', 'Edit', 'Comment', 'Move to …', 'New task']) {
    expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0)
  }
})

test('in every look: nothing for axe to find, nothing scrolls sideways', async () => {
  const parent = await gated({
    description: '# Title\n\n```\nconst aVeryLongLineOfCode = "that does not break by itself anywhere at all, not even here"\n```\n\n'
      + '| a | b |\n| - | - |\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\n[link](https://example.com)',
    tags: ['a-rather-long-tag-for-a-task', 'x'], input: { deep: { list: [1, 'two', null, true] }, empty: {} },
    due_at: '2020-01-01T00:00:00Z', required_capabilities: ['typescript'],
  })
  await make({ title: 'A child', parent })
  await world.owner.do('task.comment', { id: parent, body: 'Fine so far.' })
  for (const look of looks) {
    const { page } = await signIn(world, `/tasks/${parent}`, { look })
    await page.getByTestId('gate').getByRole('button', { name: 'Approve' }).waitFor()
    await panel(page).getByText('A child').waitFor()
    await page.getByTestId('timeline').getByText('Fine so far.').waitFor()
    expect(await axe(page), JSON.stringify(look)).toEqual([])
    expect(await sideways(page)).toBe(0)
    await page.getByRole('button', { name: 'Move to …' }).click()
    await page.getByRole('menuitem', { name: 'Cancelled' }).click()
    await page.getByRole('dialog', { name: /^Cancel the task/ }).waitFor()
    expect(await axe(page), JSON.stringify(look)).toEqual([])
  }
}, 90_000)
