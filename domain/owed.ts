/**
 * What is owed now: derived from the events between what is settled and what is, and from the
 * deadlines. The workflows perform exactly this and nothing else. Source: architecture §2.
 */
import type { AwardGroup, FinalFacts } from './awards.ts'
import { awardsOf } from './awards.ts'
import { leaseDeadline } from './leases.ts'
import type { Status, Task } from './tasks.ts'
import { isFinal } from './tasks.ts'

export type PastEvent = { id: string; type: string; subject_version: number; data: unknown }

/** A consequence that threw unexpectedly: set aside, retried at `retry_at`. */
export type ParkedStep = { version: number; step: string; error: string; retry_at: string }

export type TaskOwedFacts = {
  now: string
  task: Task
  /** Events in (settled_version, version], oldest first. */
  events: PastEvent[]
  /** Award groups that are performed already, by key. */
  performed: string[]
  parked: ParkedStep[]
}

export type Owed = {
  awards: AwardGroup[]
  /** Some step is parked: the version stays unsettled, the others went on. */
  parked: boolean
  /** The next instant at which the clock owes something; null = none. */
  deadline: string | null
  final: boolean
}

/** Awards come from final moves only; every other event owes nothing in Postgres. */
function awardFrom(task: Task, event: PastEvent): AwardGroup | null {
  const to = (event.data as { to?: Status }).to
  const finished = event.type === 'task.transitioned' && to !== undefined && isFinal(to)
  return finished ? awardsOf(task, event as PastEvent & { data: FinalFacts }) : null
}

export function owedByTask({ now, task, events, performed, parked }: TaskOwedFacts): Owed {
  const all = events.map((event) => awardFrom(task, event)).filter((group) => group !== null)
  const open = all.filter(({ key }) => !performed.includes(key))
  const aside = new Set(parked.filter(({ retry_at }) => retry_at > now).map(({ step }) => step))
  const retries = parked.map(({ retry_at }) => retry_at).filter((at) => at > now)
  const deadlines = [leaseDeadline(task.lease), ...retries].filter((at) => at !== null)
  return {
    awards: open.filter(({ key }) => !aside.has(key)),
    parked: open.some(({ key }) => aside.has(key)),
    deadline: deadlines.sort()[0] ?? null,
    final: isFinal(task.status),
  }
}

/**
 * How long a workflow may sleep, in ms: a little past the deadline, never too short;
 * null = for ever.
 */
export function untilMs(now: string, deadline: string | null): number | null {
  if (deadline === null) return null
  return Math.max(50, Date.parse(deadline) - Date.parse(now) + 20)
}
