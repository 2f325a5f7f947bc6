/** The newest events of the ledger that somebody should see, live. */
import { onScopeDispose } from 'vue'
import type { FeedEvent } from '../components/activity/feed.ts'
import { LogReader } from '../components/activity/reader.ts'
import { onResume } from '../live.ts'
import type { Read } from '../graphql/client.ts'
import { useEvents } from './useEvents.ts'
import { useReading } from './useReading.ts'

const SHOWN = 5
const EVERY_MS = 1000
const severities = ['alert', 'warning'] as const
const isOfCredits = (type: string): boolean => /^(budget|credit|charge)\./.test(type)

async function newest(): Promise<Read<FeedEvent[]>> {
  const found = await Promise.all(severities.map((severity) => new LogReader({
    actor: null, task: null, type: null, severity, since: null, until: null,
  }).newest()))
  const events: FeedEvent[] = []
  for (const one of found) {
    if (!one.ok) return { ok: false, failure: one.failure }
    events.push(...one.events.filter(({ type }) => isOfCredits(type)))
  }
  const latest = events.toSorted((one, other) =>
    Date.parse(other.occurredAt) - Date.parse(one.occurredAt))
  return { ok: true, data: latest.slice(0, SHOWN) }
}

export function useCreditAlerts() {
  const { data: alerts, state, failure, begin, refresh } = useReading(newest, EVERY_MS)
  useEvents(({ type, severity }) => severity !== 'info' && isOfCredits(type), refresh)
  onScopeDispose(onResume(refresh))
  void begin()
  return { alerts, state, failure, refresh }
}
