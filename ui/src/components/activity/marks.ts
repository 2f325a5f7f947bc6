/** What an event looks like from afar: a sign and a tone, by its type and what came of it. */
import type { Component } from 'vue'
import {
  Activity, Bell, Bot, CircleAlert, CircleCheck, CircleDashed, CirclePlay, CirclePlus, CircleX,
  Coins, Eye, Gauge, Hand, Hourglass, KeyRound, Lock, LockOpen, MessageSquare, Pencil, Receipt,
  RotateCw, Settings, ShieldCheck, ShieldOff, ShieldQuestionMark, ShieldX, ThumbsDown, ThumbsUp,
  TimerOff, TriangleAlert, Undo2, Waypoints,
} from '@lucide/vue'
import type { Told } from './sentence.ts'

export type Tone = 'plain' | 'accent' | 'good' | 'warn' | 'bad'
export type Mark = { icon: Component; tone: Tone }

const mark = (icon: Component, tone: Tone = 'plain'): Mark => ({ icon, tone })

const byStatus: Record<string, Mark> = {
  backlog: mark(CircleDashed), todo: mark(CircleDashed), in_progress: mark(CirclePlay, 'warn'),
  review: mark(Eye, 'accent'), done: mark(CircleCheck, 'good'), blocked: mark(CircleAlert, 'bad'),
  cancelled: mark(CircleX),
}
const byVerdict: Record<string, Mark> = {
  approve: mark(ThumbsUp, 'good'), deny: mark(ThumbsDown, 'bad'),
}
const byType: Record<string, Mark> = {
  'task.created': mark(CirclePlus), 'task.updated': mark(Pencil),
  'task.claimed': mark(Hand, 'accent'), 'task.released': mark(Undo2, 'warn'),
  'task.lease_expired': mark(TimerOff, 'warn'), 'task.escalated': mark(TriangleAlert, 'bad'),
  'task.held': mark(Hourglass, 'warn'), 'task.unheld': mark(Undo2, 'warn'),
  'task.commented': mark(MessageSquare),
  'gate.opened': mark(ShieldQuestionMark, 'accent'), 'gate.approved': mark(ShieldCheck, 'good'),
  'gate.denied': mark(ShieldX, 'bad'), 'gate.expired': mark(TimerOff, 'warn'),
  'gate.cancelled': mark(ShieldOff), 'gate.reminded': mark(Bell, 'warn'),
  'gate.escalated': mark(TriangleAlert, 'warn'), 'gate.policy_created': mark(ShieldQuestionMark),
  'gate.policy_deleted': mark(ShieldOff),
  'credit.awarded': mark(Coins, 'good'), 'credit.spent': mark(Receipt),
  'credit.transferred': mark(Coins), 'credit.held': mark(Lock), 'credit.released': mark(LockOpen),
  'credit.refused': mark(TriangleAlert, 'bad'), 'credit.settled': mark(Receipt),
  'charge.unpriced': mark(CircleAlert, 'warn'), 'price.updated': mark(Coins),
  'price.removed': mark(Coins), 'rate.updated': mark(Coins),
  'credit.velocity': mark(Gauge, 'bad'), 'credit.adjusted': mark(Pencil),
  'budget.created': mark(Gauge), 'budget.updated': mark(Gauge), 'budget.deleted': mark(Gauge),
  'budget.warned': mark(Gauge, 'warn'),
  'budget.exceeded': mark(Gauge, 'bad'), 'budget.overrun': mark(TriangleAlert, 'warn'),
  'workstream.created': mark(Waypoints), 'workstream.updated': mark(Waypoints),
  'agent.registered': mark(Bot, 'accent'), 'agent.key_created': mark(KeyRound),
  'agent.key_revoked': mark(KeyRound, 'warn'), 'agent.token_created': mark(KeyRound),
  'agent.token_revoked': mark(KeyRound, 'warn'), 'workspace.created': mark(Settings),
  'workspace.updated': mark(Settings), 'workflow.restarted': mark(RotateCw, 'bad'),
}
const byFact: Record<string, [fact: string, marks: Record<string, Mark>]> = {
  'task.transitioned': ['to', byStatus], 'gate.voted': ['verdict', byVerdict],
}

export function markOf({ type, data }: Pick<Told, 'type' | 'data'>): Mark {
  const [fact, marks] = byFact[type] ?? []
  const value = fact ? (data as Record<string, unknown> | null)?.[fact] : null
  return (marks && typeof value === 'string' ? marks[value] : byType[type])
    ?? mark(Activity)
}

export const tones: Readonly<Record<Tone, string>> = {
  plain: 'bg-sunken text-muted', accent: 'bg-accent-soft text-accent-strong',
  good: 'bg-good-soft text-good', warn: 'bg-warn-soft text-warn', bad: 'bg-bad-soft text-bad',
}
