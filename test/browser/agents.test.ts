/** Agents: who works here, one of them in full, registering one, and what they prove themselves with. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../sdk/client.ts'
import type { Place } from '../harness/browser.ts'
import { addPerson, axe, desk, everyPlace, phone, soon, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => {
  world = await openWorld({ worker: true })
  await addPerson(world, 'vic', 'viewer')
  await addPerson(world, 'olga', 'operator')
})
afterAll(() => world.close())

/** Colours glide for a moment after the theme changes. */

const row = (page: Page, handle: string) =>
  page.getByTestId('agent').filter({ has: page.getByRole('link', { name: handle }) })
const panel = (page: Page) => page.locator('section[role="dialog"]')
const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name })
const credentials = (page: Page) => page.getByRole('tab', { name: 'Keys and tokens' }).click()

/** A task of this agent that was done and paid for. */
async function pay(handle: string, reward: string): Promise<void> {
  const { key } = await world.owner.do('task.create', { title: 'Paid', status: 'todo', reward })
  await world.agents[handle]!.client.do('task.claim', { id: key })
  await world.agents[handle]!.client.do('task.complete', { id: key })
  await world.owner.do('task.get', { id: key, wait: 10, settled: true })
}

test('the table shows what the server holds, and what changes, as it changes', async () => {
  await pay('ada', '40')
  const { page } = await signIn(world, '/agents')
  const { posted } = await world.owner.do('credits.balance', { agent: 'ada' })
  await row(page, 'ada').getByText(posted, { exact: true }).waitFor()
  for (const words of ['Active', 'Worker', 'Trust 50 of 100', 'lead']) {
    await row(page, 'ada').getByText(words).first().waitFor({ state: 'attached' })
  }
  await world.agents.ada!.client.do('credits.spend', { amount: '1.5', reason: 'A search' })
  await row(page, 'ada').getByText(String(Number(posted) - 1.5), { exact: true }).waitFor()
  await world.register('late-comer', { name: 'Late Comer', level: 7, reports_to: 'lead' })
  await row(page, 'late-comer').getByText('Late Comer').waitFor()
  await world.owner.do('task.create', { title: 'For her', status: 'todo', assignee: 'late-comer' })
  const open = row(page, 'late-comer').getByRole('cell').nth(6)
  await soon(() => open.textContent()).toBe('1')
})

test('search, filters and order live in the address', async () => {
  const { page } = await signIn(world, '/agents')
  await row(page, 'ada').waitFor()
  await page.getByLabel('Search agents').fill('typescr')
  await soon(() => page.getByTestId('agent').count()).toBe(2)
  await soon(() => page.url()).toContain('q=typescr')
  await page.reload()
  await soon(() => page.getByTestId('agent').count()).toBe(2)
  await page.getByLabel('Role').selectOption('lead')
  await page.getByText('No agent matches').waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await row(page, 'ada').waitFor()
  await page.getByRole('button', { name: 'Level' }).click()
  await soon(() => page.getByTestId('agent').first().getByRole('link').first().textContent()).toContain('talent')
  await page.getByRole('button', { name: 'Level' }).click()
  await soon(() => page.getByRole('columnheader', { name: 'Level' }).getAttribute('aria-sort')).toBe('ascending')
  await soon(() => page.url()).toContain('sort=level')
})

test('the hierarchy nests who reports to whom, folds, and keeps the way to what is searched', async () => {
  const { page } = await signIn(world, '/agents?view=tree')
  const lead = page.getByTestId('branch').filter({ has: page.getByRole('link', { name: /^lead/ }) }).last()
  await lead.getByRole('link', { name: /^ada/ }).waitFor()
  await page.getByRole('button', { name: 'Fold the agents below lead' }).click()
  await soon(() => page.getByRole('link', { name: /^ada/ }).count()).toBe(0)
  await page.getByRole('button', { name: 'Unfold the agents below lead' }).click()
  await page.getByLabel('Search agents').fill('bob')
  await soon(() => page.getByTestId('branch').count()).toBe(3)
  await page.getByRole('link', { name: /^talent/ }).waitFor()
})

describe('the panel', () => {
  test('says all of one agent, with its open tasks, live; by keys in and out', async () => {
    const { page } = await signIn(world, '/agents')
    const { key } = await world.owner.do('task.create', { title: 'Count the stars', status: 'todo', assignee: 'bob' })
    await row(page, 'bob').getByRole('link', { name: 'bob' }).focus()
    await page.keyboard.press('Enter')
    await soon(() => new URL(page.url()).pathname).toBe('/agents/bob')
    await panel(page).getByRole('link', { name: /Count the stars/ }).waitFor()
    await panel(page).getByText('typescript · Standard').waitFor()
    await world.agents.bob!.client.do('task.start', { id: key })
    await panel(page).getByRole('link', { name: /In progress.*Count the stars/ }).waitFor()
    await pay('bob', '12.25')
    const { posted } = await world.owner.do('credits.balance', { agent: 'bob' })
    await panel(page).getByText(posted, { exact: true }).waitFor()
    const task = panel(page).getByRole('link', { name: /Count the stars/ })
    expect(await task.getAttribute('href')).toBe(`/tasks/${key}`)
    expect(await panel(page).getByRole('link', { name: 'Transfers in the ledger' }).getAttribute('href')).toBe('/ledger?agent=bob')
    await page.keyboard.press('Escape')
    await soon(() => new URL(page.url()).pathname).toBe('/agents')
  })

  test.each([desk, phone])('an agent that is not there is said to be not there, at $width px', async (look) => {
    const { page } = await signIn(world, '/agents/no-such-agent', { look })
    await page.getByText('There is no agent no-such-agent').waitFor()
    expect(await axe(page)).toEqual([])
    await page.getByRole('link', { name: 'All agents' }).click()
    await row(page, 'ada').waitFor()
  })
})

describe('registering', () => {
  test('the secret is shown once, and it works; so does the token made for a client', async () => {
    const { page } = await signIn(world, '/agents')
    await row(page, 'ada').waitFor()
    await page.keyboard.press('n')
    const form = dialog(page, 'Register an agent')
    await form.getByLabel('Handle').fill('grace')
    await form.getByLabel('Name', { exact: false }).first().fill('Grace Hopper')
    await form.getByLabel('Level').selectOption('4')
    await form.getByLabel('Model').fill('opus')
    await form.getByLabel('Reports to').selectOption('lead')
    await form.getByLabel('Management fee').fill('5')
    await form.getByRole('button', { name: 'Add a capability' }).click()
    await form.getByRole('textbox', { name: 'Capability' }).fill('cobol')
    await form.getByLabel('Proficiency').selectOption('expert')
    await form.getByLabel('Why').fill('More hands')
    await form.getByRole('button', { name: 'Register' }).click()

    const shown = dialog(page, 'grace is registered')
    await shown.waitFor()
    const keyid = (await shown.getByTestId('keyid').locator('code').textContent())!
    const secret = (await shown.getByTestId('secret').locator('code').textContent())!
    const me = await createClient({ url: world.url, key: { keyid, secret } }).agent.whoami()
    expect(me).toMatchObject({
      handle: 'grace', name: 'Grace Hopper', level: 4, model: 'opus', reports_to: 'lead', management_fee_pct: 5,
      capabilities: [{ tag: 'cobol', proficiency: 'expert' }],
    })
    const [event] = (await world.owner.do('event.list', { type: 'agent.registered', actor: 'owner', limit: 1000 })).items.slice(-1)
    expect(event).toMatchObject({ subject: { key: 'grace' }, reason: 'More hands' })

    await shown.getByText(`export GUILDHALL_KEYID='${keyid}'`).waitFor()
    await shown.getByText('-- guildhall mcp').waitFor()
    await shown.getByRole('tab', { name: 'curl' }).click()
    await shown.getByRole('button', { name: 'Make a token for 30 days' }).click()
    const token = (await shown.getByTestId('token').locator('code').textContent())!
    await shown.getByText(`export GUILDHALL_TOKEN='${token}'`).waitFor()
    expect(await createClient({ url: world.url, token }).agent.whoami()).toMatchObject({ handle: 'grace' })
    for (const name of ['OpenClaw', 'Claude Code', 'Codex', 'LangChain', 'CrewAI', 'curl']) {
      await shown.getByRole('tab', { name }).click()
      await shown.getByRole('tabpanel').getByText(world.url).first().waitFor()
    }
    // Neither the key of the page nor a click beside it closes what is shown once.
    await page.keyboard.press('Escape')
    await shown.getByRole('button', { name: 'Done' }).click()
    await row(page, 'grace').waitFor()
    const kept = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...sessionStorage }))
    expect(kept.includes(secret) || kept.includes(token)).toBe(false)
    await page.goto(`${world.url}/agents/grace`)
    await credentials(page)
    await panel(page).getByText(keyid).waitFor()
    expect(await page.content()).not.toContain(secret)
  })

  test('copies, over plain http too, where the clipboard is not lent', async () => {
    const { page, context } = await signIn(world, '/agents?register=1')
    await context.grantPermissions([])
    await page.evaluate(() => { Object.defineProperty(navigator, 'clipboard', { value: undefined }) })
    await page.getByLabel('Handle').fill('copied')
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    const secret = await page.getByTestId('secret').locator('code').textContent()
    const written = page.evaluate(() => new Promise<string>((resolve) => {
      document.addEventListener('copy', () => resolve(String(getSelection())), { once: true })
    }))
    await page.getByRole('button', { name: 'Copy Secret' }).click()
    expect(await written).toBe(secret)
  })

  test('what the server refuses stands at its field, and what was typed stays', async () => {
    const { page, expecting } = await signIn(world, '/agents?register=1')
    expecting(/40[09] \(/)
    const form = dialog(page, 'Register an agent')
    await form.getByLabel('Handle').fill('Not A Handle')
    await form.getByLabel('Management fee').fill('a lot')
    await form.getByRole('button', { name: 'Register' }).click()
    await form.getByText('Lower-case letters, digits, - and _, at most 63').waitFor()
    await form.getByText(/expected number/).waitFor()
    await form.getByLabel('Handle').fill('ada')
    await form.getByLabel('Management fee').fill('')
    await form.getByRole('button', { name: 'Register' }).click()
    await form.getByText('ada is taken').waitFor()
    await page.reload()
    await form.getByText('What you typed before is still here.').waitFor()
    expect(await form.getByLabel('Handle').inputValue()).toBe('ada')
    expect(await axe(page)).toEqual([])
  })

  test('an answer that was lost is not made up: the agent is there once, its secret is said to be lost', async () => {
    const { page, expecting } = await signIn(world, '/agents?register=1')
    expecting(/ERR_FAILED/)
    let lost = 0
    await page.route('**/api/v1/agents/register', async (route) => {
      if (lost++) return route.continue()
      await route.fetch()
      return route.abort()
    })
    await page.getByLabel('Handle').fill('once-only')
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    await page.getByText('the answer with its secret got lost').waitFor()
    expect(await page.getByTestId('secret').count()).toBe(0)
    await page.getByRole('button', { name: 'Done' }).click()
    await soon(() => row(page, 'once-only').count()).toBe(1)
  })
})

describe('keys and tokens', () => {
  test('a token is revoked after a question, is refused at once, and is gone on every open page', async () => {
    const { token, id } = await world.owner.do('agent.token_create', { id: 'ada', scopes: ['read'], reason: 'For the laptop' })
    const mine = createClient({ url: world.url, token })
    expect(await mine.agent.whoami()).toMatchObject({ handle: 'ada', scopes: ['read'] })
    const [here, there] = await Promise.all([
      signIn(world, '/agents/ada'), signIn(world, '/agents/ada', { look: phone }),
    ])
    for (const { page } of [here, there]) {
      await credentials(page)
      await page.getByTestId('token-row').filter({ hasText: 'For the laptop' }).waitFor()
    }
    const { page } = here
    await page.getByRole('button', { name: `Revoke the token ${id}` }).click()
    await dialog(page, 'Revoke this token?').getByLabel('Why').fill('Left on a train')
    await dialog(page, 'Revoke this token?').getByRole('button', { name: 'Revoke' }).click()
    for (const one of [here, there]) {
      await soon(() => one.page.getByTestId('token-row').filter({ hasText: 'For the laptop' }).count()).toBe(0)
    }
    await expect(mine.agent.whoami()).rejects.toThrow()
    const { items } = await world.owner.do('event.list', { type: 'agent.token_revoked' })
    expect(items.at(-1)).toMatchObject({ reason: 'Left on a train', data: { token_id: id } })
  })

  test('a token made here arrives on another page, with its scopes, and may do no more', async () => {
    const { page } = await signIn(world, '/agents/bob')
    const other = await signIn(world, '/agents/bob')
    await credentials(page)
    await credentials(other.page)
    await page.getByRole('button', { name: 'New token' }).click()
    const form = dialog(page, 'New token for bob')
    await form.getByLabel('Scopes').fill('task.list, credits.*')
    await form.getByLabel('Works for').selectOption('3600')
    await form.getByRole('button', { name: 'Make the token' }).click()
    const shown = dialog(page, 'New token of bob')
    const token = (await shown.getByTestId('token').locator('code').textContent())!
    await other.page.getByTestId('token-row').filter({ hasText: 'credits.*' }).waitFor()
    const mine = createClient({ url: world.url, token })
    expect((await mine.task.list()).items).toBeInstanceOf(Array)
    await expect(mine.task.create({ title: 'No' })).rejects.toThrow()
    await shown.getByRole('button', { name: 'Done' }).click()
  })

  test('a key in place of another: the old one is said to end; then it is revoked', async () => {
    const { page } = await signIn(world, '/agents/lead')
    await credentials(page)
    await page.getByTestId('key').waitFor()
    const { keyid } = world.agents.lead!
    await page.getByRole('button', { name: 'New key' }).click()
    await dialog(page, 'New key for lead').getByLabel('Replaces').selectOption(keyid)
    await dialog(page, 'New key for lead').getByRole('button', { name: 'Make the key' }).click()
    const shown = dialog(page, 'New key of lead')
    const made = {
      keyid: (await shown.getByTestId('keyid').locator('code').textContent())!,
      secret: (await shown.getByTestId('secret').locator('code').textContent())!,
    }
    expect(await createClient({ url: world.url, key: made }).agent.whoami()).toMatchObject({ handle: 'lead' })
    await shown.getByRole('button', { name: 'Done' }).click()
    await page.getByTestId('key').filter({ hasText: keyid }).getByText('ends').waitFor()
    await page.getByRole('button', { name: `Revoke the key ${keyid}` }).click()
    await dialog(page, 'Revoke this key?').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('1 key that no longer works').waitFor()
    await soon(() => page.getByTestId('key').count()).toBe(1)
    const old = createClient({ url: world.url, key: { keyid, secret: world.agents.lead!.secret } })
    await expect(old.agent.whoami()).rejects.toThrow()
  })
})

test.each(['vic', 'olga'])('%s, who may not, is offered nothing that would be refused', async (as) => {
  const { page } = await signIn(world, '/agents?register=1', { as })
  await row(page, 'ada').waitFor()
  expect(await page.getByRole('button', { name: /Register/ }).count()).toBe(0)
  await page.keyboard.press('n')
  await row(page, 'ada').getByRole('link', { name: 'ada' }).click()
  await panel(page).getByText('Capabilities').waitFor()
  expect(await page.getByRole('tab').count()).toBe(0)
  expect(await page.getByRole('dialog', { name: 'Register an agent' }).count()).toBe(0)
  expect(await panel(page).getByRole('button', { name: /Revoke|New/ }).count()).toBe(0)
})

describe.each([desk, phone])('at $width px, light and dark, nothing to find for axe, nothing sideways', (look) => {
  const places: Place[] = [
    ['the table', '/agents', (page) => row(page, 'ada').waitFor()],
    ['the hierarchy', '/agents?view=tree', (page) => page.getByTestId('branch').first().waitFor()],
    ['the panel', '/agents/ada', (page) => panel(page).getByText('Capabilities').waitFor()],
    ['keys and tokens', '/agents/bob', async (page) => {
      await credentials(page)
      await page.getByTestId('token-row').first().waitFor()
    }],
    ['a question', '/agents/bob', async (page) => {
      await credentials(page)
      await page.getByRole('button', { name: /^Revoke the key/ }).click()
      await dialog(page, 'Revoke this key?').waitFor()
    }],
    ['the form', '/agents?register=1', (page) => page.getByLabel('Handle').waitFor()],
    ['what is shown once', '/agents?register=1', async (page) => {
      await page.getByLabel('Handle').fill(`shown-${look.width}`)
      await dialog(page, 'Register an agent').getByRole('button', { name: 'Register' }).click()
      await page.getByTestId('secret').waitFor()
    }],
  ]
  test('every place', { timeout: 120_000 }, async () => {
    const { page } = await signIn(world, '/settings', { look })
    await everyPlace(page, world.url, places)
  })
})
