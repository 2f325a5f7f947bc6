/**
 * The official MCP conformance suite sends no credential. This listener, on loopback and for a test
 * run only, adds one and passes everything else on as it came: Host and Origin too, since the suite
 * looks at what becomes of foreign ones.
 */
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Fixture = { url: string; close: () => Promise<void> }

/** Listens on any port and passes on to the server at `url` with this bearer token. */
export async function openFixture(url: string, token: string): Promise<Fixture> {
  const { hostname, port } = new URL(url)
  const server = createServer((request, response) => {
    const outgoing = send({
      hostname, port, path: request.url, method: request.method,
      headers: { ...request.headers, authorization: `Bearer ${token}` },
    }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    response.on('close', () => outgoing.destroy())
    request.pipe(outgoing)
  })
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((done) => {
      server.close(() => done())
      server.closeAllConnections()
    }),
  }
}
