/** From the text of a request to something that may be executed, or the errors that say why not. */
import {
  GraphQLError, getOperationAST, parse, recommendedRules, specifiedRules, validate,
} from 'graphql'
import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import { inputError, refusalError } from './errors.ts'
import { MAX_TOKENS, refuseExcess } from './limits.ts'
import { graphqlSchema } from './schema.ts'

export type Prepared = { document: DocumentNode; operation: OperationDefinitionNode }

type Asked = {
  query: string
  operationName?: string | null | undefined
  variables?: Readonly<Record<string, unknown>> | null | undefined
}

/** Clients send the same few documents again and again: checking one costs more than running it. */
const REMEMBERED = 200
const REMEMBERED_LENGTH = 8192
const known = new Map<string, DocumentNode>()

/** The limits are looked at each time: they depend on the variables. */
export function prepare(
  { query, operationName, variables }: Asked, instance: string,
): Prepared | GraphQLError[] {
  try {
    const checked = check(query)
    if (!checked.document) return checked.errors.map((error) => inputError(error, instance))
    const { document } = checked
    const operation = getOperationAST(document, operationName)
    if (!operation) throw new GraphQLError('Name the one operation to execute in operationName')
    const excess = refuseExcess(graphqlSchema(), document, operation, variables ?? {})
    return excess ? [refusalError(excess, instance)] : { document, operation }
  } catch (error) {
    if (error instanceof GraphQLError) return [inputError(error, instance)]
    throw error
  }
}

type Checked = { document: DocumentNode } | { document?: never; errors: readonly GraphQLError[] }

function check(query: string): Checked {
  const seen = known.get(query)
  if (seen) return { document: seen }
  const document = parse(query, { maxTokens: MAX_TOKENS })
  const errors = validate(graphqlSchema(), document, [...specifiedRules, ...recommendedRules], {
    maxErrors: 20,
  })
  if (errors.length) return { errors }
  if (query.length <= REMEMBERED_LENGTH) {
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value!)
    known.set(query, document)
  }
  return { document }
}
