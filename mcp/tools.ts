/** One tool per operation. No per-feature code: everything follows from the registry. */
import type { CallToolResult, Tool } from '@modelcontextprotocol/server'
import { lackOf } from '../domain/agents.ts'
import type { Refusal } from '../domain/errors.ts'
import { problemOf, refuseField } from '../domain/errors.ts'
import type { Context, Identity } from '../handlers/context.ts'
import type { Reply } from '../handlers/invoke.ts'
import { covers, invoke } from '../handlers/invoke.ts'
import type { Operation } from '../operations/define.ts'
import { operations } from '../operations/index.ts'
import { inputSchemaOf, outputSchemaOf } from './schemas.ts'

/** One caller's request, as every part of this surface gets it. */
export type Session = { context: Context; identity: Identity; instance: string }

const operationsByTool = new Map(operations.map((operation) => [operation.tool, operation]))

const capitalized = (word: string): string => word[0]!.toUpperCase() + word.slice(1)

function toolOf(operation: Operation): Tool {
  const { tool, noun, verb, summary, description, kind, route, destructive = false } = operation
  const title = `${capitalized(noun)}: ${verb.replaceAll('_', ' ')}`
  return {
    name: tool,
    title,
    description: description ? `${summary} ${description}` : summary,
    inputSchema: inputSchemaOf(operation) as Tool['inputSchema'],
    outputSchema: outputSchemaOf(operation) as Tool['outputSchema'],
    annotations: {
      title,
      readOnlyHint: kind === 'query',
      destructiveHint: destructive,
      // Repeating a command without its key does it again, except where there is nothing left.
      idempotentHint: kind === 'query' || route.method === 'DELETE',
      openWorldHint: false,
    },
  }
}

const tools = operations.map((operation) => ({ operation, tool: toolOf(operation) }))

/** What this credential may call, in a stable order; workers see what they need every day. */
export function toolsFor({ actor, scopes }: Identity): Tool[] {
  const isWorker = actor.kind === 'agent' && actor.role === 'worker'
  return tools
    .filter(({ operation }) => !lackOf(operation.who, actor) && covers(scopes, operation)
      && (operation.everyday || !isWorker))
    .map(({ tool }) => tool)
}

/** The answer of a tool; null when there is none of this name. A refusal is an answer too. */
export async function callTool(
  session: Session, name: string, given: Record<string, unknown>,
): Promise<CallToolResult | null> {
  const operation = operationsByTool.get(name)
  if (!operation) return null
  const call = callOf(operation, given)
  if ('refused' in call) return refusedResult(problemOf(call, session.instance))
  return resultOf(await invoke(session.context, {
    operation, ...call, identity: session.identity, instance: session.instance,
  }))
}

type CallParts = { input: Record<string, unknown>; key: string | null; ifMatch: string | null }

/** The fields of a command without the two that say how to call it. */
function callOf({ kind }: Operation, given: Record<string, unknown>): CallParts | Refusal {
  if (kind === 'query') return { input: given, key: null, ifMatch: null }
  const { idempotency_key: key = null, if_match: ifMatch = null, ...input } = given
  if (key !== null && typeof key !== 'string') return refuseField('/idempotency_key', 'A string')
  if (ifMatch !== null && typeof ifMatch !== 'string' && typeof ifMatch !== 'number') {
    return refuseField('/if_match', 'One version, such as 7')
  }
  return { input, key, ifMatch: ifMatch === null ? null : String(ifMatch) }
}

function resultOf(reply: Reply): CallToolResult {
  const meta = reply.key === null ? {} : { 'guildhall/idempotency_key': reply.key }
  if (!reply.ok) return { ...refusedResult(reply.problem), _meta: meta }
  const structuredContent = reply.body as Record<string, unknown>
  return {
    content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
    structuredContent,
    _meta: reply.replayed ? { ...meta, 'guildhall/replayed': true } : meta,
  }
}

const refusedResult = (problem: Record<string, unknown>): CallToolResult => ({
  isError: true, structuredContent: problem,
  content: [{ type: 'text', text: JSON.stringify(problem) }],
})
