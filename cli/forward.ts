/**
 * Carries one MCP message from a client that talks by stdio to `POST /mcp`, with the proof of who
 * sends it, and every answer back. Knows no method: only what HTTP wants said beside the message.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../sdk/connection.ts'
import { messagesIn } from '../sdk/follow.ts'

export type Message = {
  jsonrpc: '2.0'
  id?: string | number | null
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { code: number; message: string; data?: unknown }
}

/** JSON-RPC leaves this range to servers. */
const SERVER_ERROR = -32_000
const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'
/** The field of a message that the header Mcp-Name repeats. */
const named: Record<string, string> = {
  'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri',
}
/** A server that is being restarted is away for about this long. */
const reconnectMs = [250, 750, 1500]

/** What a header cannot carry as it is travels in Base64. */
const headerValue = (text: string): string =>
  (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith('=?base64?')
    ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`)

/** The newer era says everything in each message; HTTP wants it said in headers too. */
function headersOf(message: Message, negotiated: string | null): Record<string, string> {
  const { method, params = {}, id } = message
  const version = (params._meta as Record<string, unknown> | undefined)?.[VERSION_KEY]
  if (typeof version !== 'string' || method === undefined) {
    return negotiated && method !== 'initialize' ? { 'mcp-protocol-version': negotiated } : {}
  }
  const name = id === undefined ? undefined : params[named[method] ?? '']
  return {
    'mcp-protocol-version': version, 'mcp-method': method,
    ...(typeof name === 'string' ? { 'mcp-name': headerValue(name) } : {}),
  }
}

export const failure = (id: Message['id'], message: string, data?: unknown): Message => ({
  jsonrpc: '2.0', id: id ?? null,
  error: { code: SERVER_ERROR, message, ...(data === undefined ? {} : { data }) },
})

export class Forwarder {
  readonly #connection: Connection
  /** What `initialize` agreed on; the newer era has no such thing. */
  #negotiated: string | null = null

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Every message that answers this one, as it comes. A request always gets its answer. */
  async* forward(message: Message, signal: AbortSignal): AsyncGenerator<Message> {
    const { id } = message
    let isAnswered = false
    try {
      for await (const answer of this.#answers(await this.#post(message, signal), signal)) {
        if ('result' in answer || 'error' in answer) isAnswered = true
        if (message.method === 'initialize') this.#remember(answer)
        // A refusal before the message was read cannot know its id.
        yield 'error' in answer && answer.id == null ? { ...answer, id: id ?? null } : answer
      }
    } catch (error) {
      if (signal.aborted) return
      yield failure(id, `${this.#connection.url} does not answer: ${causeOf(error)}`)
      return
    }
    if (id !== undefined && message.method !== undefined && !isAnswered && !signal.aborted) {
      yield failure(id, 'The connection ended before the answer')
    }
  }

  #remember({ result }: Message): void {
    if (typeof result?.protocolVersion === 'string') this.#negotiated = result.protocolVersion
  }

  /** Tries again only while nothing was sent: a call must not happen twice. */
  async #post(message: Message, signal: AbortSignal): Promise<Response> {
    const request = {
      method: 'POST', target: '/mcp', body: JSON.stringify(message), signal,
      headers: {
        accept: 'application/json, text/event-stream', ...headersOf(message, this.#negotiated),
      },
    }
    for (const delay of reconnectMs) {
      try {
        return await this.#connection.send(request)
      } catch (error) {
        if (causeOf(error) !== 'ECONNREFUSED') throw error
        await sleep(delay, undefined, { signal })
      }
    }
    return this.#connection.send(request)
  }

  async* #answers(response: Response, signal: AbortSignal): AsyncGenerator<Message> {
    const type = response.headers.get('content-type') ?? ''
    if (type.startsWith('text/event-stream')) {
      for await (const { data } of messagesIn(response, signal)) {
        if (data.trim()) yield JSON.parse(data) as Message
      }
      return
    }
    const text = await response.text()
    if (!text) return
    const body: unknown = type.includes('json') ? JSON.parse(text) : null
    const messages = [body].flat() as Message[]
    if (messages.every((one) => one?.jsonrpc === '2.0')) yield* messages
    else yield failure(null, detailOf(body) ?? `The server answered ${response.status}`, body)
  }
}

const detailOf = (problem: unknown): string | null =>
  (problem as { detail?: string } | null)?.detail ?? null

/** `ECONNREFUSED` rather than "fetch failed". */
function causeOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? message
}
