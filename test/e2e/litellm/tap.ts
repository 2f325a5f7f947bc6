/** Stands between the proxy and Guildhall, passes on what comes, and keeps what was answered. */
import type { Server } from './model.ts'
import { serve } from './model.ts'

export type Tap = Server & {
  /** What `/intake/litellm` answered, added up. */
  callback: { charged: number; repeated: number; rejected: number }
  /** Exports to `/v1/traces`, and those of which some spans were refused. */
  traces: { exports: number; partial: number }
  /** So long the callback's records wait here: the spans of the same calls come first. */
  holdMs: number
}

export async function startTap(target: string): Promise<Tap> {
  const seen: Omit<Tap, keyof Server> = {
    callback: { charged: 0, repeated: 0, rejected: 0 }, traces: { exports: 0, partial: 0 }, holdMs: 0,
  }
  const server = await serve(async (request, response, body) => {
    const isCallback = request.url === '/intake/litellm'
    if (isCallback) await new Promise((done) => { setTimeout(done, seen.holdMs) })
    const { authorization = '', 'content-type': type = '', 'content-encoding': encoding } = request.headers
    const answer = await fetch(target + request.url, {
      method: 'POST', body: body as never,
      headers: { authorization, 'content-type': type, ...(encoding ? { 'content-encoding': encoding } : {}) },
    }).catch(() => null)
    if (!answer) {
      // Guildhall is away: nor does this answer.
      request.socket.destroy()
      return
    }
    const said = Buffer.from(await answer.arrayBuffer())
    if (isCallback && answer.ok) {
      const { charged, repeated, rejected } = JSON.parse(said.toString()) as { charged: number; repeated: number; rejected: unknown[] }
      seen.callback.charged += charged
      seen.callback.repeated += repeated
      seen.callback.rejected += rejected.length
    } else if (answer.ok) {
      seen.traces.exports++
      if (said.length) seen.traces.partial++
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
    response.end(said)
  })
  return Object.assign(seen, server)
}
