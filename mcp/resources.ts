/** What clients read by address instead of by tool: a table from addresses to operations. */
import type {
  ReadResourceResult, Resource, ResourceTemplateType,
} from '@modelcontextprotocol/server'
import {
  ProtocolError, ProtocolErrorCode, ResourceNotFoundError,
} from '@modelcontextprotocol/server'
import { invoke } from '../handlers/invoke.ts'
import { operationsByName } from '../operations/index.ts'
import type { Session } from './tools.ts'

type Row = {
  /** What stands in braces is the `id` of the operation. */
  address: string
  name: string
  title: string
  operation: string
  /** The kind of subject whose events say that it has changed. */
  kind: string
}

export const resourceTable: readonly Row[] = [
  { address: 'task://{key}', name: 'task', title: 'A task', operation: 'task.get', kind: 'task' },
  { address: 'gate://{id}', name: 'gate', title: 'A gate', operation: 'gate.get', kind: 'gate' },
  { address: 'agent://me', name: 'me', title: 'You', operation: 'agent.whoami', kind: 'agent' },
]

const mimeType = 'application/json'
const operationOf = ({ operation }: Row) => operationsByName.get(operation)!
const hasParameter = ({ address }: Row): boolean => address.includes('{')

const shown = (row: Row) => ({
  name: row.name, title: row.title, description: operationOf(row).summary, mimeType,
})

export const resources: Resource[] = resourceTable.filter((row) => !hasParameter(row))
  .map((row) => ({ uri: row.address, ...shown(row) }))

export const resourceTemplates: ResourceTemplateType[] = resourceTable.filter(hasParameter)
  .map((row) => ({ uriTemplate: row.address, ...shown(row) }))

/** The row of an address and its parameter; null when nothing lives there. */
function find(uri: string): { row: Row; input: Record<string, string> } | null {
  for (const row of resourceTable) {
    if (row.address === uri) return { row, input: {} }
    const start = row.address.slice(0, row.address.indexOf('{'))
    if (hasParameter(row) && uri.startsWith(start) && uri.length > start.length) {
      return { row, input: { id: decode(uri.slice(start.length)) } }
    }
  }
  return null
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Reads through the operation behind the address; throws the protocol's own errors. */
export async function readResource(session: Session, uri: string): Promise<ReadResourceResult> {
  const found = find(uri)
  if (!found) throw new ResourceNotFoundError(uri, `Nothing lives at ${uri}`)
  const { context, identity, instance } = session
  const reply = await invoke(context, {
    operation: operationOf(found.row), input: found.input, identity, instance,
  })
  if (!reply.ok) {
    const { detail, status } = reply.problem
    const code = status >= 500 ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams
    throw new ProtocolError(code, detail, { uri, ...reply.problem })
  }
  return { contents: [{ uri, mimeType, text: JSON.stringify(reply.body) }] }
}

type Subject = { kind: string; id: string; key: string | null }

/** The addresses of what an event changed: things are known by id and by key. */
export function addressesOf(subject: Subject, me: string): string[] {
  return resourceTable.filter(({ kind }) => kind === subject.kind).flatMap((row) => {
    if (!hasParameter(row)) return subject.id === me ? [row.address] : []
    return [subject.id, subject.key].filter((name) => name !== null)
      .map((name) => row.address.replace(/\{\w+\}/, name))
  })
}
