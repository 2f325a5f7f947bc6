/** What the page is measured with: somebody signed in, agents at work, a board with many cards. */
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { readConfig } from '../config.ts'
import { signInLink } from '../ops/login.ts'
import type { Team } from './scenarios.ts'
import { makeTasks } from './scenarios.ts'
import type { System } from './system.ts'

export type Stage = { system: System; browser: Browser; team: Team; rounds: number }
export type Width = 390 | 1440
export const views = ['/inbox', '/board', '/agents', '/ledger', '/activity', '/settings'] as const

/** A browser that was never here before, signed in. */
export async function visitor(
  { system, browser }: Stage, width: Width = 1440,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({
    viewport: { width, height: width === 390 ? 844 : 900 },
    ...(width === 390 ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
    // It would bring everything a second time while the first is measured.
    serviceWorkers: 'block',
  })
  const config = { ...readConfig(system.environment), publicUrl: system.url }
  const link = await signInLink(config, { handle: 'owner', workspace: 'main' })
  const answer = await context.request.get(link, { maxRedirects: 0 })
  if (answer.status() !== 303) throw new Error(`signing in answered ${answer.status()}`)
  await context.addInitScript({ path: join(import.meta.dirname, 'ui-probes.js') })
  return { context, page: await context.newPage() }
}

/** Everything the page has asked for came, and nothing more for half a second. */
export const settled = (page: Page): Promise<void> => page.waitForLoadState('networkidle')

/** Some work that waits for a yes, and some pay. */
export async function fillInbox({ team }: Stage, count: number): Promise<void> {
  const tasks = await makeTasks(team, count * 2, (index) => ({
    title: `Prepare the offer ${index}`, assignee: `worker-${index % 4}`,
    ...(index % 2 ? { gates: [{ to: 'done', policy: {} }] } : {}),
  }))
  for (const [index, { id }] of tasks.entries()) {
    const worker = team.workers[index % 4]!
    await worker.do('task.start', { id })
    await worker.do('task.complete', { id, output: { pages: index } })
  }
}

const TITLES = ['Port the importer', 'Write the release notes', 'Look at the failing build',
  'Answer the customer of last week', 'Measure the new index', 'Review the terms']

/** So many cards in all columns, with tags, people and dates. */
export async function fillBoard({ system, team }: Stage, count: number): Promise<void> {
  const { rows: [known] } = await system.database.query<{ count: number }>(
    'select count(*)::int as count from tasks')
  const tasks = await makeTasks(team, count - known!.count, (index) => ({
    title: `${TITLES[index % TITLES.length]} ${index}`, status: index % 5 ? 'todo' : 'backlog',
    priority: (['urgent', 'high', 'normal', 'low'] as const)[index % 4],
    tags: [`area-${index % 7}`], ...(index % 5 ? { assignee: `worker-${index % 4}` } : {}),
    due_at: new Date(Date.now() + (index - 300) * 3_600_000).toISOString(),
  }))
  const assigned = tasks.map((task, index) => ({ ...task, index })).filter(({ index }) => index % 5)
  for (const { id, index } of assigned) {
    const worker = team.workers[index % 4]!
    if (index % 3 === 0) await worker.do('task.start', { id })
    if (index % 6 === 0) await worker.do('task.transition', { id, to: 'blocked', reason: 'x' })
    if (index % 9 === 0 && index % 6) await worker.do('task.transition', { id, to: 'review' })
  }
}
