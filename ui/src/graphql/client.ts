/** Reads by GraphQL, with the session cookie. Nothing is cached: the server is the state. */
import type { TypedDocumentNode } from '@urql/core'
import { Client, fetchExchange } from '@urql/core'
import type { AnyVariables } from '@urql/core'
import type { Failure } from '../problem.ts'
import { queryFailureOf } from '../problem.ts'
import { sessionEnded } from '../session.ts'

const client = new Client({
  url: '/graphql', exchanges: [fetchExchange], preferGetMethod: false,
  requestPolicy: 'network-only',
})

export type Read<Data> =
  | { ok: true; data: Data }
  | { ok: false; failure: Failure; data?: undefined }

/**
 * Asks once; an answer with holes in it is none. Views use `useLiveQuery`, which asks again
 * whenever an event says so.
 */
export async function read<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>, variables: Variables,
): Promise<Read<Data>> {
  const { data, error } = await client.query(document, variables).toPromise()
  if (!error && data !== undefined) return { ok: true, data }
  const failure = queryFailureOf(error!)
  if (failure.code === 'unauthenticated') sessionEnded()
  return { ok: false, failure }
}
