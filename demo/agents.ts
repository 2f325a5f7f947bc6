/** The agents of the demo: real MCP clients, over HTTP or over the stdio bridge. */
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

export type Answer = Record<string, unknown>

/** One agent's connection; it calls tools and gets their structured answers. */
export class McpAgent {
  readonly handle: string
  readonly #client: Client

  private constructor(handle: string, client: Client) {
    this.handle = handle
    this.#client = client
  }

  /** Over Streamable HTTP with a bearer token. */
  static async overHttp(handle: string, url: string, token: string): Promise<McpAgent> {
    const client = new Client({ name: `demo ${handle}`, version: '1.0.0' })
    const transport = new StreamableHTTPClientTransport(new URL('/mcp', url), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    })
    await client.connect(transport as Parameters<Client['connect']>[0])
    return new McpAgent(handle, client)
  }

  /** Over `guildhall mcp`, a process that holds the agent's key and signs every call. */
  static async overStdio(
    handle: string, url: string, key: { keyid: string; secret: string },
  ): Promise<McpAgent> {
    const client = new Client({ name: `demo ${handle}`, version: '1.0.0' })
    await client.connect(new StdioClientTransport({
      command: process.execPath,
      args: [join(import.meta.dirname, '..', 'cli', 'guildhall.mjs'), 'mcp'],
      env: {
        GUILDHALL_URL: url, GUILDHALL_KEYID: key.keyid, GUILDHALL_SECRET: key.secret,
        PATH: '/usr/local/bin:/usr/bin:/bin',
      },
    }))
    return new McpAgent(handle, client)
  }

  /** Calls a tool; throws with the problem's sentence when it is refused. */
  async call(tool: string, input: Answer = {}): Promise<Answer> {
    const answer = await this.#client.callTool({ name: tool, arguments: input })
    const content = answer.structuredContent as Answer
    if (answer.isError) throw new Error(`${this.handle}: ${tool} was refused: ${content.detail}`)
    return content
  }

  async tools(): Promise<number> {
    return (await this.#client.listTools()).tools.length
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}
