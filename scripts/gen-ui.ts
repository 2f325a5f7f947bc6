/** The page's view of the GraphQL schema: types for gql.tada, without commands and words. */
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal'
import { GraphQLSchema, introspectionFromSchema, lexicographicSortSchema } from 'graphql'
import { graphqlSchema } from '../api/graphql/schema.ts'

const header = '// Generated from the GraphQL schema by scripts/gen.ts: npm run gen.\n'

/** Commands go through the SDK, so the page has no mutations to know. */
export function uiFiles(): Record<string, string> {
  const { mutation: _none, types: _derived, ...config } = graphqlSchema().toConfig()
  const schema = lexicographicSortSchema(new GraphQLSchema(config))
  const introspection = introspectionFromSchema(schema, { descriptions: false })
  type Introspection = Parameters<typeof minifyIntrospection>[0]
  const text = outputIntrospectionFile(
    minifyIntrospection(introspection as unknown as Introspection),
    { fileType: '.d.ts', shouldPreprocess: true })
  const types = text.slice(0, text.indexOf('import * as gqlTada'))
  return { 'ui/src/graphql/schema.d.ts': header + types }
}
