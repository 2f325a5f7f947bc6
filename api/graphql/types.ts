/**
 * GraphQL types from the operations' JSON Schemas: objects and enums by their ids, everything else
 * that has an id is a scalar. There are no unions: a choice of shapes is a scalar of that name.
 */
import {
  GraphQLBoolean, GraphQLEnumType, GraphQLFloat, GraphQLID, GraphQLInputObjectType, GraphQLInt,
  GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString,
} from 'graphql'
import type {
  GraphQLFieldConfigMap, GraphQLInputFieldConfigMap, GraphQLNamedType, GraphQLNullableInputType,
  GraphQLNullableOutputType, GraphQLOutputType, GraphQLScalarType,
} from 'graphql'
import type { JsonSchema, Schemas } from '../schemas.ts'
import { nameOf, targetOf, withoutNull } from '../schemas.ts'
import type { CallContext } from './context.ts'
import { camel, enumNameOf } from './names.ts'
import { SafeInt, untouched } from './scalars.ts'

export type Fields = GraphQLFieldConfigMap<unknown, CallContext>
type Source = Record<string, unknown>

const MAX_INT = 2 ** 31 - 1
const primitives: Record<string, GraphQLScalarType> = {
  string: GraphQLString, boolean: GraphQLBoolean, number: GraphQLFloat,
}

/** Makes each type once. `linksOf` adds the fields that lead to other operations. */
/** Not everybody who acts is somebody: the system has no id. */
const idOf = (schema: JsonSchema): GraphQLOutputType =>
  (withoutNull(schema).isNullable ? GraphQLID : new GraphQLNonNull(GraphQLID))

export class Types {
  readonly #inputs: Schemas
  readonly #answers: Schemas
  readonly #linksOf: (type: string) => Fields
  readonly #made = new Map<string, GraphQLNamedType>()

  constructor(schemas: { inputs: Schemas; answers: Schemas }, linksOf: (type: string) => Fields) {
    this.#inputs = schemas.inputs
    this.#answers = schemas.answers
    this.#linksOf = linksOf
  }

  /** What an operation answers; null where a caller may be refused and get nothing. */
  answer(schema: JsonSchema): GraphQLOutputType {
    const { schema: type, isNullable } = withoutNull(schema)
    const output = this.#output(type)
    return isNullable || isAnything(type, this.#answers) ? output : new GraphQLNonNull(output)
  }

  /** Arguments of an operation, or of an input object: the same fields in camelCase. */
  inputFields(properties: Record<string, JsonSchema>, required: readonly string[] = []) {
    const fields: GraphQLInputFieldConfigMap = {}
    for (const [name, schema] of Object.entries(properties)) {
      const { schema: type, isNullable } = withoutNull(schema)
      const input = this.#input(type)
      const isRequired = required.includes(name) && !isNullable
      fields[camel(name)] = {
        type: isRequired ? new GraphQLNonNull(input) : input,
        description: schema.description,
      }
    }
    return fields
  }

  /** The fields of an answered object, without links. */
  fields(type: string): Fields {
    const fields: Fields = {}
    for (const [name, schema] of Object.entries(this.#answers.definitions.get(type)!.properties!)) {
      const output = name === 'id' ? idOf(schema) : this.answer(schema)
      const isLeaf = !this.#hasFields(schema)
      fields[camel(name)] = {
        type: output,
        description: schema.description,
        resolve: (source, _, { size }) => {
          const value = (source as Source)[name]
          if (isLeaf) size.add(value)
          return value
        },
      }
    }
    return fields
  }

  #hasFields(schema: JsonSchema): boolean {
    const { schema: type } = withoutNull(schema)
    return targetOf(type.items ?? type, this.#answers).properties !== undefined
  }

  #output(schema: JsonSchema): GraphQLNullableOutputType {
    if (schema.items) return new GraphQLList(this.answer(schema.items))
    const name = nameOf(schema)
    if (name === null) return plain(schema)
    return this.#once(name, () => {
      const target = this.#answers.definitions.get(name)!
      return target.properties
        ? new GraphQLObjectType({
          name, description: target.description,
          fields: () => ({ ...this.fields(name), ...this.#linksOf(name) }),
        })
        : leaf(name, target)
    }) as GraphQLNullableOutputType
  }

  #input(schema: JsonSchema): GraphQLNullableInputType {
    if (schema.items) return new GraphQLList(new GraphQLNonNull(this.#input(schema.items)))
    const name = nameOf(schema)
    if (name === null) return plain(schema)
    return this.#once(name, () => {
      const target = this.#inputs.definitions.get(name)!
      return target.properties
        ? new GraphQLInputObjectType({
          name, description: target.description,
          fields: () => this.inputFields(target.properties!, target.required),
        })
        : leaf(name, target)
    }) as GraphQLNullableInputType
  }

  #once(name: string, make: () => GraphQLNamedType): GraphQLNamedType {
    const known = this.#made.get(name)
    if (known) return known
    const type = make()
    this.#made.set(name, type)
    return type
  }
}

/** Any JSON may also be null. */
const isAnything = (schema: JsonSchema, schemas: Schemas): boolean => {
  const { $ref, type, anyOf } = targetOf(schema, schemas)
  return $ref === undefined && type === undefined && anyOf === undefined
}

function leaf(name: string, { enum: words, description }: JsonSchema): GraphQLNamedType {
  if (!words) return untouched(name, description)
  return new GraphQLEnumType({
    name, description,
    values: Object.fromEntries((words as string[])
      .map((word) => [enumNameOf(word), { value: word }])),
  })
}

/** A value without an id. */
function plain(schema: JsonSchema): GraphQLScalarType {
  const { type, minimum, maximum } = schema
  if (type === 'integer') {
    const isShort = (maximum ?? Infinity) <= MAX_INT && (minimum ?? -Infinity) >= -MAX_INT
    return isShort ? GraphQLInt : SafeInt
  }
  const found = typeof type === 'string' ? primitives[type] : undefined
  if (!found) throw new Error(`Give this shape an id for a name: ${JSON.stringify(schema)}`)
  return found
}
