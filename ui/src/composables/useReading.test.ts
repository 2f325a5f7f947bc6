/** Reading again and again: what a failed reading leaves on the screen. */
import { effectScope } from 'vue'
import { expect, test, vi } from 'vitest'
import type { Read } from '../graphql/client.ts'
import { useReading } from './useReading.ts'

const failed = (code: string): Read<string> =>
  ({ ok: false, failure: { code, message: 'No', hint: null, fields: {} } })

async function after(...answers: Read<string>[]) {
  const scope = effectScope()
  const reading = scope.run(() => useReading(() => Promise.resolve(answers.shift()!), 0))!
  while (answers.length) await reading.begin()
  const { data: { value: data }, state: { value: state }, failure } = reading
  scope.stop()
  return { data, state, code: failure.value?.code ?? null }
}

test.each([
  ['in passing: what was read stays', 'storage_unavailable', { data: 'good', state: 'ready' }],
  ['for good: it says so, and keeps what was read', 'forbidden', { data: 'good', state: 'error' }],
])('a reading that failed %s', async (_, code, expected) => {
  expect(await after({ ok: true, data: 'good' }, failed(code))).toEqual({ ...expected, code })
})

test('nothing was ever read: the failure is all there is', async () => {
  expect(await after(failed('storage_unavailable')))
    .toEqual({ data: null, state: 'error', code: 'storage_unavailable' })
})

test('a failure in passing is tried again by itself', async () => {
  vi.useFakeTimers()
  const answers = [failed('unreachable'), { ok: true, data: 'back' } satisfies Read<string>]
  const scope = effectScope()
  const { data, begin } = scope.run(() =>
    useReading(() => Promise.resolve(answers.shift()!), 0))!
  await begin()
  await vi.advanceTimersByTimeAsync(3000)
  expect(data.value).toBe('back')
  scope.stop()
  vi.useRealTimers()
})
