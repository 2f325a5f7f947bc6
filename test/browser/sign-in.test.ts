/** Signing in at the page, out again, and the sessions of a person. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe, linkFor, looks, phone, sideways, useBrowser } from '../harness/browser.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
const { open, signIn } = useBrowser()
beforeAll(async () => { world = await openWorld() })
afterAll(() => world.close())

/** The page asks who is signed in; nobody is an answer that browsers put into the console. */
const nobody = /401 \(Unauthorized\)/

test('a link signs in once; used again it says so and what to do', async () => {
  const link = await linkFor(world)
  const { page } = await open(world.url + link, phone)
  await page.getByRole('heading', { name: 'Inbox' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/inbox')
  const other = await open(world.url + link, phone)
  other.expecting(nobody)
  await other.page.getByText('This link does not work any more').waitFor()
  await other.page.getByText('npx guildhall login').waitFor()
  expect(await axe(other.page)).toEqual([])
})

test('a page that opens keeps to its policy, in every look', async () => {
  for (const look of looks) {
    const { page, expecting } = await open(`${world.url}/board`, look)
    expecting(nobody)
    await page.getByRole('heading', { name: 'Sign in to Guildhall' }).waitFor()
    expect(await axe(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
  }
})

test('a pasted link signs in without leaving the page', async () => {
  const { page, expecting } = await open(`${world.url}/activity`, phone)
  expecting(nobody)
  await page.getByLabel('Have a link?').fill('nonsense')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('does not look like a sign-in link').waitFor()
  await page.getByLabel('Have a link?').fill(world.url + await linkFor(world))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Activity' }).waitFor()
})

test('settings: another session is ended and its page says so; then signing out', async () => {
  const here = await signIn(world, '/settings')
  const there = await signIn(world, '/inbox', { look: phone })
  there.expecting(nobody)
  await here.page.reload()
  await here.page.getByTestId('session').first().waitFor()
  const before = await here.page.getByTestId('session').count()
  await here.page.getByRole('button', { name: /^End the session/ }).first().click()
  await there.page.getByRole('dialog', { name: 'Your session ended' }).waitFor()
  expect(await axe(there.page)).toEqual([])
  await expect.poll(() => here.page.getByTestId('session').count()).toBe(before - 1)
  here.expecting(nobody)
  await here.page.getByRole('button', { name: 'Sign out' }).click()
  await here.page.getByRole('heading', { name: 'Sign in to Guildhall' }).waitFor()
})

test('settings in every look', async () => {
  for (const look of looks) {
    const { page } = await signIn(world, '/settings', { look })
    await page.getByTestId('session').first().waitFor()
    expect(await axe(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
  }
})
