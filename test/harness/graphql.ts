/** Calls operations through GraphQL as a stock client would: all it knows is the introspection. */
import {
  buildClientSchema, getIntrospectionQuery, getNamedType, isEnumType, isInputObjectType, isListType,
  isNonNullType, isObjectType,
} from 'graphql'
import type {
  GraphQLField, GraphQLInputType, GraphQLOutputType, GraphQLSchema, IntrospectionQuery,
} from 'graphql'
import { camel, enumNameOf, fieldNameOf } from '../../api/graphql/names.ts'
import { links } from '../../api/graphql/links.ts'
import { operationSchemas } from '../../api/schemas.ts'
import type { Problem } from '../../domain/errors.ts'
import { operationsByName } from '../../operations/index.ts'
import { signedHeaders } from './signer.ts'

type Value = Record<string, unknown>
export type GraphQLAnswer = {
  status: number
  data: Value | null
  errors: { message: string; path?: string[]; extensions: Problem }[]
  extensions?: { commands: Record<string, { idempotencyKey: string; replayed: boolean }> }
}

/** Who asks: by a token, or signing with a key as agents do. */
export type Asker = { url: string } & ({ token: string } | { keyid: string; secret: string })

/** Sends one document. */
export async function ask(
  url: string, token: string, query: string, variables: Value = {},
  headers: Record<string, string> = {},
): Promise<GraphQLAnswer> {
  return send({ url, token }, JSON.stringify({ query, variables }), headers)
}

async function send(
  { url, ...proof }: Asker, body: string, more: Record<string, string> = {},
): Promise<GraphQLAnswer> {
  const shown = 'token' in proof ? { authorization: `Bearer ${proof.token}` }
    // Not from before the store of nonces began, should a second end in between.
    : signedHeaders({ ...proof, method: 'POST', target: '/graphql', body, created: Math.ceil(Date.now() / 1000) })
  const response = await fetch(`${url}/graphql`, {
    method: 'POST', body, headers: { 'content-type': 'application/json', ...shown, ...more },
  })
  const { errors = [], ...answer } = await response.json() as Partial<GraphQLAnswer>
  return { data: null, ...answer, errors, status: response.status }
}

export async function introspect(url: string, token: string): Promise<GraphQLSchema> {
  const { data } = await ask(url, token, getIntrospectionQuery())
  return buildClientSchema(data as unknown as IntrospectionQuery)
}

export type Called = { body: unknown } | { problem: Problem }

/** One operation by its name, its input and its answer in the names of the contract. */
export async function callByGraphQL(
  schema: GraphQLSchema, asker: Asker, name: string, input: Value,
): Promise<Called> {
  const operation = operationsByName.get(name)!
  const kind = operation.kind === 'query' ? 'query' : 'mutation'
  const field = schema.getRootType(kind as 'query')!.getFields()[fieldNameOf(operation)]!
  const names = Object.keys(input).map(camel)
  const given = field.args.filter((argument) => names.includes(argument.name))
  const declared = given.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ')
  const passed = given.map((argument) => `${argument.name}: $${argument.name}`).join(', ')
  const variables = Object.fromEntries(Object.entries(input).map(([key, value]) =>
    [camel(key), toGraphQL(given.find((argument) => argument.name === camel(key))?.type, value)]))
  const query = `${kind}${declared && `(${declared})`} {
    answer: ${field.name}${passed && `(${passed})`} ${selectionOf(field)}
  }`
  const { data, errors } = await send(asker, JSON.stringify({ query, variables }))
  const [error] = errors
  return error ? { problem: error.extensions } : { body: fromGraphQL(field.type, data!.answer) }
}

function selectionOf({ type }: Pick<GraphQLField<unknown, unknown>, 'type'>): string {
  const target = getNamedType(type)
  if (!isObjectType(target)) return ''
  const followed = new Set(links.filter(({ on }) => on === target.name).map((link) => link.name))
  const fields = Object.values(target.getFields()).filter((field) => !followed.has(field.name))
  return `{ ${fields.map((field) => `${field.name} ${selectionOf(field)}`).join(' ')} }`
}

function toGraphQL(type: GraphQLInputType | undefined, value: unknown): unknown {
  if (!type || value === null) return value
  if (isNonNullType(type)) return toGraphQL(type.ofType as GraphQLInputType, value)
  if (isListType(type) && Array.isArray(value)) {
    return value.map((item) => toGraphQL(type.ofType as GraphQLInputType, item))
  }
  if (isEnumType(type)) return enumNameOf(String(value))
  if (!isInputObjectType(type)) return value
  return Object.fromEntries(Object.entries(value as Value).map(([name, part]) =>
    [camel(name), toGraphQL(type.getFields()[camel(name)]?.type, part)]))
}

const snake = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function fromGraphQL(type: GraphQLOutputType, value: unknown): unknown {
  if (value === null) return value
  if (isNonNullType(type)) return fromGraphQL(type.ofType as GraphQLOutputType, value)
  if (isListType(type)) {
    return (value as unknown[]).map((item) => fromGraphQL(type.ofType as GraphQLOutputType, item))
  }
  if (isEnumType(type)) {
    const words = operationSchemas().answers.definitions.get(type.name)!.enum as string[]
    return words.find((word) => enumNameOf(word) === value)
  }
  if (!isObjectType(type)) return value
  return Object.fromEntries(Object.entries(value as Value).map(([name, part]) =>
    [snake(name), fromGraphQL(type.getFields()[name]!.type, part)]))
}
