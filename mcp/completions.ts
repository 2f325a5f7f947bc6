/** What could stand in an address or a prompt: tasks and gates by what was typed so far. */
import type { CompleteRequest, CompleteResult } from '@modelcontextprotocol/server'
import { invoke } from '../handlers/invoke.ts'
import { operationsByName } from '../operations/index.ts'
import { resourceTemplates } from './resources.ts'
import type { Session } from './tools.ts'

type Source = {
  operation: string
  input: (typed: string) => Record<string, unknown>
  /** The field of each item that is suggested. */
  field: string
  /** The operation does not search: what was typed is looked for here. */
  isUnsearched?: boolean
}

const MOST = 20
const sources: Record<string, Source> = {
  task: { operation: 'task.list', input: (search) => ({ search, limit: MOST }), field: 'key' },
  gate: {
    operation: 'gate.list', input: () => ({ state: 'open', limit: MOST }), field: 'id',
    isUnsearched: true,
  },
}

/** Prompts name the source by their argument, addresses by their scheme. */
function sourceOf({ ref, argument }: CompleteRequest['params']): Source | null {
  if (ref.type === 'ref/prompt') return sources[argument.name] ?? null
  const template = resourceTemplates.find(({ uriTemplate }) => uriTemplate === ref.uri)
  return template ? sources[template.name] ?? null : null
}

/** Suggestions, read as the caller; none where nothing is known. */
export async function complete(
  { context, identity, instance }: Session, params: CompleteRequest['params'],
): Promise<CompleteResult> {
  const source = sourceOf(params)
  const typed = params.argument.value
  if (!source) return { completion: { values: [] } }
  const operation = operationsByName.get(source.operation)!
  const reply = await invoke(context, {
    operation, input: source.input(typed), identity, instance,
  })
  if (!reply.ok) return { completion: { values: [] } }
  const { items, next_cursor: next } = reply.body as {
    items: Record<string, string>[]; next_cursor: string | null
  }
  const values = items.map((item) => item[source.field]!)
    .filter((value) => !source.isUnsearched || value.startsWith(typed))
  return { completion: { values, hasMore: next !== null } }
}
