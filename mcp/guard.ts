/**
 * Against DNS rebinding: a page that makes a browser believe that its name is this machine must get
 * nothing. A request has to name us, and may only come from our own page or from no page at all.
 */
import type { Context } from 'koa'
import type { Refusal } from '../domain/errors.ts'
import { refuse } from '../domain/errors.ts'

const loopback = ['localhost', '127.0.0.1', '[::1]']

/** The address the connection came in on, as a URL writes it; a name cannot be one. */
function ownAddress(context: Context): string {
  const address = (context.req.socket.localAddress ?? '').replace(/^::ffff:/, '')
  return address.includes(':') ? `[${address}]` : address
}

function ownHosts(context: Context, publicUrl: string): string[] {
  const address = ownAddress(context)
  return [new URL(publicUrl).hostname, address, ...(loopback.includes(address) ? loopback : [])]
}

/** Refuses what does not name us or comes from a foreign page; null when all is well. */
export function refuseForeign(context: Context, publicUrl: string): Refusal | null {
  const hosts = ownHosts(context, publicUrl)
  if (!hosts.includes(context.hostname)) {
    return refuse('forbidden', `This server is not called ${context.hostname || 'nothing'}`, {
      required: { host: new URL(publicUrl).host },
    }, 'Set PUBLIC_URL to the address that people and agents use.')
  }
  const origin = context.get('Origin')
  if (!origin || isOwn(origin, context, publicUrl)) return null
  return refuse('forbidden', `Pages of ${origin} may not call this`, {
    required: { origin: new URL(publicUrl).origin },
  })
}

function isOwn(origin: string, context: Context, publicUrl: string): boolean {
  if (!URL.canParse(origin)) return false
  return origin === new URL(publicUrl).origin || new URL(origin).host === context.host
}
