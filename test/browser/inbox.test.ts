/** The inbox: seeing what waits, deciding it with one thumb or by keys, and never being told a lie. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addPerson, axe, desk, linkFor, looks, phone, sideways, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => {
  world = await openWorld({ settings: { priority_trust: { urgent: 0, high: 0 } } })
  await addPerson(world, 'vera', 'operator')
})
afterAll(() => world.close())

/** Each test has the inbox for itself. */
beforeEach(async () => {
  const { items } = await world.owner.do('gate.list', { state: 'open', limit: 1000 })
  for (const { id } of items) await world.owner.do('gate.cancel', { id })
})

type Asked = { task: string; gate: string }
type Wish = { reason?: string; who?: string; policy?: object } & Record<string, unknown>

/** An agent finishes a task, which needs a yes. */
async function ask(title: string, { reason = 'Because.', who = 'ada', policy = {}, ...fields }: Wish = {}): Promise<Asked> {
  const { key } = await world.owner.do('task.create', { title, status: 'todo', gates: [{ to: 'done', policy }], ...fields })
  const { client } = world.agents[who]!
  await client.do('task.claim', { id: key })
  const { gate } = await client.do('task.complete', { id: key, reason, output: { pages: 3 } })
  return { task: key, gate: gate.id }
}

const row = (page: Page, title: string) => page.getByTestId('gate').filter({ hasText: title })
const names = (page: Page) => page.getByTestId('gate').getByRole('link').allTextContents()
const confirm = (page: Page, name: string) => page.getByRole('dialog').getByRole('button', { name }).click()
const gateNow = (id: string) => world.owner.do('gate.get', { id })

test('approve on 390 px with a comment: the task is done, the count is told and gone', async () => {
  const { task, gate } = await ask('Write the pricing page', { reason: 'Numbers are checked.', reward: '40', priority: 'high' })
  const { page } = await signIn(world, '/', { look: phone })
  await row(page, 'Numbers are checked.').getByText(task).waitFor()
  await row(page, 'High').getByText('40 credits').waitFor({ state: 'attached' })
  await expect.poll(() => page.title()).toBe('(1) Inbox · Guildhall')
  const icon = page.locator('link[rel="icon"]')
  await expect.poll(() => icon.getAttribute('href')).toMatch(/^data:image\/png/)
  await row(page, task).getByRole('button', { name: 'Approve' }).tap()
  await page.getByLabel('Comment').fill('Well done.')
  await confirm(page, 'Approve')
  await page.getByText('Approved: Write the pricing page').waitFor()
  await page.getByText('Nothing waits for you').waitFor()
  expect(await gateNow(gate)).toMatchObject({
    state: 'approved', decision_comment: 'Well done.', votes: [{ by: 'owner', verdict: 'approve', comment: 'Well done.' }],
  })
  expect(await world.owner.do('task.get', { id: task })).toMatchObject({ status: 'done' })
  await expect.poll(() => page.title()).toBe('Inbox · Guildhall')
  expect(await icon.getAttribute('href')).toBe('/icon.svg')
})

test('by keys: j k move, a and d ask, Ctrl+Enter sends, Escape keeps what was typed', async () => {
  const first = await ask('First', { priority: 'urgent' })
  const second = await ask('Second')
  const { page } = await signIn(world, '/inbox', { look: desk })
  await row(page, 'Second').waitFor()
  expect(await names(page)).toEqual(['First', 'Second'])
  await page.getByRole('heading', { name: 'First', level: 2 }).waitFor()
  await page.keyboard.press('j')
  await page.getByRole('heading', { name: 'Second', level: 2 }).waitFor()
  expect(page.url()).toContain(second.gate)
  await page.keyboard.press('d')
  await page.getByRole('dialog', { name: 'Deny this?' }).waitFor()
  await page.keyboard.type('The tests are jkad missing.')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('d')
  expect(await page.getByLabel('Comment').inputValue()).toBe('The tests are jkad missing.')
  await page.keyboard.press('Control+Enter')
  await row(page, 'Second').waitFor({ state: 'detached' })
  expect(await world.owner.do('task.get', { id: second.task }))
    .toMatchObject({ status: 'in_progress', feedback: 'The tests are jkad missing.', rejections: 1 })
  await page.keyboard.press('k')
  await page.keyboard.press('a')
  await page.getByRole('dialog', { name: 'Approve this?' }).waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText('Nothing waits for you').waitFor()
  expect((await gateNow(first.gate)).state).toBe('approved')
})

test('what an agent asks arrives live, in its place; what is decided leaves every page', async () => {
  await ask('Old and normal')
  const here = await signIn(world, '/inbox', { look: phone })
  const there = await signIn(world, '/board', { look: desk, as: 'vera' })
  await row(here.page, 'Old and normal').waitFor()
  const { gate } = await ask('New and urgent', { priority: 'urgent' })
  const askedAt = performance.now()
  await row(here.page, 'New and urgent').waitFor()
  expect(performance.now() - askedAt).toBeLessThan(1500)
  expect(await names(here.page)).toEqual(['New and urgent', 'Old and normal'])
  await expect.poll(() => there.page.getByTestId('waiting').textContent()).toContain('2')
  await world.owner.do('gate.decide', { id: gate, verdict: 'approve' })
  await row(here.page, 'New and urgent').waitFor({ state: 'detached' })
  await expect.poll(() => there.page.getByTestId('waiting').textContent()).toContain('1')
})

test('two pages decide one gate: the second is told who was quicker, and keeps its comment', async () => {
  const { gate } = await ask('Only once')
  const [first, second] = [await signIn(world, '/inbox', { look: phone }), await signIn(world, '/inbox', { look: desk, as: 'vera' })]
  await row(second.page, 'Only once').waitFor()
  await second.page.keyboard.press('d')
  await second.page.getByLabel('Comment').fill('I do not think so.')
  await row(first.page, 'Only once').getByRole('button', { name: 'Approve' }).tap()
  await confirm(first.page, 'Approve')
  await second.page.getByRole('dialog').getByText('owner approved this meanwhile.').waitFor()
  expect(await second.page.getByLabel('Comment').inputValue()).toBe('I do not think so.')
  expect(await second.page.getByRole('dialog').getByRole('button', { name: 'Deny' }).isDisabled()).toBe(true)
  expect((await gateNow(gate)).votes).toHaveLength(1)
})

test('two presses at the same moment: one vote counts, nobody is told the wrong thing', async () => {
  const { gate } = await ask('A race')
  const people = [await signIn(world, '/inbox'), await signIn(world, '/inbox', { as: 'vera' })]
  for (const [index, { page, expecting }] of people.entries()) {
    expecting(/409 \(Conflict\)/)
    await row(page, 'A race').waitFor()
    await page.keyboard.press(index ? 'd' : 'a')
    await page.getByRole('dialog').waitFor()
  }
  await Promise.all(people.map(({ page }) => page.keyboard.press('Control+Enter')))
  const decided = await eventually(async () => {
    const now = await gateNow(gate)
    return now.state !== 'open' && now
  })
  expect(decided.votes).toHaveLength(1)
  const winner = decided.votes[0].by === 'owner' ? 0 : 1
  const word = decided.state === 'approved' ? 'Approved' : 'Denied'
  await people[winner]!.page.getByText(`${word}: A race`).waitFor()
  await people[1 - winner]!.page.getByText(`${decided.votes[0].by} ${decided.state} this meanwhile.`).waitFor()
})

test('several alike at once, with one confirmation and one comment', async () => {
  const asked = []
  for (const title of ['One', 'Two', 'Three']) asked.push(await ask(title))
  const { task: started } = await world.owner.do('task.create', {
    title: 'Something else', status: 'todo', gates: [{ to: 'in_progress', policy: {} }],
  }).then(({ key }) => ({ task: key }))
  await world.agents.bob!.client.do('task.claim', { id: started })
  const { page } = await signIn(world, '/inbox', { look: phone })
  await page.getByRole('button', { name: 'Select', exact: true }).tap()
  await row(page, 'One').getByRole('checkbox').tap()
  await page.getByRole('button', { name: 'Select all 3 alike' }).tap()
  await page.getByRole('toolbar', { name: '3 selected' }).getByRole('button', { name: 'Approve' }).tap()
  await page.getByRole('dialog', { name: 'Approve these 3?' }).waitFor()
  await page.getByLabel('Comment').fill('All of them.')
  await confirm(page, 'Approve 3')
  await page.getByText('Approved 3').waitFor()
  expect(await names(page)).toEqual(['Something else'])
  for (const { gate } of asked) {
    expect(await gateNow(gate)).toMatchObject({ state: 'approved', decision_comment: 'All of them.' })
  }
})

test('the session ends mid-comment: the text stays, and is sent after signing in again', async () => {
  const { gate } = await ask('While I was typing')
  const { page, expecting } = await signIn(world, '/inbox', { look: phone })
  expecting(/401 \(Unauthorized\)|WebSocket/)
  await row(page, 'While I was typing').getByRole('button', { name: 'Deny' }).tap()
  await page.getByLabel('Comment').fill('A long and careful answer.')
  await world.sql('update sessions set revoked_at = now() where revoked_at is null')
  const ended = page.getByRole('dialog', { name: 'Your session ended' })
  await ended.waitFor()
  expect(await axe(page)).toEqual([])
  await ended.getByLabel('Have a link?').fill(world.url + await linkFor(world))
  await ended.getByRole('button', { name: 'Sign in' }).tap()
  await ended.waitFor({ state: 'detached' })
  expect(await page.getByLabel('Comment').inputValue()).toBe('A long and careful answer.')
  await confirm(page, 'Deny')
  await page.getByText('Denied: While I was typing').waitFor()
  expect(await gateNow(gate)).toMatchObject({ state: 'denied', decision_comment: 'A long and careful answer.' })
})

test('an answer that is lost on its way: sent again with the same key, it happens once', async () => {
  const { gate } = await ask('Lost answer', { policy: { quorum: 2 } })
  const { page, expecting } = await signIn(world, '/inbox')
  expecting(/ERR_FAILED|Failed to load resource/)
  const keys: string[] = []
  await page.route('**/decide', async (route) => {
    keys.push(route.request().headers()['idempotency-key']!)
    const answer = await route.fetch()
    if (keys.length === 1) await route.abort()
    else await route.fulfill({ response: answer })
  })
  await row(page, 'Lost answer').waitFor()
  await page.keyboard.press('a')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Approved: Lost answer').waitFor()
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size).toBe(1)
  expect(await gateNow(gate)).toMatchObject({ state: 'open', votes: [{ by: 'owner' }] })
  await page.getByText('Waiting for others (1)').waitFor()
})

test('it never gets there: it says so and keeps the text; sent again by hand it is the same command', async () => {
  const { gate } = await ask('Nobody answers')
  const { page, expecting } = await signIn(world, '/inbox')
  expecting(/ERR_FAILED|Failed to load resource/)
  const keys: string[] = []
  let isThere = false
  await page.route('**/decide', async (route) => {
    keys.push(route.request().headers()['idempotency-key']!)
    await (isThere ? route.continue() : route.abort())
  })
  await row(page, 'Nobody answers').waitFor()
  await page.keyboard.press('a')
  await page.getByLabel('Comment').fill('Twice said, once meant.')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('dialog').getByText('The server does not answer.').waitFor({ timeout: 15_000 })
  expect(await page.getByLabel('Comment').inputValue()).toBe('Twice said, once meant.')
  isThere = true
  await confirm(page, 'Approve')
  await page.getByText('Approved: Nobody answers').waitFor()
  expect(keys.length).toBeGreaterThan(3)
  expect(new Set(keys).size).toBe(1)
  expect(await gateNow(gate)).toMatchObject({ state: 'approved', decision_comment: 'Twice said, once meant.' })
})

test('it got there, and no answer comes back: what the server holds is what is said', async () => {
  const { gate } = await ask('Only the answer is lost', { policy: { quorum: 2 } })
  const { page, expecting } = await signIn(world, '/inbox')
  expecting(/ERR_FAILED|Failed to load resource/)
  await page.route('**/decide', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await row(page, 'Only the answer is lost').waitFor()
  await page.keyboard.press('a')
  await page.getByLabel('Comment').fill('Once.')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Approved: Only the answer is lost').waitFor({ timeout: 15_000 })
  await page.getByText('Waiting for others (1)').waitFor()
  expect((await gateNow(gate)).votes).toMatchObject([{ by: 'owner', comment: 'Once.' }])
})

test('what is not mine is shown apart, with the reason', async () => {
  const { gate } = await ask('For vera alone', { policy: { approvers: ['human:vera'] } })
  const { page } = await signIn(world, '/inbox')
  await page.getByText('Nothing waits for you', { exact: true }).waitFor()
  await page.getByText('Waiting for others (1)').click()
  await row(page, 'For vera alone').getByRole('link').click()
  await page.getByText('This gate asks vera').waitFor()
  expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0)
  await world.owner.do('gate.cancel', { id: gate })
  await page.getByText('This is withdrawn.').waitFor()
})

test('text of any length and script is text: in the list, in full, in the comment', async () => {
  const style = '<style>*{display:none}</style>'
  const evil = '<img src=x onerror="window.caught=1"><script>window.caught=1</script>'
  const title = `${evil} ${'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(2)}`.slice(0, 200)
  const { gate } = await ask(title, {
    reason: `مرحبا ${evil} ${'x'.repeat(300)}`, tags: ['a'],
    description: `${evil}\n\n[link](javascript:window.caught=1) ![picture](https://elsewhere.example/x.png)\n\n${style}`,
  })
  for (const look of [phone, desk]) {
    const { page } = await signIn(world, `/gates/${gate}`, { look })
    await page.getByRole('heading', { level: 2, name: evil }).waitFor()
    await page.getByRole('link', { name: 'picture' }).waitFor()
    expect(await page.evaluate(() => (window as { caught?: number }).caught)).toBe(undefined)
    expect(await page.locator('.prose img, .prose script, .prose style, .prose a[href^="javascript"]').count()).toBe(0)
    expect(await sideways(page)).toBe(0)
  }
  await world.owner.do('gate.decide', { id: gate, verdict: 'deny', comment: `${evil}${'y'.repeat(9000)}` })
  const { page } = await signIn(world, `/gates/${gate}`, { look: phone })
  await page.getByText('This is denied.').waitFor()
  await page.getByText(evil).first().waitFor()
  expect(await sideways(page)).toBe(0)
  expect(await page.evaluate(() => (window as { caught?: number }).caught)).toBe(undefined)
})

test('a spend that a budget has no room for: seen in full, approved on 390 px, it passes once', async () => {
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '100', reason: 'To begin with' })
  const { id: budget } = await world.owner.do('credits.budget_create', {
    scope: { agent: 'ada' }, unit: 'credits', period: 'day', limit: '10', action: 'gate',
  })
  const { client } = world.agents.ada!
  const spend = () => client.call('credits.spend', { amount: '12.5', reason: 'A long search' }, { key: 'one-long-search' })
  const { body: { gate } } = await spend()
  const { page } = await signIn(world, '/', { look: phone })
  const asked = row(page, '12.5 credits beyond the budget of ada')
  await asked.getByText('asks to use').waitFor()
  await asked.getByText('A long search').waitFor()
  await asked.getByRole('link').tap()
  for (const [fact, value] of [['Left of it', '10'], ['Needed', '12.5'], ['Budget of', 'ada'], ['Operation', 'credits.spend']] as const) {
    await page.getByLabel('Evidence').locator('dt', { hasText: fact }).locator('xpath=following-sibling::dd[1]')
      .filter({ hasText: value }).waitFor()
  }
  expect(await sideways(page)).toBe(0)
  expect(await axe(page)).toEqual([])
  await page.goBack()
  await asked.getByRole('button', { name: 'Approve' }).tap()
  await confirm(page, 'Approve')
  await page.getByText('Approved: 12.5 credits beyond the budget of ada').waitFor()
  expect(await gateNow(gate)).toMatchObject({ state: 'approved' })
  expect(await spend()).toMatchObject({ status: 200, body: { amount: '12.5' } })
  await page.goto(`${world.url}/activity`)
  await page.getByText('approved ada using 12.5 credits beyond a budget').waitFor()
  await page.getByText('used 12.5 credits beyond a budget, as was approved').waitFor()
  await world.owner.do('credits.budget_delete', { budget })
})

test('an address of nothing says so', async () => {
  const { page } = await signIn(world, '/gates/01900000-0000-7000-8000-000000000000', { look: phone })
  await page.getByRole('alert').getByText('There is no').waitFor()
})

test('a clock that is an hour off: what is left is told by the server’s', async () => {
  // Half a minute more: the words stay the same while the page loads, however long that takes.
  await ask('In five hours', { policy: { ttl_seconds: 5 * 3600 + 30 } })
  const { page, context } = await signIn(world, '/settings')
  await context.clock.install({ time: Date.now() + 3_600_000 })
  await page.goto(`${world.url}/inbox`)
  await row(page, 'In five hours').getByText(/(^| )5 h\s*$/).waitFor()
})

test('every look: nothing for axe, nothing sideways, fingers find what they press', async () => {
  await ask('A long title that goes on and on so that it needs a second line at least, as titles do', { reward: '12.5' })
  await ask('Other')
  for (const look of looks) {
    const { page } = await signIn(world, '/inbox', { look })
    await row(page, 'Other').waitFor()
    expect(await axe(page)).toEqual([])
    if (look.width === 390) {
      await row(page, 'Other').getByRole('link').tap()
      await page.getByRole('heading', { name: 'Other' }).waitFor()
      expect(await axe(page)).toEqual([])
      const small = await page.getByRole('button').evaluateAll((all) => all.filter((one) => one.checkVisibility())
        .map((one) => [one.getAttribute('aria-label') ?? one.textContent, one.getBoundingClientRect()] as const)
        .filter(([, { width, height }]) => Math.min(width, height) < 44).map(([name]) => name))
      expect(small).toEqual([])
    }
    await page.getByRole('button', { name: 'Approve' }).last().click()
    await page.getByRole('dialog', { name: 'Approve this?' }).waitFor()
    expect(await axe(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
  }
})
