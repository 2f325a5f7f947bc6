/** The routes that are no operations, and how callers prove who they are, as OpenAPI tells it. */
import type { Json } from './components.ts'
import { GRAPHQL_PATH } from './graphql/http.ts'
import { STREAM_PATH } from './live.ts'
import { eventList, pagingFields } from './following.ts'
import { operationSchemas, targetOf } from './schemas.ts'

export const securitySchemes: Record<string, Json> = {
  bearer: {
    type: 'http', scheme: 'bearer',
    description: 'A token of `agent_token_create`, or the owner’s: `gh_…`',
  },
  session: {
    type: 'apiKey', in: 'cookie', name: 'guildhall_session',
    description: 'People sign in by a link. Unsafe requests must come from our own page (Origin).',
  },
  signature: {
    type: 'apiKey', in: 'header', name: 'Signature',
    description: 'RFC 9421, profile `agent-v1`: headers `Content-Digest` (with a body), '
      + '`Signature-Input` and `Signature` over "@method" "@path" "@query", then "content-digest" '
      + 'and "idempotency-key" where sent; parameters created, nonce, keyid, alg (hmac-sha256 or '
      + 'ed25519), tag="agent-v1", in this order.',
  },
}

const anything = { type: 'object' }
const answer = (description: string, media: string, schema: Json): Json =>
  ({ description, content: { [media]: { schema } } })
const refused = { $ref: '#/components/schemas/Problem' }
const problem = (description: string): Json =>
  answer(description, 'application/problem+json', refused)

function plain(operationId: string, summary: string, responses: Json): Json {
  return { operationId, tags: ['process'], summary, security: [], responses }
}

/** By path. */
export function plainRoutes(): Record<string, Json> {
  return {
    '/healthz': {
      get: plain('healthz', 'Whether this process lives', {
        200: answer('It does', 'application/json', anything),
      }),
    },
    '/readyz': {
      get: plain('readyz', 'Whether it can work, and what the engine still owes', {
        200: answer('Ready, or degraded: commands go on', 'application/json', anything),
        503: answer('No database, or migrations are missing', 'application/json', anything),
      }),
    },
    '/metrics': {
      get: plain('metrics', 'Figures for Prometheus', {
        200: answer('In text format', 'text/plain', { type: 'string' }),
      }),
    },
    [STREAM_PATH]: { get: stream() },
    [GRAPHQL_PATH]: { post: graphql() },
  }
}

function stream(): Json {
  const { inputs } = operationSchemas()
  const { properties = {} } = targetOf(inputs.of.get(eventList.name)!, inputs)
  const filters = Object.keys(properties).filter((name) => !pagingFields.includes(name))
  return {
    operationId: 'event_stream', tags: ['event'],
    summary: 'Follow events as server-sent events: what is after a cursor, then what happens.',
    description: '`id` is the cursor, `event` the type, `data` the event as in event_list. A '
      + 'comment comes every 15 seconds. Who does not read for 10 seconds is closed, and resumes '
      + 'by cursor.',
    parameters: [
      {
        name: 'after', in: 'query', schema: { type: 'string' },
        description: 'A cursor of event_list or of an event here; without it: from now on',
      },
      {
        name: 'Last-Event-ID', in: 'header', schema: { type: 'string' },
        description: 'Comes before `after`: browsers send it when they come back',
      },
      ...filters.map((name) => ({ name, in: 'query', schema: { type: 'string' } })),
    ],
    responses: {
      200: answer('For as long as you listen', 'text/event-stream', { type: 'string' }),
      400: problem('The request is not valid'),
      401: problem('No valid proof of identity'),
      404: problem('There is no such task or actor'),
      429: problem('Too many open connections'),
    },
  }
}

function graphql(): Json {
  return {
    operationId: 'graphql', tags: ['process'],
    summary: 'The same operations in GraphQL; live events over graphql-ws at the same path.',
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object', required: ['query'],
            properties: {
              query: { type: 'string' }, operationName: { type: ['string', 'null'] },
              variables: { type: ['object', 'null'] },
            },
          },
        },
      },
    },
    responses: {
      200: answer('Executed; refusals are in `errors[].extensions`', 'application/json', anything),
      400: answer('Not a GraphQL request', 'application/json', anything),
      401: problem('No valid proof of identity'),
    },
  }
}
