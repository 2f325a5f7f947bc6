/**
 * Why a task waits, in one sentence: for what, from whom, until when, and what would unblock it.
 * Shown by `task.waiting`, in every task, in the inbox and in the Temporal UI.
 */
import type { Gate } from './gates.ts'
import type { ParkedStep } from './owed.ts'
import { approversInWords } from './policies.ts'
import type { Task } from './tasks.ts'

export type Waiting = {
  for: 'planning' | 'claim' | 'start' | 'work' | 'review' | 'gate' | 'unblock' | 'settling'
  since: string
  until: string | null
  sentence: string
  /** Operations that would move it on. */
  unblock: string[]
}

type Words = Omit<Waiting, 'since' | 'until'> & { until?: string | null }

/** Null when the task is finished and settled: then nothing waits. */
export function waitingOf(
  task: Task, gate: Pick<Gate, 'opened_at' | 'expires_at' | 'policy' | 'to'> | null,
  parked: Pick<ParkedStep, 'step' | 'retry_at'>[] = [],
): Waiting | null {
  const stuck = parked[0]
  if (stuck) {
    const step = stuck.step.split('/').at(-1)
    return {
      for: 'settling', since: task.updated_at, until: stuck.retry_at,
      sentence: `${task.key}: a consequence (${step}) failed and is set aside `
        + `until ${stuck.retry_at}; the operators can see why with guildhall doctor.`,
      unblock: [],
    }
  }
  if (gate && task.pending) {
    return {
      for: 'gate', since: gate.opened_at, until: gate.expires_at,
      sentence: `${task.key} waits for ${approversInWords(gate.policy.approvers)} to approve `
        + `its move to ${gate.to}, until ${gate.expires_at}.`,
      unblock: ['gate.decide', 'gate.cancel'],
    }
  }
  const words = wordsOf(task)
  return words && { until: null, ...words, since: task.status_since }
}

function wordsOf(task: Task): Words | null {
  const { key, assignee } = task
  switch (task.status) {
    case 'backlog': return {
      for: 'planning', unblock: ['task.transition'],
      sentence: `${key} waits in the backlog until ${task.creator} or an operator `
        + 'moves it to todo.',
    }
    case 'todo': return assignee ? {
      for: 'start', unblock: ['task.start', 'task.claim'],
      sentence: `${key} waits for ${assignee} to start it.`,
    } : {
      for: 'claim', unblock: ['task.claim', 'task.next'],
      sentence: `${key} waits for an eligible agent to claim it.`,
    }
    case 'in_progress': return {
      for: 'work', until: task.lease?.expires_at ?? null,
      unblock: ['task.complete', 'task.transition', 'task.release'],
      sentence: `${key} waits for ${assignee} to finish it`
        + (task.lease ? `; its lease runs until ${task.lease.expires_at}.` : '.'),
    }
    case 'review': return {
      for: 'review', unblock: ['task.transition', 'task.complete'],
      sentence: `${key} waits for review by a manager of ${assignee} or an operator.`,
    }
    case 'blocked': return {
      for: 'unblock', unblock: ['task.transition'],
      sentence: `${key} is blocked (${task.block_reason ?? 'no reason given'}) until `
        + `${assignee ? `${assignee} or ` : ''}an operator moves it on.`,
    }
    default: return null
  }
}
