import { describe, expect, test } from 'vitest'
import type { Failure } from '../../problem.ts'
import { emptyForm, fieldError, formOf, inputOf, isGeneral } from './form.ts'

describe('inputOf', () => {
  test('sends what was filled in and leaves the rest to the server', () => {
    expect(inputOf({ ...emptyForm(), handle: ' ada ' }))
      .toEqual({ handle: 'ada', role: 'worker', alg: 'hmac-sha256' })
  })
  test('all fields', () => {
    expect(inputOf({
      handle: 'ada', name: 'Ada', role: 'lead', mode: 'orchestrator', level: '7', model: 'opus', reports_to: 'talent',
      management_fee_pct: '12', capabilities: [{ tag: ' ts ', proficiency: 'expert' }, { tag: '', proficiency: 'basic' }],
      alg: 'ed25519', public_key: 'AAAA', reason: 'growth',
    })).toEqual({
      handle: 'ada', name: 'Ada', role: 'lead', mode: 'orchestrator', level: 7, model: 'opus', reports_to: 'talent',
      management_fee_pct: 12, capabilities: [{ tag: 'ts', proficiency: 'expert' }],
      alg: 'ed25519', public_key: 'AAAA', reason: 'growth',
    })
  })
  test('what is no number goes as it is, and a public key only with Ed25519', () => {
    const input = inputOf({ ...emptyForm(), management_fee_pct: 'ten', public_key: 'AAAA' })
    expect(input).toMatchObject({ management_fee_pct: 'ten' })
    expect(input).not.toHaveProperty('public_key')
  })
})

test('formOf takes what was kept, and an empty form for what is none', () => {
  expect(formOf('{"handle":"ada"}')).toEqual({ ...emptyForm(), handle: 'ada' })
  expect(formOf('{broken')).toEqual(emptyForm())
})

describe('fieldError', () => {
  const failure = (code: string, errors?: unknown): Failure =>
    ({ code, message: 'No', hint: null, fields: errors === undefined ? {} : { errors } })
  test.each<[Failure, string, string | null]>([
    [failure('invalid_input', [{ pointer: '/level', message: 'Too big' }]), '/level', 'Too big'],
    [failure('invalid_input', [{ pointer: '/capabilities/1/tag', message: 'Odd' }]), '/capabilities/1', 'Odd'],
    [failure('invalid_input', [{ pointer: '/level', message: 'Too big' }]), '/lev', null],
    [failure('duplicate'), '/handle', 'No'], [failure('not_found'), '/reports_to', 'No'], [failure('frozen'), '/handle', null],
  ])('%o at %s', (given, pointer, expected) => expect(fieldError(given, pointer)).toBe(expected))
  test('what concerns no field is said for all', () => {
    expect([failure('frozen'), failure('duplicate'), failure('invalid_input', [{ pointer: '/level', message: 'x' }])].map(isGeneral))
      .toEqual([true, false, false])
  })
})
