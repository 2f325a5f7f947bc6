/**
 * `guildhall reconcile`: compares every open row with its workflow, starts what is missing and
 * wakes what is behind. Temporal holds nothing that Postgres cannot rebuild, so this is
 * always safe.
 */
import { readConfig } from '../config.ts'
import type { Config } from '../config.ts'
import type { Reconciled } from '../activities/reconcile.ts'
import { reconcileAll } from '../activities/reconcile.ts'
import { compose } from '../main.ts'
import { databaseUrl, temporalAddress } from './doctor.ts'

/** Runs it once against the engines of this configuration, or of the home's instance. */
export async function reconcile(
  config: Config, progress: (text: string) => void,
): Promise<Reconciled> {
  const url = databaseUrl(config)
  const address = temporalAddress(config)
  if (!url || !address) {
    throw new Error('There is no instance to reconcile: start one, or set DATABASE_URL and '
      + 'TEMPORAL_ADDRESS.')
  }
  const parts = compose({
    ...config, databaseUrl: url, temporalAddress: address, logLevel: 'silent',
  })
  try {
    return await reconcileAll({
      db: parts.db, inspect: parts.engine.inspect, wake: (subject) => parts.nudge.wake(subject),
      heartbeat: ({ rows }) => progress(`${rows} rows compared …`),
    })
  } finally {
    await parts.db.end()
    await parts.client.connection.close()
  }
}

if (import.meta.main) {
  const json = process.argv.includes('--json')
  const report = await reconcile(readConfig(), (text) => console.error(text))
  console.log(json ? JSON.stringify(report)
    : `${report.rows} open rows: ${report.running} workflows run, ${report.started} were started, `
      + `${report.woken} were woken.`)
}
