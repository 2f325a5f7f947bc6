/** Which events are shown: kept in the address, so that a filtered feed can be sent to somebody. */
import { computed } from 'vue'
import { serverNow } from './useClock.ts'
import { useQueryState } from './useQueryState.ts'

const HOUR_MS = 3_600_000
export const spans = {
  hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS,
} as const
export const times = ['any', 'hour', 'day', 'week', 'month', 'custom'] as const
export type Time = (typeof times)[number]
export const severities = ['info', 'warning', 'alert'] as const
export type Severity = (typeof severities)[number]

export type EventFilters = {
  actor: string | null
  task: string | null
  type: string | null
  severity: Severity | null
  since: number | null
  until: number | null
}

/** A value of the address that is one of those we know; null otherwise. */
const oneOf = <Value extends string>(all: readonly Value[], value: string | null): Value | null =>
  all.find((known) => known === value) ?? null

function instantIn(text: string | null): number | null {
  const at = Date.parse(text ?? '')
  return Number.isFinite(at) ? at : null
}

export function useEventFilters() {
  const actor = useQueryState('actor')
  const task = useQueryState('task')
  const type = useQueryState('type')
  const severity = useQueryState('severity')
  const span = useQueryState('time')
  const since = useQueryState('since')
  const until = useQueryState('until')

  const time = computed({
    get: (): Time => oneOf(times, span.value) ?? (since.value || until.value ? 'custom' : 'any'),
    set: (value: Time) => {
      span.value = value === 'any' ? null : value
      if (value !== 'custom') since.value = until.value = null
    },
  })
  const filters = computed((): EventFilters => {
    const custom = time.value === 'custom'
    const length = time.value === 'any' || time.value === 'custom' ? null : spans[time.value]
    return {
      actor: actor.value, task: task.value, type: type.value,
      severity: oneOf(severities, severity.value),
      since: custom ? instantIn(since.value) : length === null ? null : serverNow() - length,
      until: custom ? instantIn(until.value) : null,
    }
  })
  /** What a new reading depends on: the clock alone is no reason for one. */
  const key = computed(() => JSON.stringify(
    [actor, task, type, severity, span, since, until].map((one) => one.value)))
  const count = computed(() => [actor, task, type, severity].filter((one) => one.value).length
    + Number(time.value !== 'any'))
  function clear(): void {
    for (const one of [actor, task, type, severity, span, since, until]) one.value = null
  }
  return { actor, task, type, severity, time, since, until, filters, key, count, clear }
}

export type EventFilterState = ReturnType<typeof useEventFilters>
