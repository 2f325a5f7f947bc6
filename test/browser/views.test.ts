/** Every view can be left for every other one, and gone back to; none complains. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { desk, phone, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { signIn } = useBrowser()
beforeAll(async () => {
  world = await openWorld()
  await world.owner.do('task.create', { title: 'Something to see', status: 'todo' })
})
afterAll(() => world.close())

const views = ['Inbox', 'Board', 'Agents', 'Ledger', 'Activity'] as const

test.each([['phone', phone], ['desk', desk]] as const)('on a %s', async (_, look) => {
  const { page } = await signIn(world, '/inbox', { look })
  const isAt = (view: string): Promise<void> =>
    page.getByRole('heading', { name: view, level: 1, exact: true }).waitFor()
  await isAt('Inbox')
  for (const from of views) {
    for (const to of views.filter((view) => view !== from)) {
      for (const view of [from, to]) {
        await page.getByRole('navigation').getByRole('link', { name: view }).click()
        await isAt(view)
      }
      await page.goBack()
      await isAt(from)
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
    }
  }
})
