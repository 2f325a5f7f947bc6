import { cases, isValue } from '../test/harness/cases.ts'
import { hasTooManyPeriods, pnlRowOf } from './pnl.ts'
import type { PnlSums } from './pnl.ts'

const nothing = {
  name: 'x', earned: '0', fees: '0', spent: '0', model_cost: '0', usd_spent: '0', transfers_net: '0', rework: '0',
  waiting_hours: '0', waiting: '0', margin: '0', tasks_accepted: 0, cost_per_accepted: null,
}
const row = (sums: Partial<PnlSums>, rate: bigint | null = null) => pnlRowOf({ name: 'x', ...sums }, rate)
cases('a row', row, [
  ['nothing happened', [{}], isValue(nothing)],
  ['margin: earned and fees, less spent and models', [{ earned: '50000000', fees: '3000000', spent: '7000000', model_cost: '1500000' }],
    isValue({ ...nothing, earned: '50', fees: '3', spent: '7', model_cost: '1.5', margin: '44.5' })],
  ['gifts, rework and waiting are not in it', [{ transfers_net: '-4000000', rework: '2000000', waited_ms: '3600000' }, 5_000_000n],
    isValue({ ...nothing, transfers_net: '-4', rework: '2', waiting_hours: '1', waiting: '5' })],
  ['a loss', [{ model_cost: '1' }], isValue({ ...nothing, model_cost: '0.000001', margin: '-0.000001' })],
  ['the cost of one that was accepted, rounded up', [{ spent: '1', model_cost: '9', accepted: '3' }],
    isValue({ ...nothing, spent: '0.000001', model_cost: '0.000009', margin: '-0.00001', tasks_accepted: 3,
      cost_per_accepted: '0.000004' })],
  ['accepted for nothing', [{ accepted: '2' }], isValue({ ...nothing, tasks_accepted: 2, cost_per_accepted: '0' })],
  ['an hour that costs nothing', [{ waited_ms: '5400000' }], isValue({ ...nothing, waiting_hours: '1.5' })],
  ['a part of an hour', [{ waited_ms: '1' }, 1_000_000n],
    isValue({ ...nothing, waiting_hours: '0', waiting: '0.000001' })],
  ['dollars', [{ usd_micros: '12500' }], isValue({ ...nothing, usd_spent: '0.0125' })],
])

const DAY = 86_400_000
cases('too many periods', hasTooManyPeriods, [
  ['ten years of days', ['day', 3660 * DAY], isValue(false)],
  ['and one more', ['day', 3661 * DAY], isValue(true)],
  ['a lifetime of weeks', ['week', 25_000 * DAY], isValue(false)],
  ['any total', ['total', 1e15], isValue(false)],
])
