/** One WebSocket as graphql-ws wants it: sending waits for the other side, but not for ever. */
import type { WebSocket as GraphQLSocket } from 'graphql-ws'
import { CloseCode } from 'graphql-ws'
import type { RawData, WebSocket } from 'ws'
import type { Log } from '../../handlers/context.ts'
import type { Ending } from '../connections.ts'

const PING_MS = 12_000
/** Who takes nothing for this long is closed, and resumes by its cursor. */
const MAX_STALL_MS = 10_000
/** One large answer may be under way, a second one behind it shows a slow reader. */
const MAX_BUFFERED = 4 * 1024 * 1024
/** Every operation sends one message at a time; who makes us owe more is flooding. */
const MAX_UNSENT = 64
/** A peer that does not answer our closing is cut off. */
const CLOSE_MS = 2000

const endings: Record<Ending, { code: number; reason: string }> = {
  revoked: { code: CloseCode.Unauthorized, reason: 'The credential is no longer valid' },
  stopping: { code: 1001, reason: 'The server stops: connect again' },
  busy: { code: 1013, reason: 'Too slow or too busy: come back, resume after your last cursor' },
}

export class Pipe {
  readonly #socket: WebSocket
  readonly #log: Log
  #ping: NodeJS.Timeout
  #isAlive = true
  #unsent = 0

  constructor(socket: WebSocket, log: Log) {
    this.#socket = socket
    this.#log = log
    socket.on('pong', () => { this.#isAlive = true })
    // The close that follows says everything.
    socket.on('error', () => undefined)
    this.#ping = setInterval(() => this.#keepAlive(), PING_MS).unref()
    socket.once('close', () => clearInterval(this.#ping))
  }

  end(why: Ending): void {
    const { code, reason } = endings[why]
    this.close(code, reason)
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
    setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref()
  }

  /** What graphql-ws speaks through. */
  adapter(): GraphQLSocket {
    return {
      protocol: this.#socket.protocol,
      send: (data) => this.#send(data),
      close: (code = 1000, reason = '') => this.close(code, reason),
      onMessage: (listen) => {
        this.#socket.on('message', (data: RawData) => {
          listen(String(data)).catch((error: unknown) => {
            this.#log.warn({ err: error }, 'a message on a socket was not understood')
            this.close(CloseCode.BadRequest, 'Not understood')
          })
        })
      },
    }
  }

  /** Resolves when the system has taken it: who produces events waits for who reads them. */
  #send(data: string): Promise<void> {
    const socket = this.#socket
    if (socket.readyState !== socket.OPEN) return Promise.resolve()
    if (socket.bufferedAmount > MAX_BUFFERED || this.#unsent >= MAX_UNSENT) {
      this.end('busy')
      return Promise.resolve()
    }
    this.#unsent++
    return new Promise((resolve) => {
      const stalled = setTimeout(() => this.end('busy'), MAX_STALL_MS)
      socket.send(data, () => {
        clearTimeout(stalled)
        this.#unsent--
        resolve()
      })
    })
  }

  #keepAlive(): void {
    if (!this.#isAlive) {
      this.#socket.terminate()
      return
    }
    this.#isAlive = false
    this.#socket.ping()
  }
}
