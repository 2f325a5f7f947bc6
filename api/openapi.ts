/** GET /openapi.json: OpenAPI 3.1, a loop over the registry, made once. */
import Router from '@koa/router'
import { pageFields } from '../domain/csv.ts'
import { catalogue } from '../domain/errors.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { Operation } from '../operations/define.ts'
import { pluralOf } from '../operations/define.ts'
import { operations } from '../operations/index.ts'
import type { Json } from './components.ts'
import {
  bodyName, commandParameters, fieldsOf, headers, inputOf, rewritten, schemas,
} from './components.ts'
import type { ApiDependencies } from './deps.ts'
import { examplesOf } from './examples.ts'
import { plainRoutes, securitySchemes } from './routes.ts'
import { BASE_PATH } from './rest.ts'
import { operationSchemas, targetOf } from './schemas.ts'

export function openapi({ version }: Pick<ApiDependencies, 'version'>): Router {
  const router = new Router()
  let text: string | null = null
  router.get('/openapi.json', (context) => {
    text ??= JSON.stringify(documentOf(version))
    context.type = 'application/json'
    context.set('Cache-Control', 'public, max-age=60')
    context.body = text
  })
  return router
}

/** The document; every shape once, under `components.schemas`. */
export function documentOf(version: string): Json {
  const paths: Record<string, Json> = { ...plainRoutes() }
  for (const operation of operations) {
    const path = BASE_PATH + operation.route.path
    paths[path] = { ...paths[path], [operation.route.method.toLowerCase()]: operationOf(operation) }
    if (operation.csv) paths[`${path}.csv`] = { get: csvOf(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Guildhall', version,
      description: 'The back office of AI agents: tasks, approval gates, credits, audit.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'Where this document comes from' }],
    tags: [...new Set(operations.map(({ noun }) => noun))].map((noun) =>
      ({ name: noun, description: `What there is to do with ${pluralOf(noun)}` })),
    security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
    paths,
    components: { schemas: schemas(), securitySchemes, headers, parameters: commandParameters },
  }
}

const referenceTo = (kind: 'schemas' | 'headers' | 'parameters', name: string): Json =>
  ({ $ref: `#/components/${kind}/${name}` })

function operationOf(operation: Operation): Json {
  const { summary, description, tool, noun, kind } = operation
  const isCommand = kind === 'command'
  return {
    operationId: tool, tags: [noun], summary,
    ...(description ? { description } : {}),
    parameters: [
      ...operation.params.map((name) => parameterOf(operation, name, 'path')),
      ...(isCommand
        ? Object.keys(commandParameters).map((name) => referenceTo('parameters', name))
        : fieldsOf(operation).map((name) => parameterOf(operation, name, 'query'))),
    ],
    ...(isCommand ? { requestBody: bodyOf(operation) } : {}),
    responses: { ...answersOf(operation), ...problemsOf(errorsOf(operation)) },
  }
}

/** The same list as a file, whole. */
function csvOf(operation: Operation): Json {
  const { parameters, responses, ...rest } = operationOf(operation)
  const whole = (parameters as { name: string }[])
    .filter(({ name }) => !(pageFields as readonly string[]).includes(name))
  return {
    ...rest, operationId: `${operation.tool}_csv`, parameters: whole,
    description: `All of it as CSV: ${operation.csv!.join(', ')}.`,
    responses: {
      ...responses as Json,
      200: {
        description: 'A header line, then one line each',
        content: { 'text/csv': { schema: { type: 'string' } } },
      },
    },
  }
}

function parameterOf(operation: Operation, name: string, place: 'path' | 'query'): Json {
  const { properties = {}, required = [] } = inputOf(operation)
  const { description, ...schema } = properties[name]!
  const example = examplesOf(operation).find(({ input }) => name in input)?.input[name]
  return {
    name, in: place, required: place === 'path' || required.includes(name),
    ...(description ? { description } : {}),
    schema: rewritten(schema),
    ...(example === undefined ? {} : { example }),
  }
}

function bodyOf(operation: Operation): Json {
  const { required = [] } = inputOf(operation)
  const fields = fieldsOf(operation)
  const examples = examplesOf(operation).map(({ title, input }) => [title, {
    value: Object.fromEntries(Object.entries(input).filter(([name]) => fields.includes(name))),
  }] as const).filter(([, { value }]) => Object.keys(value).length > 0)
  return {
    required: required.some((name) => fields.includes(name)),
    content: {
      'application/json': {
        schema: referenceTo('schemas', bodyName(operation)),
        ...(examples.length ? { examples: Object.fromEntries(examples) } : {}),
      },
    },
  }
}

function answersOf(operation: Operation): Json {
  const { answers } = operationSchemas()
  const schema = answers.of.get(operation.name)!
  const { properties = {} } = targetOf(schema, answers)
  const named = [
    ...('version' in properties || 'result' in properties ? ['ETag'] : []),
    ...(operation.kind === 'command' ? ['Idempotency-Key', 'Idempotency-Replayed'] : []),
  ]
  const answer = (description: string): Json => ({
    description,
    ...(named.length
      ? { headers: Object.fromEntries(named.map((name) => [name, referenceTo('headers', name)])) }
      : {}),
    content: { 'application/json': { schema: rewritten(schema) } },
  })
  return {
    [operation.status]: answer(operation.status === 201 ? 'Created' : 'Done'),
    ...('result' in properties ? { 202: answer('Held by a gate: it happens once approved') } : {}),
  }
}

/** What HTTP adds to the errors of an operation. */
const errorsOf = ({ errors, kind }: Operation): ErrorCode[] => [
  ...errors, 'signature_expired', 'signature_replayed',
  ...(kind === 'command' ? ['payload_too_large', 'unsupported_media_type'] as const : []),
]

/** One response per status, with the codes it may carry. */
function problemsOf(errors: readonly ErrorCode[]): Json {
  const byStatus = Map.groupBy(errors, (code) => catalogue[code].status)
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, {
    description: codes.map((code) => catalogue[code].title).join('; or: '),
    ...(codes.includes('rate_limited') || status === 503
      ? { headers: { 'Retry-After': referenceTo('headers', 'Retry-After') } } : {}),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [referenceTo('schemas', 'Problem')],
          properties: { code: { type: 'string', enum: codes } },
        },
      },
    },
  }]))
}
