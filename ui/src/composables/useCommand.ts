/**
 * Commands through the SDK. A key is made once per intent: while the outcome of an input is not
 * known (no answer, the session ended), sending the same input again uses the same key, so that it
 * happens once. What was typed stays with the caller.
 */
import { readonly, ref, shallowRef } from 'vue'
import type { CommandOptions, OperationName } from '../../../sdk/call.ts'
import { createClient } from '../../../sdk/client.ts'
import type { Calls } from '../../../sdk/generated/methods.ts'
import type { Failure } from '../problem.ts'
import { failureOf, isPassing } from '../problem.ts'
import { sessionEnded } from '../session.ts'

const TIMEOUT_MS = 10_000

export const sdk = createClient({ url: location.origin })

export type Outcome<Body> = { ok: true; body: Body } | { ok: false; failure: Failure }

/** Intents whose outcome is not known, by what they ask for. */
const unsettled = new Map<string, string>()

/** Sends one command; never throws. Views use `useCommand`, which also says how it goes. */
export async function send<Name extends OperationName>(
  name: Name, input: Calls[Name]['input'], options: Pick<CommandOptions, 'ifMatch'> = {},
): Promise<Outcome<Calls[Name]['answer']>> {
  const intent = JSON.stringify([name, input, options.ifMatch ?? null])
  const key = unsettled.get(intent) ?? newKey()
  unsettled.set(intent, key)
  try {
    const { body } = await sdk.call(name, input, {
      ...options, idempotencyKey: key, timeoutMs: TIMEOUT_MS,
    })
    unsettled.delete(intent)
    return { ok: true, body }
  } catch (error) {
    const failure = failureOf(error)
    if (failure.code === 'unauthenticated') sessionEnded()
    else if (!isPassing(failure)) unsettled.delete(intent)
    return { ok: false, failure }
  }
}

/** `crypto.randomUUID` is for secure contexts only; over plain http there is this. */
export const newKey = (): string => [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, '0')).join('')

export type CommandState = 'idle' | 'loading' | 'ready' | 'error'

/** One button, one command: its state and the last refusal. */
export function useCommand() {
  const state = ref<CommandState>('idle')
  const failure = shallowRef<Failure | null>(null)
  async function run<Name extends OperationName>(
    name: Name, input: Calls[Name]['input'], options: Pick<CommandOptions, 'ifMatch'> = {},
  ): Promise<Outcome<Calls[Name]['answer']>> {
    state.value = 'loading'
    failure.value = null
    const outcome = await send(name, input, options)
    failure.value = outcome.ok ? null : outcome.failure
    state.value = outcome.ok ? 'ready' : 'error'
    return outcome
  }
  return { run, state: readonly(state), failure: readonly(failure) }
}
