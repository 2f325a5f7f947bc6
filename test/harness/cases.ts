/** Tests as tables: one line per case. */
import { expect, test } from 'vitest'
import { isRefusal } from '../../domain/errors.ts'

export type Expectation = (decided: unknown) => void

/** Runs `decide` on each case's facts; the rest of a line says what must come out. */
export function cases<Facts extends unknown[]>(
  about: string, decide: (...facts: Facts) => unknown, table: [string, Facts, Expectation][],
): void {
  test.each(table)(`${about}: %s`, (_, facts, expectation) => expectation(decide(...facts)))
}

type Columns = Record<string, unknown>

/** The decision sets these columns. */
export const becomes = (columns: Columns): Expectation => (decided) => {
  expect(decided).not.toHaveProperty('refused')
  expect((decided as { task: { set: Columns } }).task.set).toMatchObject(columns)
}

/** The decision contains these parts. */
export const decides = (parts: object): Expectation => (decided) => expect(decided).toMatchObject(parts)

/** The decision is this refusal, with these fields. */
export const refuses = (code: string, fields: Columns = {}): Expectation => (decided) => {
  expect(isRefusal(decided) ? decided.refused : decided).toBe(code)
  expect((decided as { fields: Columns }).fields).toMatchObject(fields)
}

/** The decision writes exactly these events, in this order. */
export const happens = (...types: string[]): Expectation => (decided) =>
  expect((decided as { events: { type: string }[] }).events.map(({ type }) => type)).toEqual(types)

export const isValue = (value: unknown): Expectation => (decided) => expect(decided).toEqual(value)
