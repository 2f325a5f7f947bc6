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
  /** How many connections the server has ended. */
  endings: () => number
  close: () => Promise<void>
}

export async function openLine(target: string): Promise<Line> {
  const pairs = new Set<{ page: Socket; server: Socket }>()
  let port: number | null = Number(new URL(target).port)
  let endings = 0
  const listener: Server = createServer((page) => {
    if (port === null) {
      page.destroy()
      return
    }
    const server = connect(port, '127.0.0.1')
    const pair = { page, server }
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      page.destroy()
      server.destroy()
    }
    server.on('close', () => { if (pairs.has(pair)) endings++ })
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
    close: () => new Promise((resolve) => {
      cut()
      listener.close(() => resolve())
    }),
  }
}
