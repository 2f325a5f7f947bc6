/** Cursors are opaque to callers: a place in a list, in base64url. */
import type { Refusal } from '../domain/errors.ts'
import { refuseField } from '../domain/errors.ts'
import type { Place } from '../db/events.ts'

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/

const encode = (text: string): string => Buffer.from(text).toString('base64url')
const decode = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('latin1')
const badCursor = (): Refusal => refuseField('/cursor', 'Not a cursor of this list')

/** The id after which a page starts; undefined for the first page. */
export function readIdCursor(cursor: string | undefined): string | undefined | Refusal {
  if (cursor === undefined) return undefined
  const id = decode(cursor)
  return UUID.test(id) ? id : badCursor()
}

/** The text after which a page starts, such as a name. */
export const readTextCursor = (cursor: string | undefined): string | undefined =>
  (cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString())

export const placeCursor = ({ activity, ledger }: Place): string => encode(`${activity}.${ledger}`)

/** The place in both event streams; undefined for the beginning. */
export function readPlaceCursor(cursor: string | undefined): Place | undefined | Refusal {
  if (cursor === undefined) return undefined
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(decode(cursor))
  const place = { activity: Number(match?.[1]), ledger: Number(match?.[2]) }
  // Reading backwards begins at the largest number there is: see histories.ts.
  return Object.values(place).every(Number.isSafeInteger) ? place : badCursor()
}

export const DEFAULT_LIMIT = 50

/** A page from one row more than asked for: the surplus tells that there is a next page. */
export function pageOf<Row extends { id: string }, Item>(
  rows: Row[], limit: number, render: (row: Row) => Item,
): { items: Item[]; next_cursor: string | null } {
  const items = rows.slice(0, limit)
  return {
    items: items.map(render),
    next_cursor: rows.length > limit ? encode(items.at(-1)!.id) : null,
  }
}
