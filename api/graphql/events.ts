/** `subscription { events(after, filter) }`: replays what is after the cursor, then follows. */
import { GraphQLInputObjectType, GraphQLNonNull, GraphQLObjectType } from 'graphql'
import type { LiveEvent } from '../following.ts'
import { eventList, follow, pagingFields } from '../following.ts'
import { fieldsOf, namedInput } from './call.ts'
import type { CallContext, Input } from './context.ts'
import { problemError } from './errors.ts'
import { Cursor } from './scalars.ts'
import type { Fields, Types } from './types.ts'

/** The fields of Event and its links, and the cursor to resume after it. */
export function eventsField(types: Types, links: () => Fields): Fields[string] {
  const filters = Object.fromEntries(Object.entries(fieldsOf(eventList).properties)
    .filter(([name]) => !pagingFields.includes(name)))
  const cursor = { type: new GraphQLNonNull(Cursor), description: 'Resumes after this event' }
  return {
    type: new GraphQLNonNull(new GraphQLObjectType({
      name: 'LiveEvent',
      description: 'An event as it happens',
      fields: () => ({ ...types.fields('Event'), ...links(), cursor }),
    })),
    description: 'Events after a cursor, oldest first, then each as it happens. Without `after`: '
      + 'from now on.',
    args: {
      after: { type: Cursor },
      filter: {
        type: new GraphQLInputObjectType({
          name: 'EventFilterInput', fields: () => types.inputFields(filters),
        }),
      },
    },
    subscribe: (_, values, context) => subscribe(values, context),
    resolve: (event, _, { size }) => {
      size.reset()
      return event
    },
  }
}

type Values = { after?: string | null; filter?: Input | null }

async function subscribe(
  { after, filter }: Values, context: CallContext,
): Promise<AsyncIterable<LiveEvent>> {
  const { deps, identity, instance, signal } = context
  // A generator that waits for an event takes no `return`: it is woken by the signal.
  const ended = new AbortController()
  const followed = await follow(deps, {
    identity, wants: namedInput(eventList, filter ?? {}), after: after ?? null, instance,
    signal: AbortSignal.any([signal, ended.signal]),
  })
  if ('problem' in followed) throw problemError(followed.problem)
  const { events } = followed
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => events.next(),
      return: () => {
        ended.abort()
        return events.return(undefined)
      },
    }),
  }
}
