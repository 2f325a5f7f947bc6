/**
 * `npm run pictures`: every view at 390 and 1440 px, light and dark, into docs/pictures/. Runs
 * on a system of its own in which the demo's project and another one were really done; nothing in
 * the pictures is made up but the words.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { readConfig } from '../config.ts'
import { signInLink } from '../ops/login.ts'
import { launchChromium } from '../test/harness/chromium.ts'
import type { Shown } from './pictures-project.ts'
import { doProject } from './pictures-project.ts'
import { inFewColours } from './png.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs', 'pictures')
const say = (text: string): void => console.log(text)

type View = { name: string; path: (shown: Shown) => string; before?: (page: Page) => Promise<void> }

const views: View[] = [
  { name: 'inbox', path: () => '/inbox' },
  { name: 'board', path: () => '/board' },
  { name: 'board-list', path: () => '/board?view=list' },
  { name: 'board-timeline', path: () => '/board?view=timeline' },
  { name: 'task', path: ({ task }) => `/tasks/${task}` },
  { name: 'new-task', path: () => '/board?new=task' },
  { name: 'agents', path: () => '/agents' },
  { name: 'agent', path: ({ agent }) => `/agents/${agent}` },
  { name: 'gate', path: ({ gate }) => `/gates/${gate}` },
  { name: 'ledger', path: () => '/ledger' },
  { name: 'ledger-profit', path: () => '/ledger?show=profit' },
  { name: 'ledger-budgets', path: () => '/ledger?show=budgets' },
  { name: 'activity', path: () => '/activity' },
  { name: 'event', path: ({ event }) => `/activity/${event}` },
  { name: 'settings', path: () => '/settings' },
  {
    name: 'palette', path: () => '/board',
    before: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').getByRole('textbox').fill('trans')
    },
  },
]
const widths = [390, 1440] as const
const themes = ['light', 'dark'] as const
type Look = { width: (typeof widths)[number]; theme: (typeof themes)[number] }
const looks: Look[] = widths.flatMap((width) => themes.map((theme) => ({ width, theme })))

type System = { url: string; home: string; token: string; stop: () => Promise<void> }

/** `npm start` in a home of its own, gone afterwards. */
async function startSystem(): Promise<System> {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-pictures-'))
  const child = spawn(process.execPath, [join(root, 'ops', 'up.ts'), '--json'], {
    env: { ...process.env, GUILDHALL_HOME: home }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const { url } = await new Promise<{ url: string }>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString()
      const line = text.split('\n').find((one) => one.startsWith('{'))
      if (line) resolve(JSON.parse(line) as { url: string })
    })
    child.once('exit', (code) => reject(new Error(`guildhall up ended with ${code}`)))
  })
  return {
    url, home, token: readFileSync(join(home, 'secrets', 'owner.token'), 'utf8').trim(),
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** The demo's project, on the system that is there. */
function playDemo({ url, home }: System): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'demo', 'main.ts'), '--yes'], {
    env: { ...process.env, GUILDHALL_HOME: home, PORT: new URL(url).port },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`the demo ended with ${code}`))
    })
  })
}

const contextOf = (browser: Browser, { width, theme }: Look): Promise<BrowserContext> =>
  browser.newContext({
    viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme: theme,
    reducedMotion: 'reduce', serviceWorkers: 'block',
    ...(width === 390 ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
  })

/** Waits until everything asked for is there, takes the picture; answers its size. */
async function take(page: Page, name: string, { width, theme }: Look): Promise<number> {
  await page.waitForLoadState('networkidle')
  await page.waitForTimeout(400)
  const picture = inFewColours(await page.screenshot())
  writeFileSync(join(folder, `${name}-${width}-${theme}.png`), picture)
  return picture.length
}

async function takeAll(system: System, browser: Browser, shown: Shown): Promise<number> {
  let bytes = 0
  const config = { ...readConfig({ GUILDHALL_HOME: system.home }), publicUrl: system.url }
  for (const look of looks) {
    const context = await contextOf(browser, look)
    const page = await context.newPage()
    await page.goto(`${system.url}/sign-in`)
    bytes += await take(page, 'sign-in', look)
    await page.goto(await signInLink(config, { handle: 'owner', workspace: 'main' }))
    for (const { name, path, before } of views) {
      await page.goto(system.url + path(shown))
      await page.waitForLoadState('networkidle')
      await before?.(page)
      bytes += await take(page, name, look)
    }
    await context.close()
    say(`  ${look.width} px, ${look.theme}: ${views.length + 1} pictures`)
  }
  return bytes
}

say('Starting a system for the pictures …')
const system = await startSystem()
const browser = await launchChromium()
try {
  say('Doing the project of the demo, then another one …')
  await playDemo(system)
  const shown = await doProject(system.url, system.token)
  mkdirSync(folder, { recursive: true })
  const bytes = await takeAll(system, browser, shown)
  const count = (views.length + 1) * looks.length
  say(`${count} pictures in docs/pictures, ${(bytes / 1e6).toFixed(1)} MB.`)
} finally {
  await browser.close()
  await system.stop()
}
