/**
 * Whether the books balance, asked of the server: when the view opens and after transfers, gently.
 * A proof reads the whole ledger, so the pause grows with the time it takes.
 */
import { onScopeDispose } from 'vue'
import { read } from '../graphql/client.ts'
import type { ResultOf } from '../graphql/graphql.ts'
import { graphql } from '../graphql/graphql.ts'
import { onResume } from '../live.ts'
import { pick } from './readPages.ts'
import { serverNow } from './useClock.ts'
import { useEvents } from './useEvents.ts'
import { useReading } from './useReading.ts'

const proofQuery = graphql(`
  query Proof {
    creditsVerify { ok accounts transfers sum durationMs checks { name ok detail } }
  }
`)

export type Proof = NonNullable<ResultOf<typeof proofQuery>['creditsVerify']>
  & { /** By the server's clock. */ checkedAt: string }

const LEAST_PAUSE_MS = 4000
/** One proof after so many times as long as it took: a twentieth of the time at most. */
const PAUSES_PER_PROOF = 20

async function prove() {
  const answer = await read(proofQuery, {})
  const checkedAt = new Date(serverNow()).toISOString()
  return pick(answer, ({ creditsVerify }): Proof => ({ ...creditsVerify!, checkedAt }))
}

export function useProof() {
  let askedAt = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  let isLeftUndone = false
  const { data: proof, state, failure, begin } = useReading<Proof>(() => {
    askedAt = performance.now()
    return prove()
  }, LEAST_PAUSE_MS)

  const pause = (): number =>
    Math.max(LEAST_PAUSE_MS, PAUSES_PER_PROOF * (proof.value?.durationMs ?? 0))
  /** Once the pause is over; nobody needs a proof on a page that is not seen. */
  function soon(): void {
    isLeftUndone = document.visibilityState !== 'visible'
    if (isLeftUndone) return
    timer ??= setTimeout(again, Math.max(0, askedAt + pause() - performance.now()))
  }
  function again(): void {
    clearTimeout(timer)
    timer = undefined
    void begin()
  }
  const onSeen = (): void => { if (isLeftUndone) soon() }

  useEvents(({ stream }) => stream === 'ledger', soon)
  document.addEventListener('visibilitychange', onSeen)
  onScopeDispose(onResume(soon))
  onScopeDispose(() => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', onSeen)
  })
  void begin()
  return { proof, state, failure, again }
}
