/**
 * The health check of a container: whether the process of these roles does its work. Run beside it,
 * with its environment: `node ops/health.ts` exits 0, or 1 with words.
 */
import { hostname } from 'node:os'
import { readConfig, type Config, type Role } from '../config.ts'
import { connect } from '../temporal/connection.ts'
import { withClient } from './postgres-cluster.ts'

/** What is wrong with the roles of this configuration, one sentence each; empty when all work. */
export async function healthFaults(config: Config): Promise<string[]> {
  const faults = await Promise.all(config.roles.map((role) =>
    checks[role](config).catch((error: Error) => error.message)))
  return faults.filter((one) => one !== null)
}

const checks: Record<Role, (config: Config) => Promise<string | null>> = {
  api: checkApi, worker: checkWorker, relay: checkRelay,
}

async function checkApi({ host, port }: Config): Promise<string | null> {
  const own = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
  const answer = await fetch(`http://${own}:${port}/readyz`, { signal: AbortSignal.timeout(5_000) })
  return answer.ok ? null : `the api answers ${answer.status}: ${await answer.text()}`
}

/** The engine lists who asks it for work, by process and host. */
async function checkWorker(config: Config): Promise<string | null> {
  const { temporalAddress: address, temporalNamespace: namespace, taskQueue: name } = config
  const { connection } = connect({ address, namespace })
  try {
    const { pollers } = await connection.withDeadline(Date.now() + 5_000, () =>
      connection.workflowService.describeTaskQueue({
        namespace, taskQueue: { name }, taskQueueType: 1,
      }))
    const own = pollers?.some(({ identity }) => identity?.endsWith(`@${hostname()}`))
    return own ? null : `no worker of ${hostname()} asks the task queue ${name} for work`
  } finally {
    await connection.close()
  }
}

/** Active or standing by, a relay holds a connection for its election. */
async function checkRelay({ databaseUrl }: Config): Promise<string | null> {
  const rows = await withClient(databaseUrl ?? '', (query) => query(`
    select from pg_stat_activity where application_name = 'guildhall relay'
      and usename = current_user and client_addr = inet_client_addr() limit 1`))
  return rows.length ? null : 'no relay of this host is connected to Postgres'
}

if (import.meta.main) {
  const faults = await healthFaults(readConfig())
  if (faults.length) process.stderr.write(`${faults.join('\n')}\n`)
  process.exitCode = faults.length ? 1 : 0
}
