/** What a workstream is, and which of them take tasks. Source: domain rules §7. */
import type { Refusal } from './errors.ts'
import { refuse } from './errors.ts'
import type { Priority } from './tasks.ts'

export const workstreamStatuses = ['active', 'paused', 'completed', 'archived'] as const
export type WorkstreamStatus = (typeof workstreamStatuses)[number]

/** In these a workstream takes tasks; what is over takes none. */
export const openStatuses = ['active', 'paused'] as const satisfies readonly WorkstreamStatus[]

export type Workstream = { id: string; name: string; status: WorkstreamStatus }

/** The fields that can be written. */
export type WorkstreamFields = {
  name: string
  description: string
  priority: Priority
  status: WorkstreamStatus
}

const isOpen = (status: WorkstreamStatus): boolean =>
  (openStatuses as readonly string[]).includes(status)

/** Refuses a task in a workstream that is over; null where it may come in. */
export function refuseEntry(workstream: Workstream | null): Refusal | null {
  if (!workstream || isOpen(workstream.status)) return null
  const { name, status } = workstream
  return refuse('forbidden', `The workstream ${name} is ${status} and takes no tasks`, {
    required: { workstream: name, status: openStatuses },
  }, 'Name another workstream, or none.')
}

/** What a change makes different; nothing where all is as it was. */
export function changedFields(
  before: WorkstreamFields, change: Partial<WorkstreamFields>,
): Partial<WorkstreamFields> {
  const names = ['name', 'description', 'priority', 'status'] as const
  return Object.fromEntries(names
    .filter((name) => change[name] !== undefined && change[name] !== before[name])
    .map((name) => [name, change[name]]))
}
