/** The relay repeats itself less while the engine does not keep up, and more while it does. */
import { expect, test } from 'vitest'
import { Pace } from '../../relay/pace.ts'

/** The paces of sweeps whose rows are read in this share. */
function paces(...shares: number[]): number[] {
  const pace = new Pace()
  let sent = 0
  return shares.map((share) => {
    sent = pace.next({ sent, read: Math.floor(sent * share) })
    return sent
  })
}

test('an engine that is behind is not buried', () => expect(paces(1, 0, 0.2, 0.1, 0, 0, 0)).toEqual([200, 100, 50, 25, 12, 8, 8]))
test('one that keeps up gets all of them', () => expect(paces(1, 0, 0, 0.5, 0.9, 1, 1)).toEqual([200, 100, 50, 100, 200, 200, 200]))
test('after nothing was sent it may be asked again', () => {
  const pace = new Pace()
  pace.next({ sent: 200, read: 0 })
  expect([pace.next({ sent: 0, read: 0 }), pace.next({ sent: 0, read: 0 })]).toEqual([200, 200])
})
