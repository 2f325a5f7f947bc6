/** What a model cost, on the page: as the real LiteLLM proxy reported it, on the task and in the ledger, live. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axe, desk, phone, sideways, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => {
  world = await openWorld()
  // As the recorded calls name it.
  await world.owner.do('agent.register', { handle: 'builder', reports_to: 'lead' })
})
afterAll(() => world.close())

/** Machines may be busy: what should come within a moment has eight seconds. */
const soon = <Value>(ask: () => Value) => expect.poll(ask, { timeout: 8000 })
/** Bodies that the proxy sent: of a call for TASK-42, whole, and of one that is streamed. */
const recorded: Record<string, any>[] = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/litellm/array.json'), 'utf8'))
const [plain, streamed, unpriced] = [recorded[1]!, recorded[5]!, recorded[9]!]
let count = 0

/** The record as it was sent, of another call and for this task. */
async function arrives(record: Record<string, any>, task: string): Promise<void> {
  const body = JSON.stringify([{ ...record, id: `chatcmpl-another-recorded-${++count}` }]).replaceAll('TASK-42', task)
  const answer = await fetch(`${world.url}/intake/litellm`, {
    method: 'POST', body, headers: { authorization: `Bearer ${world.owner.token}`, 'content-type': 'application/json' },
  })
  expect(await answer.json()).toEqual({ charged: 1, repeated: 0, rejected: [] })
}
const newTask = async (title: string): Promise<string> =>
  (await world.owner.do('task.create', { title, status: 'todo', assignee: 'builder' })).key
const money = (page: Page) => page.getByTestId('money').getByRole('listitem')
const cost = (page: Page) => page.getByRole('dialog').locator('dt', { hasText: 'Model cost' }).locator('xpath=following-sibling::dd[1]')
const row = (page: Page, task: string) => page.getByTestId('transfer').filter({ hasText: task })

describe.each([desk, phone])('at $width px', (look) => {
  test('a call that LiteLLM reports shows on the task’s page and in the ledger while they are open', async () => {
    const task = await newTask(`Thought about at ${look.width}`)
    const { page } = await signIn(world, `/tasks/${task}`, { look })
    const { page: ledger } = await signIn(world, '/ledger?show=transfers&kind=model', { look })
    await page.getByRole('heading', { name: `Thought about at ${look.width}` }).waitFor()
    await page.getByTestId('timeline').getByText('created this task').waitFor()
    await soon(() => ledger.getByTestId('books').getAttribute('data-look')).toBe('good')
    expect([await money(page).count(), await row(ledger, task).count()]).toEqual([0, 0])

    await arrives(plain, task)
    await cost(page).getByText('$0.000126', { exact: true }).waitFor()
    await money(page).getByText('Model cost', { exact: true }).waitFor()
    await money(page).getByText('builder → Models').waitFor()
    await money(page).getByText('0.0126').first().waitFor()
    await page.getByTestId('timeline').getByText(/reported a call of gpt-4o-mini by builder: 0\.0126 credits/).waitFor()
    for (const text of ['builder', 'Models', 'Model cost', '0.0126', task]) await row(ledger, task).getByText(text).first().waitFor()

    await arrives(streamed, task)
    await cost(page).getByText('$0.000252', { exact: true }).waitFor()
    await soon(() => money(page).count()).toBe(2)
    await soon(() => row(ledger, task).count()).toBe(2)

    // A model without a price is a line of the log, not money.
    await arrives(unpriced, task)
    await page.getByTestId('timeline').getByText(/reported a call of house-model, which has no price/).waitFor()
    expect([await money(page).count(), await row(ledger, task).count()]).toEqual([2, 2])
    expect((await world.owner.do('task.get', { id: task })).cost_usd).toBe('0.000252')
    await soon(() => ledger.getByTestId('books').getAttribute('data-look')).toBe('good')
    for (const one of [page, ledger]) expect([await axe(one), await sideways(one)]).toEqual([[], 0])
  })
})
