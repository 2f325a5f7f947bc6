/** How the board reads tasks: a page of one column, or some by id, all with the same fields. */
import type { TypedDocumentNode } from '@urql/core'
import { gql, stringifyDocument } from '@urql/core'
import type { Status } from '../../../../domain/tasks.ts'
import type { Card, Filter } from '../../board.ts'
import type { Read } from '../../graphql/client.ts'
import { read } from '../../graphql/client.ts'
import { graphql } from '../../graphql/graphql.ts'

export const PAGE_SIZE = 1000
/** Tasks that one request names by id; each costs the server a statement. */
export const MAX_NAMED = 50

const fields = graphql(`
  fragment CardFields on Task {
    id key title status outcome priority tags assignee creator dueAt reward rejections blockReason
    gate pending { goal } waiting { since } version createdAt updatedAt finishedAt
    description @include(if: $isSearch)
  }
`)

const column = graphql(`
  query BoardColumn(
    $status: [Status!], $search: String, $assignee: String, $tag: String, $priority: Priority,
    $isSearch: Boolean!, $limit: Int, $cursor: String
  ) {
    tasks(
      status: $status, search: $search, assignee: $assignee, tag: $tag, priority: $priority,
      limit: $limit, cursor: $cursor
    ) { items { ...CardFields } nextCursor }
  }
`, [fields])

export type ColumnPage = { items: Card[]; nextCursor: string | null }

/** What is not asked for is left out: null is no word of the server's. */
const given = <Fields extends Record<string, unknown>>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [Name in keyof Fields]?: NonNullable<Fields[Name]>
  }

export async function readColumn(
  status: Status, filter: Filter, cursor: string | null,
): Promise<Read<ColumnPage>> {
  const answer = await read(column, {
    ...given({ ...filter, cursor }), status: [status], limit: PAGE_SIZE,
    isSearch: filter.search !== null,
  })
  if (!answer.ok) return { ok: false, failure: answer.failure }
  return { ok: true, data: answer.data.tasks ?? { items: [], nextCursor: null } }
}

type Named = TypedDocumentNode<Record<string, Card | null>, Record<string, unknown>>
const documents = new Map<number, Named>()

/** One question that names so many tasks. */
function documentFor(count: number): Named {
  const names = Array.from({ length: count }, (_, index) => `t${index}`)
  const made = documents.get(count) ?? gql(`
    query BoardCards($isSearch: Boolean!, ${names.map((name) => `$${name}: ID!`).join(', ')}) {
      ${names.map((name) => `${name}: task(id: $${name}) { ...CardFields }`).join('\n')}
    }
    ${stringifyDocument(fields)}
  `) as unknown as Named
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
