/** The protocol server of one request: it knows who asks, answers, and is thrown away. */
import type { McpRequestContext, jsonSchemaValidator } from '@modelcontextprotocol/server'
import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server'
import { complete } from './completions.ts'
import { getPrompt, prompts } from './prompts.ts'
import { readResource, resourceTemplates, resources } from './resources.ts'
import type { Session } from './tools.ts'
import { callTool, toolsFor } from './tools.ts'

const instructions = 'Guildhall hands out tasks, holds them at approval gates and pays for them. '
  + 'Take work with task_next (or task_claim), say that you are alive with task_heartbeat, finish '
  + 'with task_complete and hand your result in as output. An answer `pending` means that a gate '
  + 'holds it: it goes on by itself once approved. Give each command an idempotency_key and repeat '
  + 'the same one when you retry. A refusal has a code and often a hint: read it before you retry.'

/** Lists differ by credential, so nobody may share them; a minute spares most of the asking. */
const listed = { ttlMs: 60_000, cacheScope: 'private' } as const
const cacheHints = {
  'tools/list': listed, 'prompts/list': listed, 'resources/list': listed,
  'resources/templates/list': listed,
}

/** Input and output are checked where all surfaces check them. */
const jsonSchemaValidator: jsonSchemaValidator = {
  getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
}

export function serverFor(session: Session, version: string, { era }: McpRequestContext): Server {
  const server = new Server({ name: 'guildhall', title: 'Guildhall', version }, {
    // Without sessions there is no stream on which to tell the older era of changes.
    capabilities: {
      tools: {}, prompts: {}, completions: {}, resources: { subscribe: era === 'modern' },
    },
    instructions, cacheHints, jsonSchemaValidator,
  })
  server.setRequestHandler('tools/list', () => ({ tools: toolsFor(session.identity) }))
  server.setRequestHandler('tools/call', async ({ params }) => {
    const result = await callTool(session, params.name, params.arguments ?? {})
    if (result) return result
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${params.name}`)
  })
  server.setRequestHandler('resources/list', () => ({ resources }))
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates }))
  server.setRequestHandler('resources/read', ({ params }) => readResource(session, params.uri))
  server.setRequestHandler('prompts/list', () => ({ prompts }))
  server.setRequestHandler('prompts/get', ({ params }) =>
    getPrompt(session, params.name, params.arguments))
  server.setRequestHandler('completion/complete', ({ params }) => complete(session, params))
  return server
}
