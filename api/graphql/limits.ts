/**
 * What a GraphQL operation may ask for: how deep, and how much in all. Counted before it runs, by
 * the sizes of the lists it names; a small query cannot ask for a large world.
 */
import {
  GraphQLList, Kind, getNamedType, getNullableType, isObjectType,
} from 'graphql'
import type {
  DocumentNode, FieldNode, GraphQLField, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql'
import { refuse } from '../../domain/errors.ts'
import type { Refusal } from '../../domain/errors.ts'
import { DEFAULT_LIMIT } from '../../handlers/cursors.ts'

/** Lexical tokens; checking a document is quadratic in equal fields: 0.1 s at this size. */
export const MAX_TOKENS = 2500
export const MAX_DEPTH = 10
/** Values an answer may hold: a thousand whole tasks with their assignees are about 70,000. */
export const MAX_COST = 100_000
/** What one call of an operation weighs, in values; the same call twice in a query is made once. */
const CALL_COST = 25
/** Lists that have no limit of their own: tags, votes. */
const SMALL_LIST = 10
const INTROSPECTION_COST = 5000

type Variables = Readonly<Record<string, unknown>>
type Walk = {
  schema: GraphQLSchema
  variables: Variables
  fragments: Map<string, { on: string; set: SelectionSetNode }>
  /** Fields looked at, so that fragments in fragments end. */
  visits: number
}

/** Refuses what asks for too much; null when it may run. */
export function refuseExcess(
  schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode,
  variables: Variables,
): Refusal | null {
  const fragments: Walk['fragments'] = new Map()
  for (const node of document.definitions) {
    if (node.kind !== Kind.FRAGMENT_DEFINITION) continue
    fragments.set(node.name.value, { on: node.typeCondition.name.value, set: node.selectionSet })
  }
  const walk: Walk = { schema, variables, fragments, visits: 0 }
  const root = schema.getRootType(operation.operation)!
  const { cost, depth } = costOf(walk, operation.selectionSet, root, { depth: 1, limit: null })
  if (depth > MAX_DEPTH) {
    return refuse('invalid_input', `The query is nested more than ${MAX_DEPTH} levels deep`, {
      errors: [], limit: MAX_DEPTH,
    })
  }
  return cost <= MAX_COST ? null : refuse('invalid_input',
    `The query may ask for more than ${MAX_COST} values: take smaller pages or fewer fields`,
    { errors: [], limit: MAX_COST }, 'The limit of each list counts, 50 where there is none.')
}

type Place = { depth: number; /** Of the page around us. */ limit: number | null }
type Sum = { cost: number; depth: number }

function costOf(walk: Walk, set: SelectionSetNode, type: GraphQLObjectType, place: Place): Sum {
  const sum: Sum = { cost: 0, depth: place.depth }
  for (const selection of set.selections) {
    if (walk.visits > MAX_COST || sum.cost > MAX_COST) return { ...sum, cost: Infinity }
    if (place.depth > MAX_DEPTH) return sum
    const part = selection.kind === Kind.FIELD
      ? costOfField(walk, selection, type, place)
      : costOf(walk, ...spread(walk, selection, type), place)
    sum.cost += part.cost
    sum.depth = Math.max(sum.depth, part.depth)
  }
  return sum
}

type Spread = Exclude<SelectionSetNode['selections'][number], FieldNode>

function spread(
  walk: Walk, node: Spread, type: GraphQLObjectType,
): [SelectionSetNode, GraphQLObjectType] {
  walk.visits++
  const { on, set } = node.kind === Kind.FRAGMENT_SPREAD
    ? walk.fragments.get(node.name.value)!
    : { on: node.typeCondition?.name.value, set: node.selectionSet }
  const named = on === undefined ? null : walk.schema.getType(on)
  return [set, isObjectType(named) ? named : type]
}

function costOfField(walk: Walk, node: FieldNode, type: GraphQLObjectType, place: Place): Sum {
  walk.visits++
  const name = node.name.value
  // GraphQL bounds how deep questions about the schema go by a rule of its own.
  if (name.startsWith('__')) {
    return { cost: name === '__typename' ? 1 : INTROSPECTION_COST, depth: place.depth }
  }
  const field = type.getFields()[name]!
  const own = field.extensions.calls ? CALL_COST : 1
  const target = getNamedType(field.type)
  if (!node.selectionSet || !isObjectType(target)) return { cost: own, depth: place.depth }
  const inner = costOf(walk, node.selectionSet, target, {
    depth: place.depth + 1, limit: limitOf(walk, node, field),
  })
  const isList = getNullableType(field.type) instanceof GraphQLList
  const size = isList ? place.limit ?? SMALL_LIST : 1
  return { cost: own + size * (inner.cost + 1), depth: inner.depth }
}

/** How many items a page will have; null for what is no page. */
function limitOf(
  { variables }: Walk, { arguments: given = [] }: FieldNode, field: GraphQLField<unknown, unknown>,
): number | null {
  if (!field.args.some(({ name }) => name === 'limit')) return null
  const value = given.find(({ name }) => name.value === 'limit')?.value
  const limit = value?.kind === Kind.INT ? Number(value.value)
    : value?.kind === Kind.VARIABLE ? variables[value.name.value] : undefined
  return typeof limit === 'number' && limit > 0 ? limit : DEFAULT_LIMIT
}
