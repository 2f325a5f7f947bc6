/**
 * `guildhall mcp`: for MCP clients that can only start a command. Holds the agent's credential,
 * signs every call, and keeps running whatever the server does. Both protocol eras pass through.
 */
import { Connection } from '../sdk/connection.ts'
import { commonFlags, parse } from './arguments.ts'
import { connectionOf } from './credentials.ts'
import { Forwarder, failure } from './forward.ts'
import type { Message } from './forward.ts'
import type { Io } from './io.ts'

const MAX_LINE = 4 * 1024 * 1024
const MAX_UNDER_WAY = 256
const PARSE_ERROR = -32_700
/** What is under way when the client goes away may still be answered. */
const LAST_ANSWERS_MS = 2000

/** Runs until the client closes its end. */
export async function bridge(argv: string[], io: Io): Promise<number> {
  const { values } = parse(argv, { ...commonFlags })
  if (values.help) {
    io.out('Usage: guildhall mcp [--url <text>] [--token <text>] [--profile <text>]\n')
    return 0
  }
  const connection = new Connection(connectionOf(values, io.env))
  const bridged = new Bridge(new Forwarder(connection), io)
  for await (const line of linesOf(io.stdin)) bridged.take(line)
  await bridged.end()
  return 0
}

class Bridge {
  readonly #forwarder: Forwarder
  readonly #io: Io
  /** By the id of the request, to be given up by name. */
  readonly #underWay = new Map<unknown, AbortController>()
  readonly #tasks = new Set<Promise<void>>()

  constructor(forwarder: Forwarder, io: Io) {
    this.#forwarder = forwarder
    this.#io = io
  }

  take(line: string | null): void {
    const message = line === null ? null : parsed(line)
    if (!message) {
      const text = line === null ? 'The message is too long' : 'The message is not JSON'
      this.#say({ jsonrpc: '2.0', id: null, error: { code: PARSE_ERROR, message: text } })
      return
    }
    if (message.method === 'notifications/cancelled') {
      // Over HTTP whoever gives up hangs up.
      this.#underWay.get(message.params?.requestId)?.abort()
      return
    }
    if (this.#tasks.size >= MAX_UNDER_WAY) {
      this.#say(failure(message.id, `More than ${MAX_UNDER_WAY} calls are under way`))
      return
    }
    const task = this.#carry(message).finally(() => this.#tasks.delete(task))
    this.#tasks.add(task)
  }

  async #carry(message: Message): Promise<void> {
    const given = new AbortController()
    if (message.id !== undefined) this.#underWay.set(message.id, given)
    for await (const answer of this.#forwarder.forward(message, given.signal)) {
      const isForNobody = message.id === undefined && 'error' in answer
      if (isForNobody) this.#io.err(`${message.method}: ${answer.error!.message}\n`)
      else this.#say(answer)
    }
    if (this.#underWay.get(message.id) === given) this.#underWay.delete(message.id)
  }

  #say(message: Message): void {
    this.#io.out(`${JSON.stringify(message)}\n`)
  }

  /** Waits a moment for what is under way, then hangs up. */
  async end(): Promise<void> {
    const timer = setTimeout(() => {
      for (const given of this.#underWay.values()) given.abort()
    }, LAST_ANSWERS_MS)
    await Promise.allSettled(this.#tasks)
    clearTimeout(timer)
  }
}

function parsed(line: string): Message | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value as Message : null
  } catch {
    return null
  }
}

/** Lines that are not empty; null for one that is too long to be kept. */
async function* linesOf(stdin: Io['stdin']): AsyncGenerator<string | null> {
  const decoder = new TextDecoder()
  let rest = ''
  let isSkipping = false
  for await (const chunk of stdin) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      if (!isSkipping && line.trim()) yield line
      isSkipping = false
    }
    if (rest.length <= MAX_LINE) continue
    if (!isSkipping) yield null
    isSkipping = true
    rest = ''
  }
}
