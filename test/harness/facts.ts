/** Facts for table tests: a plain case, with only what matters said in each line. */
import type { Actor } from '../../domain/agents.ts'
import type { Gate } from '../../domain/gates.ts'
import type { TaskFacts } from '../../domain/moves.ts'
import type { GatePolicy, Policy } from '../../domain/policies.ts'
import { policyOf } from '../../domain/policies.ts'
import { settingsOf } from '../../domain/settings.ts'
import type { SettingsChange } from '../../domain/settings.ts'
import type { Lease, Pending, Task } from '../../domain/tasks.ts'
import type { GateFacts } from '../../domain/verdicts.ts'

export const NOW = '2026-11-21T12:00:00.000Z'
export const LATER = '2026-11-21T12:15:00.000Z'

export const actor = (over: Partial<Actor> = {}): Actor => ({
  id: 'ada-id', kind: 'agent', handle: 'ada', role: 'worker', mode: 'worker', level: 3, trust: 50,
  capabilities: [{ tag: 'typescript', proficiency: 'standard' }], status: 'active', ...over,
})

export const person = (role = 'operator', handle = 'olga'): Actor => ({
  id: `${handle}-id`, kind: 'human', handle, role, mode: null, level: null, trust: null,
  capabilities: [], status: 'active',
})

export const bob = actor({ id: 'bob-id', handle: 'bob' })
export const lead = actor({ id: 'lead-id', handle: 'lead', role: 'lead', mode: 'orchestrator', level: 5 })

export const lease = (over: Partial<Lease> = {}): Lease =>
  ({ holder_id: 'ada-id', attempt: 1, expires_at: LATER, suspended: false, ...over })

export const task = (over: Partial<Task> = {}): Task => ({
  id: 'task-id', key: 'TASK-1', title: 'Do it', description: '', status: 'todo', outcome: null,
  priority: 'normal', tags: [], required_capabilities: [], min_trust: null, assignee_id: null,
  assignee: null, assignee_kind: null, creator_id: 'lead-id', creator: 'lead', creator_kind: 'agent',
  creator_fee_pct: 10, parent: null, workstream_id: null, workstream: null, due_at: null, estimate: null, reward: null, escrow: '0',
  input: null, output: null, attempt: 0, expiries: 0, lost_by: [], rejections: 0, feedback: null,
  block_reason: null, pending: null, version: 3, settled_version: 3, wake_at: null,
  settled_at: NOW, created_at: NOW, updated_at: NOW, status_since: NOW, finished_at: null, lease: null,
  ...over,
})

const held = { assignee_id: 'ada-id', assignee: 'ada', assignee_kind: 'agent', attempt: 1 }
/** A task that ada works on, with a running lease. */
export const working = (over: Partial<Task> = {}): Task =>
  task({ status: 'in_progress', ...held, lease: lease(), ...over })
export const assigned = (over: Partial<Task> = {}): Task => task({ ...held, attempt: 0, ...over })
export const reviewed = (over: Partial<Task> = {}): Task => task({ status: 'review', ...held, ...over })

type FactsOver = Partial<Omit<TaskFacts, 'settings'>> & { settings?: SettingsChange }

export const facts = ({ settings = {}, ...over }: FactsOver = {}): TaskFacts => ({
  now: NOW, epoch: 1, actor: actor(), settings: settingsOf(settings), task: task(), gate: null,
  policies: [], manages_assignee: false, former_holder: false, claims: 0, fresh_id: 'fresh-id', ...over,
})

export const policy = (to: string, over: Partial<Policy> = {}, match: object = {}): GatePolicy => ({
  id: `policy-${to}`, scope: { workspace: true },
  match: { from: null, to, tags: [], priority: null, min_reward: null, ...match } as GatePolicy['match'],
  policy: policyOf(over, 3600),
})

export const gate = (over: Partial<Gate> = {}): Gate => ({
  id: 'gate-id', subject_kind: 'task', subject_id: 'task-id', subject_key: 'TASK-1', attempt: 1,
  from: 'review', to: 'done', title: 'TASK-1', state: 'open', requested_by_id: 'ada-id',
  requested_by: 'ada', policy: policyOf({}, 3600), policy_id: 'policy-done', evidence: {},
  opened_at: NOW, expires_at: '2026-11-21T13:00:00.000Z', decided_at: null, decision_comment: null,
  reminded: 0, escalated: false, version: 1, settled_version: 1, votes: [], ...over,
})

export const pending: Pending = {
  from: 'review', to: 'done', goal: 'done', step: [], attempt: 1, outcome: null, output: null,
  reason: null, actor: { id: 'ada-id', kind: 'agent', handle: 'ada' }, approvers: [],
}

type GateOver = Omit<FactsOver, 'gate'> & { subject?: Gate; standing?: Partial<GateFacts['standing']> }

/** A vote of an operator on ada's pending completion. */
export function gateFacts({ subject = gate(), standing = {}, ...over }: GateOver = {}): GateFacts {
  const base = facts({
    actor: person(), task: reviewed({ pending: { ...pending, step: [] } }), gate: subject,
    policies: [policy('done')], ...over,
  })
  return {
    ...base, subject,
    standing: {
      managed_by_requester: false, is_assignee: false, managed_by_assignee: false, ...standing,
    },
  }
}
