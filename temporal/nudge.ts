/**
 * Wakes workflows after a commit: coalesced per subject, 16 under way at most, bounded, never
 * awaited by a command. Losing one is harmless: the relay re-sends for what stays unsettled.
 */
import type { Client } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { Subject } from '../db/settling.ts'
import { changed } from '../workflows/messages.ts'

export const searchAttributes = {
  workspace: defineSearchAttributeKey('Workspace', 'KEYWORD'),
  kind: defineSearchAttributeKey('Kind', 'KEYWORD'),
  key: defineSearchAttributeKey('Key', 'KEYWORD'),
}

export type NudgeOptions = {
  client: Client
  taskQueue: string
  /** The workspace's name, for people who look into the Temporal UI. */
  nameOf: (workspace: string) => Promise<string>
  log: { warn: (fields: object, message: string) => void }
}

const MAX_UNDER_WAY = 16
const MAX_WAITING = 20_000
const DEADLINE_MS = 3000
/** After an engine error nothing is sent for this long. */
const PAUSE_MS = 1000
/** What may wait is put off this long, so that what follows goes with it. */
const SOON_MS = 1000
const TICK_MS = 100
/** Quiet: fewer than this many were asked for in the last tick; then nothing is put off. */
const BUSY_PER_TICK = 4

const idOf = ({ kind, id }: Subject): string => `${kind}/${id}`

export class Nudge {
  readonly #options: NudgeOptions
  readonly #waiting = new Map<string, Subject>()
  readonly #underWay = new Set<string>()
  readonly #later = new Map<string, { subject: Subject; at: number }>()
  #timer: NodeJS.Timeout | null = null
  #asked = 0
  #askedBefore = 0
  #pausedUntil = 0
  /** When the engine last failed to take a signal; null since it last took one. */
  failingSince: number | null = null

  constructor(options: NudgeOptions) {
    this.#options = options
  }

  /** Wakes these workflows, each as soon as it has to be. */
  nudge = (subjects: Subject[]): void => {
    if (Date.now() < this.#pausedUntil) return
    for (const subject of subjects) {
      this.#asked++
      const isPutOff = subject.wake !== 'now' && subject.wake !== undefined && this.#isBusy
      if (isPutOff) this.#putOff(subject)
      else this.#send(subject)
    }
    this.#timer ??= setTimeout(() => this.#tick(), TICK_MS).unref()
    this.#pump()
  }

  get #isBusy(): boolean {
    return this.#asked + this.#askedBefore > BUSY_PER_TICK || this.size >= BUSY_PER_TICK
  }

  /** Later; whatever else comes for it meanwhile goes with it. Nothing depends on an idle one. */
  #putOff(subject: Subject): void {
    const id = idOf(subject)
    const known = this.#later.get(id)
    const isBoth = known && (known.subject.wake === 'soon' || subject.wake === 'soon')
    const wake = isBoth ? 'soon' as const : subject.wake!
    if (!known && this.#later.size >= MAX_WAITING) return
    this.#later.set(id, { subject: { ...subject, wake }, at: known?.at ?? Date.now() + SOON_MS })
  }

  #send(subject: Subject): void {
    this.#later.delete(idOf(subject))
    if (this.#waiting.size < MAX_WAITING) this.#waiting.set(idOf(subject), subject)
  }

  /** What was put off is sent when its time has come; what is idle waits for quiet. */
  #tick(): void {
    this.#timer = null
    this.#askedBefore = this.#asked
    this.#asked = 0
    const now = Date.now()
    for (const { subject, at } of this.#later.values()) {
      if (at <= now && (subject.wake === 'soon' || !this.#isBusy)) this.#send(subject)
    }
    if (this.#later.size || this.#askedBefore) {
      this.#timer = setTimeout(() => this.#tick(), TICK_MS).unref()
    }
    this.#pump()
  }

  /** Wakes one workflow and waits until the engine has taken it; throws when it does not. */
  async wake({ kind, workspace, id, key }: Subject): Promise<void> {
    const { client, taskQueue, nameOf } = this.#options
    const name = await nameOf(workspace)
    await client.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflow.signalWithStart(kind, {
        workflowId: `${kind}/${id}`,
        taskQueue,
        args: [{ workspace, id }],
        signal: changed,
        // After a killed worker comes back, settling resumes in 1.5 s instead of 8.4 s.
        workflowTaskTimeout: '3s',
        typedSearchAttributes: [
          { key: searchAttributes.workspace, value: name },
          { key: searchAttributes.kind, value: kind },
          ...(key ? [{ key: searchAttributes.key, value: key }] : []),
        ],
        staticSummary: key ? `${key} (${kind})` : kind,
      }))
  }

  /** How many wait or are under way. */
  get size(): number {
    return this.#waiting.size + this.#underWay.size
  }

  #pump(): void {
    for (const [id, subject] of this.#waiting) {
      if (this.#underWay.size >= MAX_UNDER_WAY) return
      // One under way may have been read already: this one waits for its turn.
      if (this.#underWay.has(id)) continue
      this.#waiting.delete(id)
      this.#underWay.add(id)
      void this.#carry(id, subject)
    }
  }

  async #carry(id: string, subject: Subject): Promise<void> {
    try {
      await this.wake(subject)
      this.failingSince = null
    } catch (error) {
      this.failingSince ??= Date.now()
      if (Date.now() > this.#pausedUntil) {
        this.#options.log.warn(
          { err: error }, 'the engine takes no signals; the relay will re-send')
      }
      this.#pausedUntil = Date.now() + PAUSE_MS
      this.#waiting.clear()
      this.#later.clear()
    } finally {
      this.#underWay.delete(id)
      this.#pump()
    }
  }
}
