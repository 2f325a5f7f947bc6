/** A task as a form, and back. */
import { describe, expect, test } from 'vitest'
import type { Editable, TaskForm } from './form.ts'
import { errorAt } from '../../problem.ts'
import { changedFields, createInput, emptyForm, emptyGate, formOf, localOf, readJson, rebased, tidied, updateInput } from './form.ts'

const form = (fields: Partial<TaskForm>): TaskForm => ({ ...emptyForm(), ...fields })
const task: Editable = {
  title: 'T', description: 'D', priority: 'high', workstream: 'docs', tags: ['a'], requiredCapabilities: [{ tag: 'ts', proficiency: null }],
  minTrust: 0, dueAt: '2031-05-04T10:30:12.345Z', estimate: 0, reward: '0', input: { a: [1] },
}

describe('what is sent when a task is made', () => {
  test('nothing filled in: the title, for the server to refuse', () => {
    expect(createInput(emptyForm())).toEqual({ title: '' })
  })
  test.each<[string, Partial<TaskForm>, object]>([
    ['numbers', { min_trust: '40', estimate: ' 3.5 ' }, { min_trust: 40, estimate: 3.5 }],
    ['no numbers: as typed', { min_trust: 'many', estimate: '1e999' }, { min_trust: 'many', estimate: '1e999' }],
    ['a workstream', { workstream: 'docs' }, { workstream: 'docs' }],
    ['credits stay text', { reward: ' 12.50 ' }, { reward: '12.50' }],
    ['capabilities', { required_capabilities: [{ tag: 'ts', proficiency: 'expert' }, { tag: 'go', proficiency: '' }] },
      { required_capabilities: [{ tag: 'ts', proficiency: 'expert' }, 'go'] }],
    ['JSON', { input: ' [1, null] ' }, { input: [1, null] }],
    ['an instant', { due_at: '2031-05-04T10:30' }, { due_at: new Date('2031-05-04T10:30').toISOString() }],
    ['no instant: as typed', { due_at: '+12345-99-99T10:30' }, { due_at: '+12345-99-99T10:30' }],
    ['a gate', { gates: [{ ...emptyGate(), hours: '0.5', quorum: 'two' }] }, {
      gates: [{
        to: 'done',
        policy: { approvers: ['role:operator'], quorum: 'two', deny: 'first', on_expiry: 'deny', ttl_seconds: 1800, four_eyes: false },
      }],
    }],
  ])('%s', (_, fields, input) => {
    expect(createInput(form(fields))).toEqual({ title: '', ...input })
  })
  test('rows that were left empty are nothing', () => {
    expect(tidied(form({ required_capabilities: [{ tag: ' ', proficiency: 'expert' }, { tag: ' ts ', proficiency: '' }] })))
      .toMatchObject({ required_capabilities: [{ tag: 'ts', proficiency: '' }] })
  })
})

describe('what is sent when a task is edited', () => {
  test('nothing where nothing was changed, zero and all', () => {
    expect(changedFields(formOf(task), formOf(task))).toEqual([])
  })
  test('only what was changed; what was emptied is null', () => {
    const edited = { ...formOf(task), reward: '', due_at: '', input: '', tags: ['a', 'b'], estimate: '', workstream: '' }
    const names = changedFields(formOf(task), edited)
    expect(updateInput(edited, names)).toEqual({
      workstream: null, tags: ['a', 'b'], due_at: null, estimate: null, reward: null, input: null,
    })
  })
})

describe('when somebody else was quicker', () => {
  const base = form({ title: 'T', description: 'D', tags: ['a'] })
  test.each<[string, Partial<TaskForm>, Partial<TaskForm>, Partial<TaskForm>, string[]]>([
    ['elsewhere: both hold', { title: 'mine' }, { description: 'theirs' }, { title: 'mine', description: 'theirs' }, []],
    ['with the same words: no conflict', { title: 'same' }, { title: 'same' }, { title: 'same' }, []],
    ['in the same field: the own stays',
      { title: 'mine' }, { title: 'theirs', tags: [] }, { title: 'mine', tags: [] }, ['title']],
    ['and nothing was typed here: theirs', {}, { title: 'theirs' }, { title: 'theirs' }, []],
    ['in lists', { tags: ['a', 'b'] }, { tags: ['c'] }, { tags: ['a', 'b'] }, ['tags']],
  ])('%s', (_, mine, theirs, merged, both) => {
    const result = rebased(base, { ...base, ...mine }, { ...base, ...theirs })
    expect(result).toEqual({ form: { ...base, ...merged }, both })
  })
})

test('an instant is shown as local date and time', () => {
  expect(localOf(null)).toBe('')
  expect(localOf('nonsense')).toBe('')
  const local = localOf('2031-05-04T10:30:12.345Z')
  expect(local).toMatch(/^2031-05-0\dT\d\d:\d\d$/)
  expect(new Date(local).toISOString()).toBe('2031-05-04T10:30:00.000Z')
})

test.each([
  ['/tags', 'second'], ['/tags/1', 'second'], ['/tag', null], ['/gates/0/policy/approvers', 'who'], ['/gates/1', null], ['', 'all'],
])('the error at %s', (pointer, message) => {
  const errors = [
    { pointer: '/tags/1', message: 'second' }, { pointer: '/gates/0/policy/approvers/0', message: 'who' }, { pointer: '', message: 'all' },
  ]
  expect(errorAt(errors, pointer)).toBe(pointer === '' ? 'second' : message)
})

test.each([['', null], [' ', null], ['0', 0], ['"x"', 'x'], ['{"a":1}', { a: 1 }]])('JSON %s', (text, value) => {
  expect(readJson(text)).toEqual({ ok: true, value })
})
test('no JSON', () => {
  expect(readJson('{')).toMatchObject({ ok: false, message: expect.stringContaining('JSON') })
})
