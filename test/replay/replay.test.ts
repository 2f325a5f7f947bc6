/** Today's workflow code against histories of real runs: any nondeterminism fails. No server. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from '@temporalio/worker'
import { beforeAll, expect, inject, test } from 'vitest'
import { installRuntime, workflowBundle } from '../../temporal/worker.ts'

const folder = join(import.meta.dirname, 'histories')
const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
let codePath: string

beforeAll(async () => {
  installRuntime({ warn: () => undefined })
  codePath = await workflowBundle(inject('engines').cacheFolder)
})

test('every kind of life is recorded', () => {
  expect(names.length).toBeGreaterThanOrEqual(7)
  expect(names.some((name) => name.startsWith('task-'))).toBe(true)
  expect(names.some((name) => name.startsWith('gate-'))).toBe(true)
})

test.each(names)('%s', async (name) => {
  const history = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  await Worker.runReplayHistory({ workflowBundle: { codePath } }, history)
})

test('a history that today’s code did not make is refused', async () => {
  const history = JSON.parse(readFileSync(join(folder, 'task-life.json'), 'utf8'))
  // As if the code of a task had become that of a gate: another activity where this one was.
  history.events[0].workflowExecutionStartedEventAttributes.workflowType.name = 'gate'
  await expect(Worker.runReplayHistory({ workflowBundle: { codePath } }, history))
    .rejects.toThrow(/[Nn]ondeterminis/)
})
