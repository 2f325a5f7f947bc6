/**
 * The one subscription of this page: every event of the workspace, in order, none missed. It starts
 * at the place the session told before anything was read, and after any break (a slow consumer
 * closed, a server restarted, a phone asleep) it goes on after the last event that was seen.
 */
import { stringifyDocument } from '@urql/core'
import type { Client } from 'graphql-ws'
import { createClient } from 'graphql-ws'
import { readonly, ref } from 'vue'
import type { ResultOf } from './graphql/graphql.ts'
import { graphql } from './graphql/graphql.ts'
import { checkSession, sessionEnded, useSession } from './session.ts'

const subscription = graphql(`
  subscription Events($after: Cursor) {
    events(after: $after) {
      cursor id seq stream type severity reason data occurredAt onBehalfOf triggerEvent
      hash previousHash
      actor { kind id handle }
      subject { kind id key }
    }
  }
`)

const query = stringifyDocument(subscription)

export type LiveEvent = ResultOf<typeof subscription>['events']
export type LineState = 'connecting' | 'live' | 'away'

const UNAUTHORIZED = 4401
const FIRST_DELAY_MS = 250
const MAX_DELAY_MS = 5000
/** A line that says nothing for this long is asked whether it is still there. */
const KEEP_ALIVE_MS = 10_000
const PONG_MS = 5000
/** Hidden for longer than this, a phone may have slept. */
const SLEEP_MS = 30_000

const state = ref<LineState>('connecting')
const listeners = new Set<(event: LiveEvent) => void>()
const resumers = new Set<() => void>()
let cursor: string | null = null
let wasLive = false
let line: Client | null = null
let hiddenAt = Infinity
let wake: (() => void) | null = null

export const lineState = readonly(state)

/** Calls for each event until the answered function is called. */
export function listen(onEvent: (event: LiveEvent) => void): () => void {
  listeners.add(onEvent)
  return () => { listeners.delete(onEvent) }
}

/** Calls whenever the line is back: what could not be read meanwhile may be read now. */
export function onResume(resume: () => void): () => void {
  resumers.add(resume)
  return () => { resumers.delete(resume) }
}

/** Opens the line at a place in the log and keeps it open; once for this page. */
export function startLine(after: string): void {
  if (cursor !== null) return
  cursor = after
  void keepOpen()
  addEventListener('online', hurry)
  document.addEventListener('visibilitychange', hurry)
}

/**
 * Somebody looks again, or the network is back: no reason to wait any longer. After a long sleep a
 * line may be dead without knowing; a new one costs less than finding out.
 */
function hurry(): void {
  if (document.visibilityState === 'hidden') {
    hiddenAt = Date.now()
    return
  }
  if (Date.now() - hiddenAt > SLEEP_MS) line?.terminate()
  hiddenAt = Infinity
  wake?.()
}

async function keepOpen(): Promise<never> {
  for (let failures = 0; ;) {
    const openedAt = Date.now()
    const ending = await once()
    state.value = 'away'
    if (ending === 'refused') await startAnew()
    else if (ending === UNAUTHORIZED && !await checkSession()) sessionEnded()
    failures = Date.now() - openedAt > MAX_DELAY_MS ? 0 : failures + 1
    const delay = Math.min(FIRST_DELAY_MS * 2 ** failures, MAX_DELAY_MS)
    await pause(delay * (0.5 + Math.random() / 2))
  }
}

/** The place is none of this log (a restored database): all is read anew, from now on. */
async function startAnew(): Promise<void> {
  if (await checkSession()) cursor = useSession().session.value!.cursor
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => {
  const timer = setTimeout(resolve, milliseconds)
  wake = () => {
    clearTimeout(timer)
    resolve()
  }
})

/** One connection from its beginning to its end: the code it closed with. */
function once(): Promise<number | 'refused'> {
  return new Promise((resolve) => {
    const client = connect(resolve)
    line = client
    const end = (why: unknown): void => {
      void client.dispose()
      resolve(Array.isArray(why) ? 'refused' : 0)
    }
    client.subscribe<{ events: LiveEvent }>({ query, variables: { after: cursor } }, {
      next: ({ data }) => { if (data) hand(data.events) }, error: end, complete: () => end(null),
    })
  })
}

function connect(ended: (code: number) => void): Client {
  let timeout: ReturnType<typeof setTimeout> | undefined
  const client = createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    retryAttempts: 0, keepAlive: KEEP_ALIVE_MS, onNonLazyError: () => undefined,
    on: {
      connected: () => {
        state.value = 'live'
        if (wasLive) for (const resume of resumers) resume()
        wasLive = true
      },
      ping: (received) => {
        if (!received) timeout = setTimeout(() => client.terminate(), PONG_MS)
      },
      pong: (received) => { if (received) clearTimeout(timeout) },
      closed: (event) => {
        clearTimeout(timeout)
        ended((event as CloseEvent).code)
      },
      error: () => undefined,
    },
  })
  return client
}

function hand(event: LiveEvent): void {
  cursor = event.cursor
  for (const listener of listeners) listener(event)
}
