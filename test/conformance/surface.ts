/**
 * Conformance: each operation's examples, run through one surface. Every surface must give the same
 * result, in the shape that the operation promises; a hole fails.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Operation } from '../../operations/define.ts'
import { operations } from '../../operations/index.ts'
import { differs, makeGiven, resolve } from '../harness/given.ts'
import type { Registered, World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'
import { holes, report } from './report.ts'

export type Outcome = { body: unknown } | { code: string }
/** How one caller uses the surface. `who` is null for the owner. */
export type Calls = (operation: Operation, input: Record<string, unknown>) => Promise<Outcome>
export type Surface = {
  name: string
  open: (world: World) => Promise<{ as: (who: Registered | null) => Promise<Calls>; close?: () => Promise<void> }>
}

export function conformance({ name, open }: Surface): void {
  describe(`every example through ${name}`, () => {
    let world: World
    let surface: Awaited<ReturnType<Surface['open']>>
    beforeAll(async () => {
      world = await openWorld({ worker: true })
      surface = await open(world)
    })
    afterAll(async () => {
      await surface?.close?.()
      await world?.close()
    })

    const all = operations.flatMap((operation) => operation.examples.map((example) =>
      ({ operation, example, title: `${operation.name}: ${example.title}` })))
    test.each(all)('$title', async ({ operation, example }) => {
      const names = await makeGiven(world, example)
      const who = example.as && example.as !== 'owner' ? world.agents[example.as]! : null
      const calls = await surface.as(who)
      const outcome = await calls(operation, resolve(example.input ?? {}, names) as Record<string, unknown>)
      if (example.refused) {
        expect('code' in outcome ? outcome.code : outcome.body).toBe(example.refused)
      } else {
        expect('body' in outcome ? null : outcome.code).toBeNull()
        const { body } = outcome as { body: unknown }
        expect(differs(body, resolve(example.answers ?? {}, names))).toBeNull()
        // The shape promised is the shape given: nothing missing, nothing more.
        const shape = operation.answers.safeParse(body)
        expect(shape.error?.issues ?? []).toEqual([])
        expect(shape.data).toEqual(body)
      }
      report(name, operation.name)
    })
    test(`${name} answers every operation: ${operations.length} of ${operations.length}`, () => expect(holes(name, operations)).toEqual([]))
  })
}
