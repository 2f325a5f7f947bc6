/** The activity feed as a test reads it: what is shown, from the first line to the last. */
import type { Page } from 'playwright-core'
import type { World } from '../harness/world.ts'

export type Listed = {
  id: string; type: string; stream: string; seq: number; severity: string; hash: string
  subject: { kind: string; key: string | null }; actor: { handle: string }; trigger_event: string | null
}

/** Every event of the log, oldest first, as the api lists them. */
export async function allEvents(world: World, filter: Record<string, unknown> = {}): Promise<Listed[]> {
  const events: Listed[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: { items: Listed[]; next_cursor: string | null } = await world.owner.do('event.list',
      { ...filter, limit: 1000, ...(cursor ? { cursor } : {}) })
    events.push(...page.items)
    cursor = page.next_cursor
  }
  return events
}

/** The ids shown now, newest first: only those near the screen are in the page. */
export const shownNow = (page: Page): Promise<string[]> => page.getByTestId('event')
  .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id')!))

/** Scrolls from the top to the very end; answers every id that was shown on the way, newest first. */
export async function shownInAll(page: Page, { until = 'This is where the log begins.' } = {}): Promise<string[]> {
  return page.evaluate(async (words) => {
    const found = new Map<string, number>()
    const frame = (): Promise<unknown> => new Promise((resolve) => {
      requestAnimationFrame(() => setTimeout(resolve))
    })
    const note = (): void => {
      for (const row of document.querySelectorAll('[data-testid="event"]')) {
        found.set(row.getAttribute('data-id')!, row.getBoundingClientRect().top + scrollY)
      }
    }
    const isAtEnd = (): boolean =>
      scrollY + innerHeight >= document.documentElement.scrollHeight - 2 && document.body.innerText.includes(words)
    scrollTo({ top: 0, behavior: 'instant' })
    await frame()
    for (const until = performance.now() + 25_000; performance.now() < until;) {
      note()
      if (isAtEnd()) break
      scrollBy({ top: innerHeight * 0.8, behavior: 'instant' })
      await frame()
    }
    note()
    return [...found.keys()]
  }, until)
}
