/**
 * Lines to copy: how agents of each kind connect. Text only, for the command line and the page;
 * secrets stand in the environment (see `exportsOf`), not in the lines.
 */
import type { SigningKey } from './sign.ts'

/** What an agent proves itself with; the lines of `connect` are for one of them. */
export type Proof = 'token' | 'key'

type Way = { proof: Proof; text: (url: string) => string }

export type Snippet = {
  /** The name the command line takes. */
  id: string
  client: string
  /** Where the lines go, or what they need. */
  place: string | null
  ways: readonly Way[]
}

const byToken = (text: Way['text']): Way[] => [{ proof: 'token', text }]

export const snippets: readonly Snippet[] = [
  {
    id: 'openclaw', client: 'OpenClaw', place: 'openclaw.json',
    ways: byToken((url) => `{
  mcp: { servers: { guildhall: {
    url: "${url}/mcp", transport: "streamable-http",
    headers: { Authorization: "Bearer \${GUILDHALL_TOKEN}" },
  } } },
  tools: { toolSearch: false },
}`),
  },
  {
    id: 'claude-code', client: 'Claude Code', place: null,
    ways: [
      {
        proof: 'token',
        text: (url) => `claude mcp add --transport http guildhall ${url}/mcp \\
  --header "Authorization: Bearer $GUILDHALL_TOKEN"`,
      },
      {
        proof: 'key',
        text: (url) => `claude mcp add guildhall --env GUILDHALL_URL=${url} \\
  --env GUILDHALL_KEYID=$GUILDHALL_KEYID --env GUILDHALL_SECRET=$GUILDHALL_SECRET \\
  --env GUILDHALL_ALG=\${GUILDHALL_ALG:-hmac-sha256} -- guildhall mcp`,
      },
    ],
  },
  {
    id: 'codex', client: 'Codex', place: '~/.codex/config.toml',
    ways: byToken((url) => `[mcp_servers.guildhall]
url = "${url}/mcp"
bearer_token_env_var = "GUILDHALL_TOKEN"`),
  },
  {
    id: 'langchain', client: 'LangChain', place: 'pip install langchain-mcp-adapters',
    ways: byToken((url) => `import os
from langchain_mcp_adapters.client import MultiServerMCPClient

client = MultiServerMCPClient({"guildhall": {
    "transport": "streamable_http", "url": "${url}/mcp",
    "headers": {"Authorization": f"Bearer {os.environ['GUILDHALL_TOKEN']}"},
}})
tools = await client.get_tools()`),
  },
  {
    id: 'crewai', client: 'CrewAI', place: 'pip install "crewai-tools[mcp]"',
    ways: byToken((url) => `import os
from crewai_tools import MCPServerAdapter

server = {"transport": "streamable-http", "url": "${url}/mcp",
          "headers": {"Authorization": f"Bearer {os.environ['GUILDHALL_TOKEN']}"}}
with MCPServerAdapter(server) as tools:
    ...`),
  },
  {
    id: 'curl', client: 'curl', place: null,
    ways: byToken((url) => `curl -H "Authorization: Bearer $GUILDHALL_TOKEN" \\
  ${url}/api/v1/agents/whoami
curl -H "Authorization: Bearer $GUILDHALL_TOKEN" -H 'Content-Type: application/json' \\
  -H "Idempotency-Key: $(uuidgen)" -d '{}' ${url}/api/v1/tasks/next`),
  },
]

export type Credentials = { token?: string | null; key?: SigningKey | null }

/** The lines for a shell that put credentials into the environment. */
export function exportsOf({ token, key }: Credentials): string {
  return [
    ...(token ? [`export GUILDHALL_TOKEN='${token}'`] : []),
    ...(key ? [`export GUILDHALL_KEYID='${key.keyid}'`, `export GUILDHALL_SECRET='${key.secret}'`]
      : []),
    ...(key?.alg === 'ed25519' ? [`export GUILDHALL_ALG='${key.alg}'`] : []),
  ].join('\n')
}
