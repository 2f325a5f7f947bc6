/**
 * The server's clock. Browsers may be an hour off: every relative time and countdown is told from
 * the server's time, whose distance from ours is measured with each answer that carries it.
 */
import { computed, onScopeDispose, readonly, ref } from 'vue'

const offsetMs = ref(0)
/** How long the answer took that told us; a quicker one knows better. */
let measuredInMs = Infinity
let measuredAt = -Infinity
const STALE_MS = 5 * 60_000

/** An answer said `serverTime`; it was asked for and arrived at these instants of our clock. */
export function tellTime(serverTime: string, askedAt: number, arrivedAt: number): void {
  const at = Date.parse(serverTime)
  const took = arrivedAt - askedAt
  const isFresh = arrivedAt - measuredAt < STALE_MS
  if (!Number.isFinite(at) || (isFresh && took > measuredInMs)) return
  measuredInMs = took
  measuredAt = arrivedAt
  offsetMs.value = at - (askedAt + arrivedAt) / 2
}

export const serverNow = (): number => Date.now() + offsetMs.value

const ticks = { coarse: 15_000, fine: 1000 }
const tick = ref(0)
const users = { coarse: 0, fine: 0 }
let timer: ReturnType<typeof setInterval> | undefined

function schedule(): void {
  clearInterval(timer)
  const every = users.fine ? ticks.fine : users.coarse ? ticks.coarse : null
  if (every) timer = setInterval(() => { tick.value++ }, every)
}

/** Now, on the server. `fine` for countdowns (each second), else every 15 s. */
export function useClock(grain: keyof typeof ticks = 'coarse') {
  users[grain]++
  schedule()
  onScopeDispose(() => {
    users[grain]--
    schedule()
  })
  const now = computed(() => {
    void tick.value
    return Date.now() + offsetMs.value
  })
  return { now, offsetMs: readonly(offsetMs) }
}
