/**
 * The typed client: `createClient({ url, token })`, then `client.task.claim('TASK-1')`. Every
 * operation is a method by noun and verb; nothing here knows any of them.
 */
import type { Answer, CommandOptions, OperationName, RetryPolicy } from './call.ts'
import { call, usualRetries } from './call.ts'
import type { ConnectionOptions } from './connection.ts'
import { Connection } from './connection.ts'
import type { Followed, FollowOptions } from './follow.ts'
import { follow } from './follow.ts'
import type { Calls, Methods } from './generated/methods.ts'
import { routes } from './generated/routes.ts'

export { GuildhallError } from './errors.ts'

export type ClientOptions = ConnectionOptions & {
  /** What differs from the usual: see sdk/call.ts. */
  retry?: Partial<RetryPolicy>
}

export type Client = Methods & {
  /** Any operation by name, with status, ETag, idempotency key and replay mark. */
  call: <Name extends OperationName>(
    name: Name, input?: Calls[Name]['input'], options?: CommandOptions,
  ) => Promise<Answer<Calls[Name]['answer']>>
  /** Events after a cursor, then new ones as they happen; see sdk/follow.ts. */
  follow: (options?: FollowOptions) => AsyncGenerator<Followed>
}

type Method = (...given: unknown[]) => Promise<unknown>

const camel = (words: string): string =>
  words.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** A client for one server and one credential; it keeps no connection open by itself. */
export function createClient(options: ClientOptions): Client {
  const connection = new Connection(options)
  const retry = { ...usualRetries, ...options.retry }
  const nouns: Record<string, Record<string, Method>> = {}
  for (const name of Object.keys(routes) as OperationName[]) {
    const [noun, verb] = name.split('.') as [string, string]
    const params = [...routes[name].path.matchAll(/\{(\w+)\}/g)].map(([, param]) => param!)
    nouns[noun] ??= {}
    nouns[noun][camel(verb)] = async (...given) => {
      const named = Object.fromEntries(params.map((param, index) => [param, given[index]]))
      const [fields, callOptions] = given.slice(params.length) as [object?, CommandOptions?]
      const answer = await call(connection, retry, name, { ...fields, ...named }, callOptions)
      return answer.body
    }
  }
  return {
    ...nouns as Methods,
    call: (name, input, callOptions) => call(connection, retry, name, { ...input }, callOptions),
    follow: (wanted) => follow(connection, retry, wanted),
  }
}
