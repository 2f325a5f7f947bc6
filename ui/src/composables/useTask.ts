/**
 * One task, live. What this page asked for a moment ago is shown before the server has said it, and
 * taken back when it refuses.
 */
import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import type { LiveEvent } from '../live.ts'
import { useClock } from './useClock.ts'
import type { LiveQuery } from './useLiveQuery.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const document = graphql(`
  query TaskPanel($id: ID!) {
    task(id: $id) {
      id key title description status outcome priority tags minTrust assignee creator parent
      workstream dueAt estimate reward input output attempt rejections feedback leaseExpiresAt
      blockedBy blockReason gate version settledAt createdAt updatedAt finishedAt costUsd
      workflowUrl
      requiredCapabilities { tag proficiency }
      waiting { for since until sentence unblock }
      pending { from to goal reason actor }
      assigneeAgent { handle }
      creatorAgent { handle }
      parentTask { key title status }
      gateDetail {
        id title state requestedBy createdAt expiresAt evidence
        subject { kind id key from to }
        policy { approvers quorum deny fourEyes onExpiry }
        votes { by verdict comment at onBehalfOf }
      }
    }
  }
`)

type Answer = ResultOf<typeof document>
export type PanelTask = NonNullable<Answer['task']>

/** A sign of life extends a lease without an event: looked at again this often. */
const LEASE_MS = 10_000

/** Whether an event is about this task, or about a gate or a payment of it. */
export function isAbout({ subject, data }: LiveEvent, task: { id: string; key: string }): boolean {
  return subject.id === task.id || (data as { task?: unknown } | null)?.task === task.key
}

type Expected = { change: Partial<PanelTask>; until: number | null }

export function useTask(id: () => string) {
  const last = shallowRef<PanelTask | null>(null)
  const expected = shallowRef<Expected | null>(null)
  const query: LiveQuery<Answer> = useLiveQuery(document, {
    variables: () => ({ id: id() }),
    on: (event): boolean => last.value !== null && isAbout(event, last.value),
  })

  // A reading that failed must not take away what stands here, nor what is being typed into it.
  watch(query.data, (answer) => {
    const found = answer?.task
    if (!found) return
    last.value = found
    const until = expected.value?.until ?? null
    if (until !== null && found.version >= until) expected.value = null
  }, { immediate: true })
  watch(id, (now) => {
    expected.value = null
    if (last.value?.id !== now && last.value?.key !== now) last.value = null
  }, { flush: 'sync' })

  const task = computed((): PanelTask | null =>
    last.value && { ...last.value, ...expected.value?.change })
  const isMissing = computed(() => !last.value && query.state.value === 'error'
    && ['not_found', 'invalid_input'].includes(query.failure.value?.code ?? ''))

  /** Shows a change that was asked for; answers how to end that. */
  function expect(change: Partial<PanelTask>): (version: number | null) => void {
    const own: Expected = { change, until: null }
    expected.value = own
    return (version) => {
      if (expected.value !== own) return
      const isRead = version === null || (last.value?.version ?? 0) >= version
      expected.value = isRead ? null : { change, until: version }
      query.refresh()
    }
  }

  watchLease(() => last.value?.leaseExpiresAt ?? null, query.refresh)
  return { ...query, task, isMissing, expect }
}

/** While a lease runs: now and then, and when it should be over. */
function watchLease(expiresAt: () => string | null, refresh: () => void): void {
  const { now } = useClock()
  watch(() => {
    const at = expiresAt()
    return at !== null && Date.parse(at) <= now.value
  }, (isOver) => { if (isOver) refresh() })
  const timer = setInterval(() => {
    if (expiresAt() !== null && globalThis.document.visibilityState === 'visible') refresh()
  }, LEASE_MS)
  onScopeDispose(() => clearInterval(timer))
}
