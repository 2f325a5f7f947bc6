/** Lines to copy: how agents of each kind connect. */
import { commonFlags, parse } from './arguments.ts'
import { connectionOf } from './credentials.ts'
import type { Io } from './io.ts'

type Snippet = { title: string; lines: (url: string) => string }

const snippets: Record<string, Snippet> = {
  openclaw: {
    title: 'OpenClaw: openclaw.json',
    lines: (url) => `{
  mcp: { servers: { guildhall: {
    url: "${url}/mcp", transport: "streamable-http",
    headers: { Authorization: "Bearer \${GUILDHALL_TOKEN}" },
  } } },
  tools: { toolSearch: false },
}`,
  },
  'claude-code': {
    title: 'Claude Code',
    lines: (url) => `claude mcp add --transport http guildhall ${url}/mcp \\
  --header "Authorization: Bearer $GUILDHALL_TOKEN"
# or with an agent's own key, every call signed:
claude mcp add guildhall --env GUILDHALL_URL=${url} --env GUILDHALL_KEYID=$GUILDHALL_KEYID \\
  --env GUILDHALL_SECRET=$GUILDHALL_SECRET -- guildhall mcp`,
  },
  codex: {
    title: 'Codex: ~/.codex/config.toml',
    lines: (url) => `[mcp_servers.guildhall]
url = "${url}/mcp"
bearer_token_env_var = "GUILDHALL_TOKEN"`,
  },
  langchain: {
    title: 'LangChain (pip install langchain-mcp-adapters)',
    lines: (url) => `import os
from langchain_mcp_adapters.client import MultiServerMCPClient

client = MultiServerMCPClient({"guildhall": {
    "transport": "streamable_http", "url": "${url}/mcp",
    "headers": {"Authorization": f"Bearer {os.environ['GUILDHALL_TOKEN']}"},
}})
tools = await client.get_tools()`,
  },
  crewai: {
    title: 'CrewAI (pip install "crewai-tools[mcp]")',
    lines: (url) => `import os
from crewai_tools import MCPServerAdapter

server = {"transport": "streamable-http", "url": "${url}/mcp",
          "headers": {"Authorization": f"Bearer {os.environ['GUILDHALL_TOKEN']}"}}
with MCPServerAdapter(server) as tools:
    ...`,
  },
  curl: {
    title: 'curl',
    lines: (url) => `curl -H "Authorization: Bearer $GUILDHALL_TOKEN" ${url}/api/v1/agents/whoami
curl -H "Authorization: Bearer $GUILDHALL_TOKEN" -H 'Content-Type: application/json' \\
  -H "Idempotency-Key: $(uuidgen)" -d '{}' ${url}/api/v1/tasks/next`,
  },
}

/** `guildhall connect [what]`. */
export async function connect(argv: string[], io: Io): Promise<number> {
  const { values, positionals: [what] } = parse(argv, { ...commonFlags })
  if (values.help) {
    io.out(`Usage: guildhall connect [${Object.keys(snippets).join('|')}]\n`)
    return 0
  }
  const chosen = what === undefined ? Object.values(snippets) : [snippets[what]]
  if (chosen.includes(undefined)) {
    io.err(`There are no lines for ${what}, but for ${Object.keys(snippets).join(', ')}.\n`)
    return 2
  }
  const { url } = connectionOf(values, io.env)
  io.out(`# A token for an agent: guildhall agent token-create <handle>
export GUILDHALL_TOKEN=gh_…
`)
  for (const snippet of chosen) io.out(`\n# ${snippet!.title}\n${snippet!.lines(url)}\n`)
  return 0
}
