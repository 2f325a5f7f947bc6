/** How the board reads tasks: all columns at once, the next page of one, or some by id. */
import type { TypedDocumentNode } from '@urql/core'
import { gql, stringifyDocument } from '@urql/core'
import type { Status } from '../../../../domain/tasks.ts'
import type { Card, Filter } from '../../board.ts'
import { columns } from '../../board.ts'
import type { Read } from '../../graphql/client.ts'
import { read } from '../../graphql/client.ts'
import { graphql } from '../../graphql/graphql.ts'

/** Of each column at first: all of it in most workspaces, and one answer is one drawing. */
export const FIRST_SIZE = 400
export const PAGE_SIZE = 1000
/** Tasks that one request names by id; each costs the server a statement. */
export const MAX_NAMED = 50

const fields = graphql(`
  fragment CardFields on Task {
    id key title status outcome priority tags workstream assignee creator dueAt reward rejections
    blockReason gate pending { goal } waiting { since } version createdAt updatedAt finishedAt
    description @include(if: $isSearch)
  }
`)

const column = graphql(`
  query BoardColumn(
    $status: [Status!], $search: String, $assignee: String, $tag: String, $priority: Priority,
    $workstream: String, $isSearch: Boolean!, $limit: Int, $cursor: String
  ) {
    tasks(
      status: $status, search: $search, assignee: $assignee, tag: $tag, priority: $priority,
      workstream: $workstream, limit: $limit, cursor: $cursor
    ) { items { ...CardFields } nextCursor }
  }
`, [fields])

type Page = { items: Card[]; nextCursor: string | null }
type Document<Data> = TypedDocumentNode<Data, Record<string, unknown>>

/** The same question for every column. */
const board = gql(`
  query Board(
    $search: String, $assignee: String, $tag: String, $priority: Priority, $workstream: String,
    $isSearch: Boolean!, $limit: Int
  ) {
    ${columns.map((status) => `${status}: tasks(
      status: [${status}], search: $search, assignee: $assignee, tag: $tag, priority: $priority,
      workstream: $workstream, limit: $limit
    ) { items { ...CardFields } nextCursor }`).join('\n')}
  }
  ${stringifyDocument(fields)}
`) as unknown as Document<Record<Status, Page>>

/** What is not asked for is left out: null is no word of the server's. */
const given = <Fields extends Record<string, unknown>>(asked: Fields) =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null)) as {
    [Name in keyof Fields]?: NonNullable<Fields[Name]>
  }

export const readBoard = (filter: Filter): Promise<Read<Record<Status, Page>>> =>
  read(board, { ...given(filter), isSearch: filter.search !== null, limit: FIRST_SIZE })

export async function readColumn(
  status: Status, filter: Filter, cursor: string,
): Promise<Read<Page>> {
  const answer = await read(column, {
    ...given(filter), status: [status], limit: PAGE_SIZE, cursor, isSearch: filter.search !== null,
  })
  if (!answer.ok) return { ok: false, failure: answer.failure }
  return { ok: true, data: answer.data.tasks ?? { items: [], nextCursor: null } }
}

const documents = new Map<number, Document<Record<string, Card | null>>>()

/** One question that names so many tasks. */
function documentFor(count: number): Document<Record<string, Card | null>> {
  const names = Array.from({ length: count }, (_, index) => `t${index}`)
  const made = documents.get(count) ?? gql(`
    query BoardCards($isSearch: Boolean!, ${names.map((name) => `$${name}: ID!`).join(', ')}) {
      ${names.map((name) => `${name}: task(id: $${name}) { ...CardFields }`).join('\n')}
    }
    ${stringifyDocument(fields)}
  `) as unknown as Document<Record<string, Card | null>>
  documents.set(count, made)
  return made
}

/** These tasks as they are now, null for what is not there; null when no answer came. */
export async function readCards(
  ids: readonly string[], isSearch: boolean,
): Promise<Map<string, Card | null> | null> {
  const variables = Object.fromEntries(ids.map((id, index) => [`t${index}`, id]))
  const { data } = await read(documentFor(ids.length), { isSearch, ...variables })
  if (!data) return null
  return new Map(ids.map((id, index) => [id, data[`t${index}`] ?? null]))
}
