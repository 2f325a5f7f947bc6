/**
 * People at the page: a browser for a test file, and pages in it that are signed in to a world. A test
 * fails on whatever its pages complain about: errors in the console, breaches of the policy, requests
 * that leave for another host.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { People } from '../../handlers/people.ts'
import { launchChromium } from './chromium.ts'
import type { World } from './world.ts'

export type Look = { width: 390 | 1440; theme: 'light' | 'dark' }
export const looks: readonly Look[] = [
  { width: 390, theme: 'light' }, { width: 390, theme: 'dark' },
  { width: 1440, theme: 'light' }, { width: 1440, theme: 'dark' },
]
export const phone: Look = { width: 390, theme: 'light' }
export const desk: Look = { width: 1440, theme: 'light' }

/** What a page said that it should not have. Tests that provoke an answer expect it: see `expecting`. */
export type Complaints = { found: string[]; expected: RegExp[] }

export type Person = {
  page: Page
  context: BrowserContext
  complaints: Complaints
  /** Complaints that match are what this test is about. */
  expecting: (pattern: RegExp) => void
}

/** A one-time link for a person of this world. */
export async function linkFor(world: World, handle = 'owner'): Promise<string> {
  const [person] = await world.sql<{ workspace_id: string; id: string }>(
    'select workspace_id, id from actors where handle = $1', [handle])
  return `/sign-in/${await new People(world.parts.db).invite(person!.workspace_id, person!.id)}`
}

/** Another person of the workspace. */
export async function addPerson(world: World, handle: string, role: string): Promise<void> {
  await world.sql(`insert into actors (workspace_id, kind, handle, name, role)
    select workspace_id, 'human', $1, $1, $2 from actors where handle = 'owner'`, [handle, role])
}

/** Opens a browser for this file; everything in it closes with the test. */
export function useBrowser(): {
  /** A page for nobody yet. */
  open: (url: string, look?: Look) => Promise<Person>
  /** A page of somebody who has just signed in. */
  signIn: (world: World, path: string, options?: { look?: Look; as?: string; url?: string }) => Promise<Person>
  browser: () => Browser
} {
  let browser: Browser
  const people: Person[] = []
  beforeAll(async () => { browser = await launchChromium() })
  afterEach(async () => {
    const found = people.splice(0)
    await Promise.all(found.map(({ context }) => context.close()))
    const complaints = found.flatMap(({ complaints: { found: all, expected } }) =>
      all.filter((text) => !expected.some((pattern) => pattern.test(text))))
    expect(complaints, 'what the pages complained about').toEqual([])
  })
  afterAll(() => browser?.close())

  const open = async (url: string, look = desk): Promise<Person> => {
    const person = await at(browser, look)
    people.push(person)
    await person.page.goto(url)
    return person
  }
  return {
    open, browser: () => browser,
    signIn: async (world, path, { look = desk, as = 'owner', url = world.url } = {}) => {
      const person = await at(browser, look)
      people.push(person)
      const answer = await fetch(world.url + await linkFor(world, as), { redirect: 'manual' })
      expect(answer.status).toBe(303)
      const [name = '', value = ''] = answer.headers.get('set-cookie')!.split(';')[0]!.split('=')
      await person.context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Lax' }])
      await person.page.goto(url + path)
      return person
    },
  }
}

async function at(browser: Browser, { width, theme }: Look): Promise<Person> {
  const context = await browser.newContext({
    viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme: theme, reducedMotion: 'reduce',
    ...(width === 390 ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
  })
  context.setDefaultTimeout(8000)
  const page = await context.newPage()
  const complaints = watch(page)
  return { page, context, complaints, expecting: (pattern) => { complaints.expected.push(pattern) } }
}

/** Policy breaches are errors in the console, too. */
function watch(page: Page): Complaints {
  const complaints: Complaints = { found: [], expected: [] }
  const note = (text: string): void => { complaints.found.push(text) }
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) note(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => note(`thrown: ${error.message}`))
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    const own = new URL(page.url() === 'about:blank' ? request.url() : page.url()).origin
    if (['http:', 'https:'].includes(protocol) && origin !== own) note(`asked another host: ${request.url()}`)
  })
  return complaints
}

let source: string | null = null

/**
 * What axe finds on a page as it is; empty when all is well. The script is run by the browser's
 * debugger, not by the page, so the policy stays in force.
 */
export async function axe(page: Page): Promise<string[]> {
  source ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(source)
  return page.evaluate(async () => {
    type Found = { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }
    const { axe: engine } = globalThis as unknown as { axe: { run: () => Promise<{ violations: Found[] }> } }
    const { violations } = await engine.run()
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary = '' }) =>
      `${id}: ${help} at ${target.join(' ')}: ${failureSummary.replaceAll(/\s+/g, ' ')}`))
  })
}

/** Whether anything makes the page scroll sideways. */
export const sideways = (page: Page): Promise<number> =>
  page.evaluate(() => Math.max(0,
    document.documentElement.scrollWidth - document.documentElement.clientWidth))

/** What can be pressed in the view and is smaller than a finger; on phones there is none. */
export const tooSmall = (page: Page): Promise<string[]> =>
  page.getByRole('main').locator('a, button, select, input').evaluateAll((all) => all.flatMap((element) => {
    const { width, height } = element.getBoundingClientRect()
    return width && Math.min(width, height) < 44 ? [`${element.outerHTML.slice(0, 90)} ${width}x${height}`] : []
  }))

/** A place of the page: its name, its address, and how to get there from it. */
export type Place = [name: string, path: string, ready: (page: Page) => Promise<unknown>]

/** Goes to each place: in light and dark nothing for axe to find, and nothing scrolls sideways. */
export async function everyPlace(
  page: Page, url: string, places: readonly Place[], loaded: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  for (const [name, path, ready] of places) {
    await page.goto(url + path)
    await loaded()
    await ready(page)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.waitForFunction(() => document.getAnimations().length === 0, null, { polling: 100 })
      expect(await axe(page), `${name}, ${colorScheme}`).toEqual([])
    }
    expect(await sideways(page), name).toBe(0)
  }
}

/** Machines may be busy: what should come within a moment has eight seconds. */
export const soon = <Value>(ask: () => Value) => expect.poll(ask, { timeout: 8000 })
