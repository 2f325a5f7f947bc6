/** Page after page into one list, so that a view has one whole answer or the reason why not. */
import type { Read } from '../graphql/client.ts'

type Page<Item> = { items: readonly Item[]; nextCursor: string | null }
export type PageReader<Item> = (cursor: string | undefined) => Promise<Read<Page<Item> | null>>
export type Pages<Item> = {
  items: Item[]
  /** Where it goes on; null where everything was read. */
  next: string | null
}

type Options<Item> = {
  maxPages: number
  /** Nothing further is needed: told each page as it comes. */
  isEnough?: (items: readonly Item[]) => boolean
  from?: string
}

export async function readPages<Item>(
  page: PageReader<Item>, { maxPages, isEnough = () => false, from }: Options<Item>,
): Promise<Read<Pages<Item>>> {
  const all: Item[] = []
  let cursor = from
  for (let turn = 0; turn < maxPages; turn++) {
    const answer = await page(cursor)
    if (!answer.ok) return { ok: false, failure: answer.failure }
    const { items, nextCursor }: Page<Item> = answer.data ?? { items: [], nextCursor: null }
    all.push(...items)
    cursor = nextCursor ?? undefined
    if (cursor === undefined || isEnough(items)) break
  }
  return { ok: true, data: { items: all, next: cursor ?? null } }
}

/** The part of an answer that matters. */
export const pick = <From, To>(answer: Read<From>, part: (data: From) => To): Read<To> =>
  (answer.ok ? { ok: true, data: part(answer.data) } : { ok: false, failure: answer.failure })
