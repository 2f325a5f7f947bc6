/**
 * Follows the event log over server-sent events. A broken connection is opened again after the last
 * event that was seen, so nothing is missed and nothing comes twice.
 */
import type { RetryPolicy } from './call.ts'
import { BASE_PATH, pause, queryOf } from './call.ts'
import type { Connection } from './connection.ts'
import { errorOf, GuildhallError } from './errors.ts'
import type { Event, EventListInput } from './generated/types.ts'

export type FollowOptions = Omit<EventListInput, 'limit' | 'cursor'> & {
  /**
   * The cursor of the last event seen. Where it is not given: from now on, and a connection that
   * breaks before the first event begins again from then on.
   */
  after?: string
  signal?: AbortSignal
}

export type Followed = {
  event: Event
  /** Where to go on: also good as `after` in another process. */
  cursor: string
}

/** Runs until the signal stops it; throws only what trying again does not change. */
export async function* follow(
  connection: Connection, retry: RetryPolicy, options: FollowOptions = {},
): AsyncGenerator<Followed> {
  const { signal, after, ...filter } = options
  let cursor = after
  for (let failures = 0; !signal?.aborted;) {
    // A connection that nobody reads any more is closed, however the reading ended.
    const over = new AbortController()
    const either = AbortSignal.any([over.signal, ...(signal ? [signal] : [])])
    try {
      const response = await open(connection, { ...filter, after: cursor }, either)
      for await (const { id, data } of messagesIn(response, either)) {
        failures = 0
        const event = JSON.parse(data) as Event & { cursor?: string }
        cursor = id || event.cursor || cursor
        yield { event, cursor: cursor ?? '' }
      }
    } catch (error) {
      if (signal?.aborted) return
      if (error instanceof GuildhallError && error.status >= 400 && error.status < 500
        && error.status !== 429) throw error
    } finally {
      over.abort()
    }
    failures++
    const delay = Math.min(retry.firstDelayMs * 2 ** failures, retry.maxDelayMs)
    await pause(delay, signal).catch(() => undefined)
  }
}

async function open(
  connection: Connection, wanted: Record<string, unknown>, signal: AbortSignal,
): Promise<Response> {
  const response = await connection.send({
    method: 'GET', target: `${BASE_PATH}/events/stream${queryOf(wanted)}`,
    headers: { accept: 'text/event-stream' }, signal,
  })
  if (!response.ok) throw await errorOf(response, null)
  return response
}

export type StreamMessage = { id: string; event: string; data: string }

/** The messages of a stream of server-sent events, as the standard reads them. */
export async function* messagesIn(
  response: Response, signal?: AbortSignal,
): AsyncGenerator<StreamMessage> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  try {
    while (!signal?.aborted) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = `${rest}${value}`.split(/\r?\n\r?\n/)
      rest = blocks.pop()!
      for (const block of blocks) {
        const message = messageOf(block)
        if (message) yield message
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** Null for comments, which only keep the connection open. */
function messageOf(block: string): StreamMessage | null {
  const fields: Record<string, string[]> = {}
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line)!
    if (name) (fields[name] ??= []).push(value!)
  }
  if (!fields.data) return null
  return {
    id: fields.id?.at(-1) ?? '', event: fields.event?.at(-1) ?? 'message',
    data: fields.data.join('\n'),
  }
}
