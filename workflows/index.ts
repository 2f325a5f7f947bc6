/** The workflow types, by name: what the bundle exports. */
export { gate } from './gates.ts'
export { headSigning } from './heads.ts'
export { holdSweep } from './holds.ts'
export { partitionsAhead } from './partitions.ts'
export { nightlyReconcile } from './reconcile.ts'
export { task } from './tasks.ts'
