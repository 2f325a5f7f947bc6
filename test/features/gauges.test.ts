/** The background proof: its figures for Prometheus, and an alert when the books stop being proven. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Proving } from '../../relay/proving.ts'
import { Signer } from '../../handlers/signer.ts'
import { Prover } from '../../db/proofs.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld() })
afterAll(() => world.close())

const figures = async (): Promise<Record<string, number>> => {
  const text = await (await fetch(`${world.url}/metrics`)).text()
  const found = text.matchAll(/^guildhall_ledger_(\w+)\{workspace="main"\} (.+)$/gm)
  return Object.fromEntries([...found].map(([, name, value]) => [name, Number(value)]))
}
const told = async () => (await world.sql<{ type: string; severity: string; data_json: { wrong: { name: string }[] } }>(
  "select type, severity, data_json from events where type like 'ledger.%' order by seq"))
  .map(({ type, severity, data_json: { wrong } }) => [type, severity, wrong.map(({ name }) => name).join(' ')])

/** A round now, as the relay makes one about each minute. */
async function round(): Promise<string[]> {
  const notified: string[] = []
  const proving = new Proving({
    db: world.parts.db, isGenuine: new Signer(world.config.masterKey!).isGenuine, log: { warn: () => undefined },
    notify: (workspace) => notified.push(workspace),
  })
  proving.check()
  proving.check()
  await new Promise((resolve) => setTimeout(resolve, 20))
  await proving.stop()
  return notified
}

test('there is no figure before the first proof', async () => {
  expect(await figures()).toEqual({})
})

test('figures come from the last proof; the log is told of each change, once', async () => {
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '1', reason: 'x' })
  expect(await round()).toEqual([])
  expect(await figures()).toMatchObject({ ok: 1, unsigned_events: 1 })
  expect(await told()).toEqual([])

  await world.sql("update accounts set posted = posted + 1 where kind = 'platform'")
  expect(await round()).toHaveLength(1)
  expect(await round()).toEqual([])
  expect(await figures()).toMatchObject({ ok: 0 })
  expect(await told()).toEqual([['ledger.unproven', 'alert', 'sum accounts']])

  await world.sql("update accounts set posted = posted - 1 where kind = 'platform'")
  expect(await round()).toHaveLength(1)
  expect(await round()).toEqual([])
  expect(await told()).toEqual([['ledger.unproven', 'alert', 'sum accounts'], ['ledger.proven', 'info', '']])
  await world.advance(100)
  const { proof_seconds: took, proof_age_seconds: age, ok } = await figures()
  expect({ ok, took: took! > 0, age: Math.round(age! / 100) }).toEqual({ ok: 1, took: true, age: 1 })
})

test('the relay proves by itself', async () => {
  await world.sql('delete from ledger_proofs')
  world.startRelay()
  expect(await eventually(async () => (await figures()).ok === 1)).toBe(true)
})

test('many who ask at once share a proof that began after they asked', async () => {
  const [{ id }] = await world.sql<{ id: string }>(`select id from workspaces where name = 'main'`) as [{ id: string }]
  let proofs = 0
  const prover = new Prover({ snapshot: async () => {
    proofs++
    await new Promise((resolve) => setTimeout(resolve, 50))
    return { ok: true }
  } } as never, () => true)
  const first = prover.prove(id)
  const [second, third] = [prover.prove(id), prover.prove(id)]
  expect(await Promise.all([first, second, third])).toHaveLength(3)
  expect(proofs).toBe(2)
  await prover.prove(id)
  expect(proofs).toBe(3)
})
