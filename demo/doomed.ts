/** A worker that dies: claims the task it is given, says so, and then never does anything again. */
import { McpAgent } from './agents.ts'

const [url, token, task] = process.argv.slice(2) as [string, string, string]
const agent = await McpAgent.overHttp('doomed', url, token)
await agent.call('task_claim', { id: task })
process.send?.('claimed')
setInterval(() => undefined, 60_000)
