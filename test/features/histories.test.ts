/** The history of a task, page by page, from the newest back to its beginning. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld({ worker: true }) })
afterAll(() => world.close())

type Page = { items: { id: string; type: string; data: { body?: string } }[]; next_cursor: string | null }

async function pagesOf(id: string, limit: number): Promise<Page[]> {
  const pages: Page[] = []
  for (let cursor: string | null = null; ;) {
    const page: Page = await world.owner.do('task.history', { id, limit, ...(cursor ? { cursor } : {}) })
    pages.push(page)
    cursor = page.next_cursor
    if (!cursor) return pages
  }
}

test('of one stream: every remark once, newest first', async () => {
  const { key: id } = await world.owner.do('task.create', { title: 'Talked about' })
  for (let count = 1; count <= 7; count++) await world.owner.do('task.comment', { id, body: String(count) })
  const pages = await pagesOf(id, 3)
  expect(pages.map(({ items }) => items.map(({ data }) => data.body ?? 'created'))).toEqual(
    [['7', '6', '5'], ['4', '3', '2'], ['1', 'created']])
})

test('of both streams: what was paid is among it, nothing twice, nothing missing', async () => {
  const { key: id } = await world.owner.do('task.create', { title: 'Paid for', status: 'todo' })
  const { client } = world.agents.ada!
  await client.do('task.claim', { id })
  await client.do('task.complete', { id })
  await world.owner.do('task.get', { id, wait: 10, settled: true })
  await world.owner.do('task.comment', { id, body: 'Thanks.' })
  const whole = await world.owner.do('task.history', { id, limit: 1000 })
  const types = whole.items.map(({ type }: { type: string }) => type)
  expect(types).toContain('credit.awarded')
  for (const limit of [1, 2, 3]) {
    const ids = (await pagesOf(id, limit)).flatMap(({ items }) => items.map((item) => item.id))
    expect(ids).toEqual(whole.items.map((item: { id: string }) => item.id))
  }
})

test('a cursor that is none is refused', async () => {
  const { key: id } = await world.owner.do('task.create', { title: 'Asked for wrongly' })
  for (const text of ['1.', '1.99999999999999999', '9007199254740993.1', 'x.y', '-1.1']) {
    const cursor = Buffer.from(text).toString('base64url')
    expect((await world.owner.call('task.history', { id, cursor })).body).toMatchObject({ code: 'invalid_input' })
  }
})
