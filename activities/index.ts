/** The activities by name: what workflows may call. Types only cross into workflows. */
import { heartbeat } from '@temporalio/activity'
import type { ReconcileDependencies, Reconciled } from './reconcile.ts'
import { reconcileAll } from './reconcile.ts'
import type { SettleDependencies } from './settle.ts'
import { settling } from './settle.ts'
import { sweepCredits } from './sweep.ts'

export type Dependencies = SettleDependencies & Omit<ReconcileDependencies, 'heartbeat'>

export function activitiesOf(dependencies: Dependencies) {
  return {
    ...settling(dependencies),
    reconcile: (): Promise<Reconciled> => reconcileAll({ ...dependencies, heartbeat }),
    sweepHolds: (): Promise<number> => sweepCredits(dependencies.db),
  }
}

export type Activities = ReturnType<typeof activitiesOf>
