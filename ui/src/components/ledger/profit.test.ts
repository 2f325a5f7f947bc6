import { cases, isValue } from '../../../../test/harness/cases.ts'
import { barsOf, inOrder, isBusy, labelOf } from './profit.ts'

const row = (name: string, income: string, costs: string, margin: string) =>
  ({ name, earned: income, fees: '0', spent: '0', modelCost: costs, margin })

cases('the name of a row', labelOf, [
  ['a day', ['day', '2026-11-21'], isValue('Nov 21')],
  ['a week', ['week', '2026-11-16'], isValue('Week of Nov 16')],
  ['a month', ['month', '2026-11'], isValue('Nov 2026')],
  ['a team', ['team', 'lead'], isValue('Team of lead')],
  ['a model', ['model', 'gpt-4o'], isValue('gpt-4o')],
  ['a workstream', ['workstream', 'docs'], isValue('docs')],
  ['none', ['workstream', '(none)'], isValue('No workstream')],
  ['all', ['total', 'total'], isValue('All of it')],
])
const names = (...given: Parameters<typeof inOrder>) => inOrder(...given).map(({ name }) => name)
const rows = [row('a', '1', '0', '1'), row('b', '9', '0', '9'), row('c', '0', '1', '-1')]
cases('the order', names, [
  ['times as they pass', ['day', rows], isValue(['a', 'b', 'c'])],
  ['the largest margin first', ['agent', rows], isValue(['b', 'a', 'c'])],
])
cases('whether a row tells anything', isBusy, [
  ['nothing', [row('a', '0', '0', '0')], isValue(false)], ['a cost', [row('a', '0', '1', '-1')], isValue(true)],
])
cases('bars', barsOf, [
  ['nothing', [[]], isValue({ zero: 0.5, up: 0, down: 0, bars: [] })],
  ['nothing moved', [[row('a', '0', '0', '0')]], isValue({ zero: 0.5, up: 0, down: 0,
    bars: [{ name: 'a', top: 0.5, income: 0, costs: 0, margin: 0.5 }] })],
  ['income only', [[row('a', '8', '0', '8')]], isValue({ zero: 1, up: 8, down: 0,
    bars: [{ name: 'a', top: 0, income: 1, costs: 0, margin: 0 }] })],
  ['costs only', [[row('a', '0', '4', '-4')]], isValue({ zero: 0, up: 0, down: 4,
    bars: [{ name: 'a', top: 0, income: 0, costs: 1, margin: 1 }] })],
  ['both, of one scale', [[row('a', '6', '2', '4'), row('b', '3', '0', '3')]], isValue({ zero: 0.75, up: 6, down: 2, bars: [
    { name: 'a', top: 0, income: 0.75, costs: 0.25, margin: 0.25 }, { name: 'b', top: 0.375, income: 0.375, costs: 0, margin: 0.375 }] })],
])
