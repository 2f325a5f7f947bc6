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
/** Workflows to which nothing is owed hear of a change this much later, if it is quiet then. */
const IDLE_MS = 1000
const MAX_IDLE = 2000
const QUIET = 4

const idOf = ({ kind, id }: Subject): string => `${kind}/${id}`

export class Nudge {
  readonly #options: NudgeOptions
  readonly #waiting = new Map<string, Subject>()
  readonly #underWay = new Set<string>()
  readonly #idle = new Map<string, { subject: Subject; at: number }>()
  #timer: NodeJS.Timeout | null = null
  #pausedUntil = 0
  /** When the engine last failed to take a signal; null since it last took one. */
  failingSince: number | null = null

  constructor(options: NudgeOptions) {
    this.#options = options
  }

  /** Wakes these workflows soon. */
  nudge = (subjects: Subject[]): void => {
    if (Date.now() < this.#pausedUntil) return
    for (const subject of subjects) {
      if (subject.idle) this.#later(subject)
      else if (this.#waiting.size < MAX_WAITING) {
        this.#idle.delete(idOf(subject))
        this.#waiting.set(idOf(subject), subject)
      }
    }
    this.#pump()
  }

  /**
   * For the words in the Temporal UI only: put off as long as the subject or the engine is busy.
   */
  #later(subject: Subject): void {
    const id = idOf(subject)
    if (this.#waiting.has(id) || this.#underWay.has(id)) return
    this.#idle.delete(id)
    if (this.#idle.size < MAX_IDLE) this.#idle.set(id, { subject, at: Date.now() + IDLE_MS })
    this.#timer ??= setTimeout(() => this.#sendIdle(), IDLE_MS).unref()
  }

  #sendIdle(): void {
    this.#timer = null
    for (const [id, { subject, at }] of this.#idle) {
      if (at > Date.now() || this.size >= QUIET) break
      this.#idle.delete(id)
      this.#waiting.set(id, subject)
    }
    if (this.#idle.size) this.#timer = setTimeout(() => this.#sendIdle(), IDLE_MS / 4).unref()
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
      void this.#send(id, subject)
    }
  }

  async #send(id: string, subject: Subject): Promise<void> {
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
    } finally {
      this.#underWay.delete(id)
      this.#pump()
    }
  }
}
