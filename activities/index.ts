/** The activities by name: what workflows may call. Types only cross into workflows. */
import { heartbeat } from '@temporalio/activity'
import type { HeadDependencies, Signed } from './heads.ts'
import { signHeads } from './heads.ts'
import type { ReconcileDependencies, Reconciled } from './reconcile.ts'
import { reconcileAll } from './reconcile.ts'
import { makePartitions } from '../db/credits.ts'
import type { SettleDependencies } from './settle.ts'
import { settling } from './settle.ts'
import { sweepCredits } from './sweep.ts'

export type Dependencies = SettleDependencies & HeadDependencies
  & Omit<ReconcileDependencies, 'heartbeat'>

export function activitiesOf(dependencies: Dependencies) {
  return {
    ...settling(dependencies),
    reconcile: (): Promise<Reconciled> => reconcileAll({ ...dependencies, heartbeat }),
    signHeads: (): Promise<Signed> => signHeads(dependencies),
    makePartitions: (): Promise<number> => makePartitions(dependencies.db),
    sweepHolds: (): Promise<number> => sweepCredits(dependencies.db),
  }
}

export type Activities = ReturnType<typeof activitiesOf>
