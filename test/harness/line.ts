/**
 * A line between a page and a server that a test can cut, stop and lead to another process: the
 * address stays, as behind a proxy.
 */
import { createServer, connect } from 'node:net'
import type { Server, Socket } from 'node:net'

export type Line = {
  url: string
  /** Where new connections go from now on. */
  leadTo: (url: string) => void
  /** Ends every connection; new ones are refused until `leadTo`. */
  cut: () => void
  /** How many sockets (upgraded connections) the server has ended; idle ones it may end at any time. */
  endings: () => number
  /** Takes nothing more from the server for the sockets that are open now, until `flow`. */
  stall: () => void
  flow: () => void
  close: () => Promise<void>
}

export async function openLine(target: string): Promise<Line> {
  const pairs = new Set<{ page: Socket; server: Socket; isSocket: boolean }>()
  let port: number | null = Number(new URL(target).port)
  let endings = 0
  const listener: Server = createServer((page) => {
    if (port === null) {
      page.destroy()
      return
    }
    const server = connect(port, '127.0.0.1')
    const pair = { page, server, isSocket: false }
    pairs.add(pair)
    page.once('data', (head) => { pair.isSocket = /^upgrade: websocket/im.test(String(head)) })
    const end = (): void => {
      pairs.delete(pair)
      page.destroy()
      server.destroy()
    }
    // Said by the server while the page still held on: an orderly end or a reset.
    const ended = (): void => { if (pairs.has(pair) && pair.isSocket) endings++ }
    server.once('end', ended).once('error', ended)
    for (const socket of [page, server]) socket.on('error', end).on('close', end)
    page.pipe(server)
    server.pipe(page)
  })
  await new Promise<void>((resolve) => { listener.listen(0, '127.0.0.1', resolve) })
  const cut = (): void => {
    port = null
    for (const { page, server } of pairs) {
      page.destroy()
      server.destroy()
    }
  }
  return {
    url: `http://127.0.0.1:${(listener.address() as { port: number }).port}`,
    leadTo: (url) => { port = Number(new URL(url).port) },
    cut,
    endings: () => endings,
    stall: () => {
      for (const { page, server, isSocket } of pairs) if (isSocket) server.unpipe(page).pause()
    },
    flow: () => {
      for (const { page, server, isSocket } of pairs) if (isSocket) server.pipe(page)
    },
    close: () => new Promise((resolve) => {
      cut()
      listener.close(() => resolve())
    }),
  }
}
