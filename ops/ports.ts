/** Free ports. */
import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'

/** Whether something could listen there now; a host that is not ours counts as not free. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer()
    probe.once('error', () => answer(false))
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => answer(true)))
  })
}

/** Null when something accepts connections at `address` (host:port), else why not. */
export function reachFault(address: string, timeoutMs = 2_000): Promise<string | null> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? []
  return new Promise((answer) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) })
    const end = (fault: string | null) => {
      socket.destroy()
      answer(fault)
    }
    socket.setTimeout(timeoutMs, () => end('no answer'))
    socket.once('connect', () => end(null))
    socket.once('error', (error) => end(error.message))
  })
}

/** The first free port from `port` on, at most `tries` further; throws when there is none. */
export async function nextFreePort(
  port: number, { host = '127.0.0.1', tries = 200 } = {},
): Promise<number> {
  for (let candidate = port; candidate <= Math.min(port + tries, 65_535); candidate++) {
    if (await isPortFree(candidate, host)) return candidate
  }
  throw new Error(`No free port on ${host} from ${port} to ${port + tries}.`)
}

/**
 * The preferred port if it is free, else any free one between 15000 and 29999: below the range from
 * which systems take ports for outgoing connections. A client that calls a port of that range again
 * and again while its server is down ends up connected to itself, and the server cannot come back.
 */
export async function quietPort(preferred: number | null): Promise<number> {
  if (preferred !== null && await isPortFree(preferred)) return preferred
  for (let attempt = 0; attempt < 200; attempt++) {
    const candidate = randomInt(15_000, 30_000)
    if (await isPortFree(candidate)) return candidate
  }
  throw new Error('No free port between 15000 and 29999 on 127.0.0.1.')
}
