/** MCP in both protocol eras: the newer one over HTTP, the older one over the stdio bridge. */
import { join } from 'node:path'
import * as modern from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { Registered, World } from '../harness/world.ts'
import type { Calls, Outcome } from './surface.ts'
import { conformance } from './surface.ts'

type Result = { isError?: boolean; structuredContent?: unknown }
type Caller = {
  listTools: () => Promise<unknown>
  callTool: (params: { name: string; arguments: Record<string, unknown> }) => Promise<unknown>
  close: () => Promise<void>
}
const clientInfo = { name: 'conformance', version: '1.0.0' }

async function newer(world: World, who: Registered | null): Promise<Caller> {
  const { token } = who?.client ?? world.owner
  const client = new modern.Client(clientInfo, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  await client.connect(new modern.StreamableHTTPClientTransport(new URL(`${world.url}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  }))
  return client
}

/** People have no key: the owner's bridge shows a token. */
async function older(world: World, who: Registered | null): Promise<Caller> {
  const client = new Client(clientInfo)
  await client.connect(new StdioClientTransport({
    command: process.execPath, args: [join(import.meta.dirname, '..', '..', 'cli', 'main.ts'), 'mcp'],
    env: {
      GUILDHALL_URL: world.url, HOME: '/nonexistent',
      ...(who ? { GUILDHALL_KEYID: who.keyid, GUILDHALL_SECRET: who.secret } : { GUILDHALL_TOKEN: world.owner.token }),
    },
  }))
  return client
}

function outcomeOf({ isError, structuredContent }: Result): Outcome {
  return isError ? { code: (structuredContent as { code: string }).code } : { body: structuredContent }
}

for (const [name, connect] of [['MCP 2026-07-28', newer], ['MCP 2025-11-25 by stdio', older]] as const) {
  conformance({
    name,
    open: async (world) => {
      const callers = new Map<Registered | null, Promise<Caller>>()
      const callerOf = (who: Registered | null): Promise<Caller> => {
        const known = callers.get(who) ?? connect(world, who).then(async (caller) => {
          // Clients that know the tools check every answer against what they promise.
          await caller.listTools()
          return caller
        })
        callers.set(who, known)
        return known
      }
      return {
        as: async (who): Promise<Calls> => {
          const caller = await callerOf(who)
          return async ({ tool }, input) =>
            outcomeOf(await caller.callTool({ name: tool, arguments: input }) as Result)
        },
        close: async () => {
          for (const caller of callers.values()) await (await caller).close()
        },
      }
    },
  })
}
