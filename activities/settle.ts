/**
 * What the workflows perform: everything owed in Postgres, each step idempotent, then the mark that
 * it is done. A step that throws unexpectedly is set aside; the others go on.
 * Source: architecture §2, "The settling".
 */
import type { AwardGroup } from '../domain/awards.ts'
import type { Decision } from '../domain/decisions.ts'
import type { Gate } from '../domain/gates.ts'
import { gateDeadline, rowsOf } from '../domain/gates.ts'
import { approversInWords } from '../domain/policies.ts'
import { decideExpiry, leaseDeadline } from '../domain/leases.ts'
import { owedByTask, untilMs } from '../domain/owed.ts'
import { systemPrincipal } from '../domain/system.ts'
import { decideGateClock } from '../domain/verdicts.ts'
import { waitingOf } from '../domain/waiting.ts'
import type { BaseFacts, Command } from '../db/commands.ts'
import { StorageError } from '../db/errors.ts'
import type { Subject, TaskOwedRead } from '../db/settling.ts'
import {
  markSettled, parkStep, payAward, readGateClock, readTaskClock, readTaskOwed,
} from '../db/settling.ts'
import type { Database } from '../db/database.ts'
import { draftOf } from './write.ts'
import type { SubjectIds, Write } from './write.ts'

export type Log = { error: (fields: object, message: string) => void }
export type SettleDependencies = { db: Database; write: Write; log: Log }

type Ref = { workspace: string; id: string }

/** What a workflow is told: what to do next, and how long it may sleep. */
export type Owed = {
  /** More is owed already: ask again before sleeping. */
  again: boolean
  final: boolean
  settledVersion: number
  deadlineAt: string | null
  untilMs: number | null
  sentence: string
}
export type TaskOwed = Owed & {
  awards: AwardGroup[]
  /** The version that is settled once the last of these awards is paid; null if more is owed. */
  settles: number | null
}

const gone: Owed = {
  again: false, final: true, settledVersion: 0, deadlineAt: null, untilMs: null,
  sentence: 'It is gone.',
}

const bySystem = (workspace: string): Command => ({
  workspace, actor: systemPrincipal, operation: 'system', key: null, fresh: false,
  request_hash: null,
  reason: null,
})

/** Performs what the clock owes: one write, guarded like any other. */
async function tick<Facts extends BaseFacts>(
  { write }: SettleDependencies, workspace: string, step: {
    read: () => Promise<Facts | null>
    decide: (facts: Facts) => Decision | null
    subject: (facts: Facts) => SubjectIds
  },
): Promise<void> {
  await write.task(bySystem(workspace), {
    ...step,
    read: async () => {
      const facts = await step.read()
      return facts ? { facts } : { missing: true as const }
    },
  })
}

async function readOwed(deps: SettleDependencies, subject: Subject): Promise<TaskOwedRead | null> {
  const read = await readTaskOwed(deps.db, subject)
  if (!read || !isLeaseDue(read)) return read
  await tick(deps, subject.workspace, {
    read: () => readTaskClock(deps.db, subject),
    decide: decideExpiry,
    subject: ({ task }) => ({ task_id: task.id }),
  })
  return readTaskOwed(deps.db, subject)
}

async function settleTask(deps: SettleDependencies, ref: Ref): Promise<TaskOwed> {
  const subject: Subject = { kind: 'task', ...ref }
  const read = await readOwed(deps, subject)
  if (!read) return { ...gone, awards: [], settles: null }
  const { task, now, parked, glance } = read
  const { awards, parked: stuck, deadline, final } = owedByTask(read)
  const told = {
    settledVersion: task.settled_version, deadlineAt: deadline, untilMs: untilMs(now, deadline),
    sentence: waitingOf(task, glance, parked)?.sentence ?? `${task.key} is ${task.status}.`,
  }
  if (awards.length) {
    const settles = stuck || deadline ? null : task.version
    return { ...told, again: settles === null, final: final && settles !== null, awards, settles }
  }
  const version = await markSettled(
    deps.db, subject, { version: task.version, settled: !stuck, wakeAt: deadline })
  return {
    ...told, awards, settles: null,
    again: version !== null && version > task.version,
    final: final && !stuck,
    settledVersion: stuck ? task.settled_version : task.version,
  }
}

async function settleGate(deps: SettleDependencies, ref: Ref): Promise<Owed> {
  const subject: Subject = { kind: 'gate', ...ref }
  const read = () => readGateClock(deps.db, subject)
  let facts = await read()
  if (facts && decideGateClock(facts)) {
    await tick(deps, ref.workspace, {
      read, decide: decideGateClock,
      subject: ({ subject: gate }) => rowsOf(gate),
    })
    facts = await read()
  }
  if (!facts) return gone
  const { subject: gate, now } = facts
  const deadline = gateDeadline(gate)
  const version = await markSettled(
    deps.db, subject, { version: gate.version, settled: true, wakeAt: deadline })
  return {
    again: version !== null && version > gate.version, final: gate.state !== 'open',
    settledVersion: gate.version, deadlineAt: deadline, untilMs: untilMs(now, deadline),
    sentence: sentenceOf(gate),
  }
}

const sentenceOf = ({ title, state, policy, expires_at }: Gate): string => (state === 'open'
  ? `${title}: waits for ${approversInWords(policy.approvers)} until ${expires_at}.`
  : `${title}: ${state}.`)

/**
 * Pays one group of awards, once, and settles that version where told so. Answers whether there is
 * more to do. What fails unexpectedly is set aside and retried hourly.
 */
async function awardCredits(
  { db, write, log }: SettleDependencies, ref: Ref, award: AwardGroup, settles: number | null,
): Promise<boolean> {
  const alerts = award.refused.map(({ step, rate }) => draftOf({
    type: 'credit.refused', severity: 'alert',
    subject: { kind: 'task', id: award.task_id, key: null }, task_id: award.task_id,
    data: { step, rate, why: `There is no rate ${rate}` },
  }))
  const items = award.postings.map((posting) =>
    ({ ...posting, trigger_event_id: award.trigger_event_id }))
  try {
    const version = await payAward(db, ref.workspace, {
      actor: systemPrincipal, taskId: ref.id, settles,
      group: { key: award.key, request_hash: '', items, alerts },
    })
    write.hooks.notify(ref.workspace)
    return version !== settles
  } catch (error) {
    if (error instanceof StorageError) throw error
    log.error({ err: error, award: award.key }, 'an award is set aside')
    await parkStep(db, { kind: 'task', ...ref }, {
      version: award.version, step: award.key,
      error: error instanceof Error ? error.message : String(error),
    })
    return true
  }
}

/** The activities of the two lives, by the names that workflows call. */
export function settling(deps: SettleDependencies) {
  return {
    settleTask: (ref: Ref) => settleTask(deps, ref),
    settleGate: (ref: Ref) => settleGate(deps, ref),
    awardCredits: (ref: Ref, award: AwardGroup, settles: number | null) =>
      awardCredits(deps, ref, award, settles),
  }
}

const isLeaseDue = ({ task, now }: TaskOwedRead): boolean => {
  const deadline = leaseDeadline(task.lease)
  return deadline !== null && deadline <= now && task.status === 'in_progress'
}
