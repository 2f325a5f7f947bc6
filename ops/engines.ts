/** The two engines an instance stands on: those it was given, or the embedded ones. */
import { refuseUnsafe } from '../db/migrate.ts'
import type { Config } from '../config.ts'
import { keepRunning, type Kept, type Running } from './keeping.ts'
import { logFile } from './logs.ts'
import { withClient } from './postgres-cluster.ts'
import { startPostgres, type Postgres } from './postgres.ts'
import { startTemporal, temporalFault, type Temporal } from './temporal.ts'

export type EngineOptions = {
  config: Config
  say: (text: string) => void
  /** Called with each engine before it is up, so that it can be stopped whatever happens. */
  keep: (kept: Kept<Running>) => void
  /** Called whenever a process comes or goes. */
  changed: () => void
}

/** How our processes reach Postgres. */
export type DatabaseAddress = { DATABASE_URL: string; MIGRATION_URL: string }

/** Starts the embedded Postgres, or checks the one given. */
export async function providePostgres(options: EngineOptions): Promise<DatabaseAddress> {
  const { config: { home, databaseUrl, migrationUrl }, say, keep, changed } = options
  if (databaseUrl) {
    await withClient(databaseUrl, refuseUnsafe)
    return { DATABASE_URL: databaseUrl, MIGRATION_URL: migrationUrl ?? databaseUrl }
  }
  const kept = keepRunning<Postgres>({
    name: 'postgres', title: 'Postgres', say, changed, logFile: logFile(home, 'postgres'),
    start: (last) => startPostgres({ home, log: say, ...last && { port: last.port } }),
  })
  keep(kept)
  const { appUrl, ownerUrl } = await kept.started
  return { DATABASE_URL: appUrl, MIGRATION_URL: ownerUrl }
}

/** How our processes reach Temporal; the UI's address is empty where nobody knows it. */
export type TemporalAddress = { TEMPORAL_ADDRESS: string; TEMPORAL_UI_URL: string }

/** Starts the embedded Temporal server, or checks that the one given answers. */
export async function provideTemporal(options: EngineOptions): Promise<TemporalAddress> {
  const { config, say, keep, changed } = options
  const { home, temporalAddress, temporalNamespace: namespace, temporalUiUrl } = config
  if (temporalAddress) {
    // Only a warning: Guildhall serves without its engine and catches up when it is there.
    const fault = await temporalFault(temporalAddress, namespace, 5_000)
    if (fault) say(`Temporal is not there yet: ${fault}. Starting without it.`)
    return { TEMPORAL_ADDRESS: temporalAddress, TEMPORAL_UI_URL: temporalUiUrl ?? '' }
  }
  const kept = keepRunning<Temporal>({
    name: 'temporal', title: 'Temporal', say, changed, logFile: logFile(home, 'temporal'),
    start: (last, signal) =>
      startTemporal({ home, namespace, log: say, signal, ...last && { port: last.port } }),
  })
  keep(kept)
  const { address, uiUrl } = await kept.started
  return { TEMPORAL_ADDRESS: address, TEMPORAL_UI_URL: temporalUiUrl ?? uiUrl }
}
