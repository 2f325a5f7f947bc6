/**
 * GraphQL over WebSockets (graphql-ws) at the same path: subscriptions, and queries and mutations
 * too. Everything is bounded: messages, operations per socket, sockets, and how slow one may be.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws'
import type { Context as SocketContext, Server as SocketServer } from 'graphql-ws'
import type { ExecutionArgs, GraphQLError } from 'graphql'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { isRefusal, refuse } from '../../domain/errors.ts'
import type { Refusal } from '../../domain/errors.ts'
import type { Connection, Connections } from '../connections.ts'
import type { ApiDependencies } from '../deps.ts'
import type { CallContext } from './context.ts'
import { explain, refusalError } from './errors.ts'
import { argumentsOf, finish, run } from './execution.ts'
import { GRAPHQL_PATH } from './http.ts'
import { Pipe } from './pipe.ts'
import { prepare } from './prepare.ts'
import type { Caller } from './upgrade.ts'
import { callerByParameters, callerOf, refuseUpgrade } from './upgrade.ts'

const MAX_MESSAGE = 1024 * 1024
/** Under way at one time on one socket: subscriptions, queries and mutations together. */
const MAX_OPERATIONS = 32
/** Including those that have not said yet who they are. */
const MAX_SOCKETS = 1200

/** What became the socket, and who it showed itself to be; connection parameters go before it. */
type Asker = { request: IncomingMessage; caller: Caller | null }

type Extra = Asker & {
  pipe: Pipe
  /** Set once the connection is accepted; its identity stays fresh. */
  connection: Connection | null
  closed: AbortController
}
type Socket = SocketContext<Record<string, unknown> | undefined, Extra>

/** Takes upgrades of `/graphql` and refuses all others. */
export function acceptSockets(
  server: Server, deps: ApiDependencies, connections: Connections,
): void {
  const sockets = new WebSocketServer({
    noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false, handleProtocols,
  })
  const protocol = speak(deps, connections)
  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const caller = refuseSocket(request, sockets) ?? await callerOf(deps, request)
    if (isRefusal(caller)) {
      refuseUpgrade(socket, caller)
      return
    }
    sockets.handleUpgrade(request, socket, head,
      (opened) => serve(opened, { request, caller }, protocol, deps))
  }
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    upgrade(request, socket, head).catch((error: unknown) => {
      deps.context.log.warn({ err: error }, 'a socket could not be opened')
      refuseUpgrade(socket, refuse('storage_unavailable', 'Who you are could not be checked', {
        retry_after: 1,
      }))
    })
  })
}

function refuseSocket(request: IncomingMessage, sockets: WebSocketServer): Refusal | null {
  if (request.url?.split('?', 1)[0] !== GRAPHQL_PATH) {
    return refuse('not_found', `Sockets are at ${GRAPHQL_PATH} only`)
  }
  return sockets.clients.size < MAX_SOCKETS
    ? null : refuse('rate_limited', 'Too many open sockets', { retry_after: 5 })
}

function serve(
  socket: WebSocket, { request, caller }: Asker, protocol: SocketServer<Extra>,
  { context }: ApiDependencies,
): void {
  const pipe = new Pipe(socket, context.log)
  const closed = new AbortController()
  const end = protocol.opened(pipe.adapter(), {
    pipe, request, caller, connection: null, closed,
  })
  socket.once('close', (code, reason) => {
    closed.abort()
    end(code, String(reason)).catch((error: unknown) => {
      context.log.warn({ err: error }, 'a socket did not close well')
    })
  })
}

function speak(deps: ApiDependencies, connections: Connections): SocketServer<Extra> {
  return makeServer<Record<string, unknown> | undefined, Extra>({
    onConnect: (socket) => connect(deps, connections, socket),
    onSubscribe: ({ extra, subscriptions }, _, { query, operationName, variables }) => {
      const instance = newInstance()
      if (Object.keys(subscriptions).length > MAX_OPERATIONS) return refuseMore(instance)
      const prepared = prepare({ query, operationName, variables }, instance)
      if (Array.isArray(prepared)) return prepared
      return argumentsOf(prepared, variables, {
        deps, identity: extra.connection!.identity, instance, signal: extra.closed.signal,
      })
    },
    execute: (values: ExecutionArgs) => run(values),
    onNext: (_socket, _id, _payload, { contextValue }, result) =>
      finish(result, contextValue as CallContext),
    onError: (_socket, _id, _payload, errors) =>
      errors.map((error) => explain(error, newInstance(), deps.context.log).toJSON()),
  })
}

/** Accepts the connection, or closes it and says why. */
async function connect(
  deps: ApiDependencies, connections: Connections, { extra, connectionParams }: Socket,
): Promise<boolean> {
  const { pipe, closed, request } = extra
  let caller
  try {
    caller = await callerByParameters(deps, request, connectionParams) ?? extra.caller
  } catch (error) {
    deps.context.log.warn({ err: error }, 'who opens a socket could not be checked')
    pipe.end('busy')
    return false
  }
  if (!caller || isRefusal(caller)) {
    pipe.close(CloseCode.Unauthorized, 'No valid proof of identity')
    return false
  }
  const connection = connections.open({ ...caller, end: (why) => pipe.end(why) })
  if (isRefusal(connection)) {
    pipe.close(1013, connection.detail)
    return false
  }
  extra.connection = connection.opened
  closed.signal.addEventListener('abort', connection.closed, { once: true })
  if (closed.signal.aborted) connection.closed()
  return true
}

const newInstance = (): string => `urn:guildhall:request:${randomUUID()}`

const refuseMore = (instance: string): GraphQLError[] => [refusalError(
  refuse('limit_reached', `A socket has ${MAX_OPERATIONS} operations at a time at most`, {
    limit: MAX_OPERATIONS,
  }), instance)]
