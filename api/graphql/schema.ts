/** The GraphQL schema: a loop over the registry. */
import { GraphQLID, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import type { GraphQLFieldConfigArgumentMap } from 'graphql'
import type { Operation } from '../../operations/define.ts'
import { operations } from '../../operations/index.ts'
import { operationSchemas } from '../schemas.ts'
import { fieldsOf, resolveOperation } from './call.ts'
import { eventsField } from './events.ts'
import { linkFields, nullable } from './links.ts'
import { fieldNameOf } from './names.ts'
import type { Fields } from './types.ts'
import { Types } from './types.ts'

/** What a command takes besides its fields. */
const guards: GraphQLFieldConfigArgumentMap = {
  idempotencyKey: {
    type: GraphQLString,
    description: 'The same key and arguments again give the first answer again',
  },
  ifMatch: { type: GraphQLString, description: 'Only if it is still at this version, such as "7"' },
}

let made: GraphQLSchema | null = null

/** Made at first use: a process that nobody asks in GraphQL does not pay for it. */
export function graphqlSchema(): GraphQLSchema {
  made ??= makeSchema()
  return made
}

function makeSchema(): GraphQLSchema {
  const types: Types = new Types(operationSchemas(), (type) => linkFields(type, () => types))
  const root = (kind: Operation['kind']): Fields => {
    const fields: Fields = {}
    for (const operation of operations.filter((one) => one.kind === kind)) {
      const name = fieldNameOf(operation)
      if (name in fields) throw new Error(`Two operations would be the field ${name}`)
      fields[name] = rootField(operation, types)
    }
    return fields
  }
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: root('query') }),
    mutation: new GraphQLObjectType({ name: 'Mutation', fields: root('command') }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: { events: eventsField(types, () => linkFields('Event', () => types)) },
    }),
  })
}

function rootField(operation: Operation, types: Types): Fields[string] {
  const { properties, required } = fieldsOf(operation)
  const { summary, description, kind, name, params } = operation
  return {
    // One refused field leaves the others of the same request as they are.
    type: nullable(types.answer(operationSchemas().answers.of.get(name)!)),
    description: description ? `${summary}\n\n${description}` : summary,
    args: {
      ...types.inputFields(properties, required),
      ...Object.fromEntries(params.map((param) => [param, {
        type: new GraphQLNonNull(GraphQLID), description: properties[param]!.description,
      }])),
      ...(kind === 'command' ? guards : {}),
    },
    extensions: { calls: true },
    resolve: (_, values, context, info) => resolveOperation(operation, values, context, info),
  }
}
