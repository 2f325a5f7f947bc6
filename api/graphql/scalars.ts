/** Scalars: values that pass through untouched; the operation's own schema checks them. */
import { GraphQLError, GraphQLScalarType, valueFromASTUntyped } from 'graphql'

/** Whatever comes goes on as it is, inner names included. */
export const untouched = (name: string, description: string | undefined): GraphQLScalarType =>
  new GraphQLScalarType({
    name, description,
    coerceOutputValue: (value) => value,
    coerceInputValue: (value) => value,
    coerceInputLiteral: (node) => valueFromASTUntyped(node),
  })

function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new GraphQLError('SafeInt is a whole number between -(2^53 - 1) and 2^53 - 1')
}

/** GraphQL's own Int ends at 2^31: sequence numbers may not. */
export const SafeInt = new GraphQLScalarType({
  name: 'SafeInt',
  description: 'A whole number of at most 53 bits, sent as a JSON number',
  coerceOutputValue: wholeNumber,
  coerceInputValue: wholeNumber,
  coerceInputLiteral: (node) => wholeNumber(valueFromASTUntyped(node)),
})

export const Cursor = untouched('Cursor',
  'A place in both event streams: from a live event or from event lists; opaque')
