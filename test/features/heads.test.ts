/** Signed heads: the key, the text that is signed, and who signs when. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { headText } from '../../domain/heads.ts'
import type { Head } from '../../domain/heads.ts'
import { Signer, isSigned, keyIdOf } from '../../handlers/signer.ts'
import type { World } from '../harness/world.ts'
import { eventually, openWorld } from '../harness/world.ts'

let world: World
beforeAll(async () => { world = await openWorld({ worker: true }) })
afterAll(() => world.close())

const masterKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')
const head: Head = {
  workspace: '019a0000-0000-7000-8000-000000000000', stream: 'ledger', seq: 7, head: 'ab'.repeat(32), previous_seq: 3,
  signed_at: '2026-11-21T09:00:00.000Z',
}

test('the key and the signature follow from the master key: written down once, they never change', () => {
  const signer = new Signer(masterKey)
  expect([signer.publicKey, signer.keyId]).toMatchInlineSnapshot(`
    [
      "LSvC9GqyoeT4FYudHlk4WBYZxtyjI6vYayF3l+BgkU8=",
      "455ac1c2ddd4c157",
    ]
  `)
  expect(headText(head)).toBe('["guildhall head 1","019a0000-0000-7000-8000-000000000000","ledger",7,'
    + `"${'ab'.repeat(32)}",3,"2026-11-21T09:00:00.000Z"]`)
  expect(signer.sign(head).signature)
    .toBe('J1yltdt9B3dK8vkaiJLzBlgIR2gx7sThCGBDAdNxYBvL8Cd741XBtZeDTTgSL3dwXwhsLSp3kies0ZbNQQ54BQ==')
  expect(keyIdOf(signer.publicKey)).toBe(createHash('sha256').update(Buffer.from(signer.publicKey, 'base64')).digest('hex').slice(0, 16))
})

test.each(['workspace', 'stream', 'seq', 'head', 'previous_seq', 'signed_at'] as const)('%s is signed', (field) => {
  const signer = new Signer(masterKey)
  const signed = signer.sign(head)
  expect(signer.isGenuine(signed)).toBe(true)
  expect(signer.isGenuine({ ...signed, [field]: field.endsWith('seq') ? 5 : 'other' })).toBe(false)
  expect(isSigned('not a key', headText(head), signed.signature)).toBe(false)
})

test('a log that nobody vouched for is signed at the start, and hourly by a schedule', async () => {
  const heads = () => world.sql<{ stream: string }>('select stream from signed_heads order by seq')
  await eventually(async () => (await heads()).length === 1)
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '5', reason: 'x' })
  const { taskQueue } = world.config
  const { workflow, schedule } = world.parts.client
  await workflow.execute('headSigning', { workflowId: `signing/${taskQueue}`, taskQueue })
  expect((await heads()).map(({ stream }) => stream).sort()).toEqual(['activity', 'activity', 'ledger'])
  await workflow.execute('partitionsAhead', { workflowId: `months/${taskQueue}`, taskQueue })
  const { spec } = await schedule.getHandle(`head-signing/${taskQueue}`).describe()
  expect(spec.intervals).toMatchObject([{ every: 3_600_000 }])
})
