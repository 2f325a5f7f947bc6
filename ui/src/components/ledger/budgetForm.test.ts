import { describe, expect, test } from 'vitest'
import type { Budget } from '../../composables/useBudgets.ts'
import type { Failure } from '../../problem.ts'
import type { BudgetForm } from './budgetForm.ts'
import { createInput, emptyForm, fieldError, formOf, generalOf, isNobody, limitError, updateInput } from './budgetForm.ts'

const form = (more: Partial<BudgetForm>): BudgetForm => ({ ...emptyForm(), limit: '10', ...more })
const budget: Budget = {
  id: 'b1', scope: { agent: 'ada' }, unit: 'usd_micros', period: 'day', limit: '2500000', used: '1000000', held: '500000',
  available: '1000000', warnAt: [50, 80], action: 'block', resetsAt: null,
}
const refused = (code: string, pointer?: string): Failure => ({
  code, message: 'No', hint: null, fields: pointer ? { errors: [{ pointer, message: 'Not so' }] } : {},
})

describe('what is sent', () => {
  test.each<[Partial<BudgetForm>, object]>([
    [{}, { scope: { workspace: true }, unit: 'credits', period: 'day', limit: '10', action: 'block', warn_at: [50, 80, 100] }],
    [{ kind: 'agent', agent: ' ada ' }, { scope: { agent: 'ada' } }],
    [{ kind: 'subtree', agent: 'lead', task: 'TASK-1' }, { scope: { subtree: 'lead' } }],
    [{ kind: 'task', agent: 'lead', task: 'TASK-1' }, { scope: { task: 'TASK-1' } }],
    [{ unit: 'usd_micros', limit: '$2.5' }, { limit: '2500000' }],
    [{ unit: 'usd_micros', limit: 'two' }, { limit: 'two' }],
    [{ unit: 'tokens', limit: ' 5000 ' }, { limit: '5000' }],
    [{ lines: '80 %, 50;80' }, { warn_at: [80, 50] }],
    [{ lines: ' ' }, { warn_at: [] }],
    [{ lines: 'half' }, { warn_at: ['half'] }],
  ])('%j', (given, expected) => expect(createInput(form(given))).toMatchObject(expected))

  test('of a change only what is another', () => {
    expect(formOf(budget)).toMatchObject({ kind: 'agent', agent: 'ada', limit: '2.5', lines: '50, 80' })
    expect(updateInput(budget, formOf(budget))).toBeNull()
    expect(updateInput(budget, { ...formOf(budget), limit: '2.50', lines: '50,80' })).toBeNull()
    expect(updateInput(budget, { ...formOf(budget), limit: '3' })).toEqual({ budget: 'b1', limit: '3000000' })
    expect(updateInput(budget, { ...formOf(budget), action: 'alert', lines: '' })).toEqual({ budget: 'b1', action: 'alert', warn_at: [] })
  })
})

test('nobody is chosen', () => {
  expect([form({}), form({ kind: 'agent' }), form({ kind: 'agent', agent: 'ada' }), form({ kind: 'task', agent: 'ada' })].map(isNobody))
    .toEqual([false, true, false, true])
})

describe('refusals stand at their field', () => {
  test.each<[string, Failure | null, string, string | null]>([
    ['none', null, '/limit', null], ['its own', refused('invalid_input', '/limit'), '/limit', 'Not so'],
    ['something in it', refused('invalid_input', '/warn_at/0'), '/warn_at', 'Not so'],
    ['another', refused('invalid_input', '/limit'), '/warn_at', null], ['nobody there', refused('not_found'), '/scope', 'No'],
  ])('%s', (_, failure, pointer, expected) => expect(fieldError(failure, pointer)).toBe(expected))
  test('dollars are answered in dollars', () => {
    const failure = refused('invalid_input', '/limit')
    expect(limitError(failure, form({}), null)).toBe('Not so')
    expect(limitError(failure, form({ unit: 'usd_micros', limit: '1' }), budget)).toBe('$1.50 are used or held already in this period')
    expect(limitError(failure, form({ unit: 'usd_micros', limit: 'x' }), budget)).toMatch(/^Dollars above 0/)
    expect(limitError(null, form({ unit: 'usd_micros' }), budget)).toBeNull()
  })
  test('what concerns no field stands below', () => {
    expect(generalOf(refused('limit_reached'), true)?.code).toBe('limit_reached')
    expect(generalOf(refused('not_found'), true)).toBeNull()
    expect(generalOf(refused('not_found'), false)?.code).toBe('not_found')
    expect(generalOf(refused('invalid_input', '/limit'), false)).toBeNull()
  })
})
