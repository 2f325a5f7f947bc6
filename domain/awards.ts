/**
 * What a finished task pays, derived from its event alone: so it pays the same whether it is
 * settled at once or after ten more moves. Source: ledger, "Earning and spending".
 */
import type { PostingDraft } from './decisions.ts'
import { feeOf, formatCredits, parseCredits } from './credits.ts'
import type { Micros } from './credits.ts'
import type { FeeMode } from './settings.ts'
import type { Approver } from './tasks.ts'

/** The facts a final `task.transitioned` event carries. Amounts are decimal strings. */
export type FinalFacts = {
  from: string
  to: string
  attempt: number
  assignee_id: string | null
  assignee_kind: string | null
  creator_id: string
  creator_kind: string
  mover_id: string
  mover_kind: string
  fee_pct: number
  /** Events from before there was a choice do not say it: minted. */
  fee_mode?: FeeMode
  reward: string | null
  escrow: string
  rates: Record<string, string | null>
  approvers?: Approver[]
}

/** Credits that belong together: all of them are posted or none. */
export type AwardGroup = {
  key: string
  task_id: string
  version: number
  trigger_event_id: string
  postings: PostingDraft[]
  /** Awards whose rate is unknown: refused with an alert, never defaulted. */
  refused: { step: string; rate: string }[]
}

type Leg = Pick<PostingDraft, 'kind' | 'from'> & {
  step: string
  to: string
  amount: Micros
  subject?: string
}

export function awardsOf(
  task: { id: string; key: string },
  event: { id: string; subject_version: number; data: FinalFacts },
): AwardGroup | null {
  const { data, subject_version: version } = event
  const refused: AwardGroup['refused'] = []
  const rate = (step: string, name: string): Micros | null => {
    const amount = data.rates[name] == null ? null : parseCredits(data.rates[name])
    if (amount === null) refused.push({ step, rate: name })
    return amount
  }
  const legs = data.to === 'done' ? earned(data, rate) : returned(data)
  const key = `task/${task.id}/v${version}`
  const postings = legs.filter((leg) => leg.amount > 0n).map((leg): PostingDraft => ({
    key: `${key}/${leg.step}`,
    kind: leg.kind, from: leg.from, to: leg.to, amount: leg.amount.toString(),
    task_id: task.id, subject_id: leg.subject ?? task.id,
    beneficiary_id: leg.to.startsWith('agent:') ? leg.to.slice(6) : null,
    voluntary: false,
    data: { task: task.key, attempt: data.attempt },
  }))
  if (!postings.length && !refused.length) return null
  return { key, task_id: task.id, version, trigger_event_id: event.id, postings, refused }
}

type RateOf = (step: string, name: string) => Micros | null

/** Whoever made, did and closed a task alone earns nothing: nobody prints money. */
const isAlone = (data: FinalFacts): boolean =>
  data.creator_id === data.assignee_id && data.mover_id === data.assignee_id
  && !data.approvers?.some(({ id }) => id !== data.assignee_id)

const escrowOf = (data: FinalFacts): Micros => parseCredits(data.escrow) ?? 0n

function returned(data: FinalFacts): Leg[] {
  return [{
    step: 'escrow_return', kind: 'escrow_return', from: 'escrow',
    to: `agent:${data.creator_id}`, amount: escrowOf(data),
  }]
}

function earned(data: FinalFacts, rate: RateOf): Leg[] {
  if (isAlone(data)) return returned(data)
  const reward = data.reward === null ? rate('reward', 'task.done') : parseCredits(data.reward)
  const sides = splitOf(data, reward ?? 0n)
  const legs = data.assignee_kind === 'agent' ? assigneeLegs(data, sides) : returned(data)
  return [...legs, ...creatorLegs(data, sides, rate), ...reviewLegs(data, rate)]
}

/** What the treasury mints and what was in escrow, each for the assignee and for the fee. */
type Split = { reward: Micros; escrow: Micros; fee: Micros; escrowFee: Micros }

const hasManager = (data: FinalFacts): boolean =>
  data.creator_kind === 'agent' && data.creator_id !== data.assignee_id

/**
 * A fee on top is minted. A deducted one comes out of the reward, of its minted part first, so
 * that together never more is paid than the reward; where no agent is rewarded there is none.
 */
function splitOf(data: FinalFacts, reward: Micros): Split {
  const escrow = escrowOf(data)
  const minted = reward - escrow
  const fee = hasManager(data) ? feeOf(reward, data.fee_pct) : 0n
  if (data.fee_mode !== 'deducted') return { reward: minted, escrow, fee, escrowFee: 0n }
  if (data.assignee_kind !== 'agent') return { reward: minted, escrow, fee: 0n, escrowFee: 0n }
  const fromMinted = fee < minted ? fee : minted
  const escrowFee = fee - fromMinted
  return { reward: minted - fromMinted, escrow: escrow - escrowFee, fee: fromMinted, escrowFee }
}

/** The reward: what the creator put in escrow first, the rest minted by the treasury. */
function assigneeLegs(data: FinalFacts, { reward, escrow }: Split): Leg[] {
  const to = `agent:${data.assignee_id}`
  return [
    { step: 'escrow', kind: 'escrow_payout', from: 'escrow', to, amount: escrow },
    { step: 'reward', kind: 'reward', from: 'treasury', to, amount: reward },
  ]
}

function creatorLegs(data: FinalFacts, { fee, escrowFee }: Split, rate: RateOf): Leg[] {
  if (!hasManager(data)) return []
  const to = `agent:${data.creator_id}`
  return [
    { step: 'escrow_fee', kind: 'escrow_fee', from: 'escrow', to, amount: escrowFee },
    { step: 'fee', kind: 'fee', from: 'treasury', to, amount: fee },
    {
      step: 'delegation', kind: 'delegation', from: 'treasury', to,
      amount: rate('delegation', 'task.delegated') ?? 0n,
    },
  ]
}

function reviewLegs(data: FinalFacts, rate: RateOf): Leg[] {
  const reviewed = data.mover_kind === 'agent' && data.mover_id !== data.assignee_id
  const review: Leg[] = reviewed ? [{
    step: 'review', kind: 'review', from: 'treasury', to: `agent:${data.mover_id}`,
    amount: rate('review', 'task.reviewed') ?? 0n,
  }] : []
  const approvers = (data.approvers ?? []).filter(({ kind }) => kind === 'agent')
  const approvals = approvers.map(({ id, gate }): Leg => ({
    step: `approval/${gate}/${id}`, kind: 'approval', from: 'treasury', to: `agent:${id}`,
    subject: gate, amount: rate('approval', 'gate.approved') ?? 0n,
  }))
  return [...review, ...approvals]
}

/** What an agent must put in escrow for the reward it sets: the part above the workspace's rate. */
export function escrowFor(reward: Micros | null, rate: Micros | null): Micros {
  if (reward === null) return 0n
  const above = reward - (rate ?? 0n)
  return above > 0n ? above : 0n
}

export const creditsText = (micros: string): string => formatCredits(BigInt(micros))
