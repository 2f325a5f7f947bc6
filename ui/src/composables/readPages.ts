/** Page after page into one list, so that a view has one whole answer or the reason why not. */
import type { Read } from '../graphql/client.ts'

type Page<Item> = { items: readonly Item[]; nextCursor: string | null }
type Reader<Item> = (cursor: string | null) => Promise<Read<Page<Item> | null>>
export type Pages<Item> = { items: Item[]; /** There is more than was asked for. */ isCut: boolean }

type Options<Item> = {
  maxPages: number
  /** Nothing further is needed: told each page as it comes. */
  isEnough?: (items: readonly Item[]) => boolean
}

export async function readPages<Item>(
  page: Reader<Item>, { maxPages, isEnough = () => false }: Options<Item>,
): Promise<Read<Pages<Item>>> {
  const all: Item[] = []
  let cursor: string | null = null
  for (let turn = 0; turn < maxPages; turn++) {
    const answer = await page(cursor)
    if (!answer.ok) return { ok: false, failure: answer.failure }
    const { items, nextCursor }: Page<Item> = answer.data ?? { items: [], nextCursor: null }
    all.push(...items)
    cursor = nextCursor
    if (cursor === null || isEnough(items)) return { ok: true, data: { items: all, isCut: false } }
  }
  return { ok: true, data: { items: all, isCut: true } }
}

/** The part of an answer that matters. */
export const pick = <From, To>(answer: Read<From>, part: (data: From) => To): Read<To> =>
  (answer.ok ? { ok: true, data: part(answer.data) } : { ok: false, failure: answer.failure })
