/** A model that always answers the same: enough of the OpenAI API for LiteLLM to call it. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Server = { url: string; stop: () => Promise<void> }

/** Listens on a port that is free. */
export async function serve(answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => Promise<void>): Promise<Server> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      answer(request, response, Buffer.concat(parts)).catch((error: unknown) => {
        response.statusCode = 503
        response.end(String(error))
      })
    })
  })
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((done) => { server.close(done) })
    },
  }
}

const usage = {
  prompt_tokens: 1200, completion_tokens: 34, total_tokens: 1234, prompt_tokens_details: { cached_tokens: 1000 },
}

/** A message that begins with `chatcmpl-` is the id to answer with; the model `broken` fails. */
export const startModel = (): Promise<Server> => serve(async (_, response, body) => {
  const asked = JSON.parse(body.toString()) as { model: string; stream?: boolean; messages: { content: string }[] }
  const said = asked.messages[0]!.content
  const head = { id: said.startsWith('chatcmpl-') ? said : `chatcmpl-${randomUUID()}`, created: 1_790_000_000, model: asked.model }
  response.setHeader('content-type', asked.stream ? 'text/event-stream' : 'application/json')
  if (asked.model === 'broken') {
    response.statusCode = 500
    response.end(JSON.stringify({ error: { message: 'The model is down', type: 'server_error' } }))
  } else if (asked.stream) {
    const deltas = [{ role: 'assistant', content: 'Hel' }, { content: 'lo' }, {}]
    const chunks = deltas.map((delta, index) => ({ choices: [{ index: 0, delta, finish_reason: index === 2 ? 'stop' : null }] }))
    for (const chunk of [...chunks, { choices: [], usage }]) {
      response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...chunk })}\n\n`)
    }
    response.end('data: [DONE]\n\n')
  } else {
    const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }]
    response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }))
  }
})
