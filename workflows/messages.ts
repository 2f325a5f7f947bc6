/** What can be said to the workflows of tasks and gates. Clients import this; it has no code. */
import { defineQuery, defineSignal } from '@temporalio/workflow'

/** Whose life a run is. Nothing else travels in a message: the workflow asks Postgres. */
export type Ref = { workspace: string; id: string }

/** Something changed: look again. Losing one is harmless, the relay sends another. */
export const changed = defineSignal('changed')

/** What the workflow knows, for `task.engine`, doctor and tests. */
export type Knows = { settledVersion: number; deadlineAt: string | null; sentence: string }
export const knows = defineQuery<Knows>('knows')
