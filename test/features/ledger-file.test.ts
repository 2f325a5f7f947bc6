/** The books as a file: written, proven without a server, and every change of it named. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Signer } from '../../handlers/signer.ts'
import { exportLedger, openBooks, workspaceOf } from '../../ops/ledger-export.ts'
import { eventHash } from '../../ops/ledger-file.ts'
import type { EventLine, Line } from '../../ops/ledger-file.ts'
import { verifyFile } from '../../ops/ledger-verify.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

let world: World
let signer: Signer
let lines: Line[]
const folder = mkdtempSync(join(tmpdir(), 'guildhall-ledger-'))
const file = join(folder, 'books.jsonl.gz')

beforeAll(async () => {
  world = await openWorld()
  signer = new Signer(world.config.masterKey!)
  const ada = world.agents.ada!.client
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '100', reason: 'Für den Anfang: „ünïcödé“\n\t\u2028' })
  await world.owner.do('credits.adjust', { agent: 'bob', amount: '40', reason: 'To begin with' })
  for (const amount of ['1', '2.5', '3']) await ada.do('credits.spend', { amount, reason: 'x' })
  await ada.do('credits.hold', { amount: '5', ttl_seconds: 600 })
  const call = { provider: 'openai', tokens: { input: 10, output: 5 } }
  await ada.do('credits.charge', { ...call, call_id: 'call-1', model: 'gpt-5', cost_usd: '0.02' })
  await ada.do('credits.charge', { ...call, call_id: 'call-2', model: 'nobody-knows-it' }).catch(() => undefined)
  const books = openBooks(world.config)
  expect(await exportLedger(books, await workspaceOf(books, 'main'), file)).toEqual([])
  await books.db.end()
  lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n').map((line) => JSON.parse(line))
})
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true, force: true })
})

const changed = join(folder, 'changed.jsonl.gz')
async function wrongIn(change: Line[], pinned: string | null = null) {
  writeFileSync(changed, gzipSync(change.map((line) => JSON.stringify(line)).join('\n')))
  const { ok, checks } = await verifyFile(changed, pinned)
  const wrong = checks.filter((check) => !check.ok)
  expect(ok).toBe(wrong.length === 0)
  return wrong
}

test('what was written is proven, with nothing but the file', async () => {
  const proof = await verifyFile(file, signer.publicKey)
  expect(proof.checks.filter(({ ok }) => !ok)).toEqual([])
  expect(proof).toMatchObject({ ok: true, workspace: 'main', sum: '0', transfers: 6, public_key: { pinned: true } })
  expect(proof.checks.find(({ name }) => name === 'signed')!.detail)
    .toMatch(/^1 signed head, the last one at event .*; 0 events lie after it$/)
  expect(await wrongIn(lines)).toEqual([])
})

test('hashes are those of the database', () => {
  const workspace = (lines[0] as unknown as { workspace: { id: string } }).workspace.id
  const events = lines.filter(({ record }) => record === 'event') as unknown as EventLine[]
  expect(events.length).toBeGreaterThan(6)
  for (const event of events) expect(eventHash(workspace, event)).toBe(event.hash)
})

type Change = (lines: Line[]) => unknown
const copy = (): Line[] => structuredClone(lines)
const find = (all: Line[], record: string, more: object = {}): Line =>
  all.find((line) => line.record === record && Object.entries(more).every(([name, value]) => line[name] === value))!
const remove = (all: Line[], line: Line): void => {
  all.splice(all.indexOf(line), 1)
  const { counts } = find(all, 'footer') as unknown as { counts: Record<string, number> }
  counts[line.record]!--
}
/** As whoever has the file would do it: all hashes anew. */
function rehash(all: Line[]): void {
  let before: string | null = null
  const workspace = (all[0] as unknown as { workspace: { id: string } }).workspace.id
  for (const line of all.filter(({ record }) => record === 'event')) {
    const event = line as unknown as EventLine
    event.previous_hash = before
    before = event.hash = eventHash(workspace, event)
  }
}
const dearer: Change = (all) => {
  const spend = find(all, 'transfer', { kind: 'spend', amount: '2500000' })
  const event = find(all, 'event', { id: spend.event })
  event.data = (event.data as string).replace('"amount": "2.5"', '"amount": "3.5"')
  spend.amount = '3500000'
  for (const [account, by] of [[spend.from, -1_000_000n], [spend.to, 1_000_000n]] as const) {
    const line = find(all, 'account', { id: account })
    line.posted = (BigInt(line.posted as string) + by).toString()
  }
}

test.each<[string, Change, string, RegExp]>([
  ['an amount', (all) => { find(all, 'transfer', { amount: '2500000' }).amount = '2500001' }, 'events accounts',
    /^1 wrong; the first: line \d+: transfer /],
  ['a receiver', (all) => {
    find(all, 'transfer', { kind: 'spend' }).to = find(all, 'account', { name: 'bob' }).id
  }, 'events accounts', /transfer/],
  ['a transfer is taken out', (all) => remove(all, find(all, 'transfer', { kind: 'spend' })), 'transfers accounts',
    /transfer .* of event \d+ is gone/],
  ['a transfer is put in', (all) => {
    all.splice(-1, 0, { ...find(all, 'transfer', { kind: 'spend' }) })
  }, 'complete events keys accounts', /transfer/],
  ['a balance', (all) => { find(all, 'account', { name: 'ada' }).posted = '1' }, 'sum accounts', /add up to/],
  ['what is held', (all) => { find(all, 'account', { name: 'ada' }).held = '1' }, 'holds', /ada has 0.000001, its lines say 5/],
  ['a hold', (all) => { find(all, 'hold').state = 'released' }, 'holds', /ada has 5, its lines say 0/],
  ['a model call', (all) => { find(all, 'charge', { call_id: 'call-1' }).credits = '1' }, 'charges', /call call-1/],
  ['a model call is taken out', (all) => remove(all, find(all, 'charge', { call_id: 'call-1' })), 'charges costs', /has no model call/],
  ['a model call’s dollars', (all) => { find(all, 'charge', { call_id: 'call-1' }).usd_micros = '1' }, 'costs', /ada/],
  ['a key is taken out', (all) => { find(all, 'transfer', { kind: 'spend' }).keys = [] }, 'keys', /has no key/],
  ['a key is there twice', (all) => {
    find(all, 'transfer', { amount: '1000000' }).keys = find(all, 'transfer', { amount: '2500000' }).keys
  }, 'keys', /is there twice/],
  ['an event', (all) => { find(all, 'event', { seq: 3 }).reason = 'y' }, 'chain', /line \d+: the chain breaks at event 3/],
  ['an event is taken out', (all) => remove(all, find(all, 'event', { seq: 3 })), 'chain events', /breaks at event 4/],
  ['two events change places', (all) => {
    const [third, fourth] = [find(all, 'event', { seq: 3 }), find(all, 'event', { seq: 4 })]
    const copied = { ...third }
    Object.assign(third, fourth)
    Object.assign(fourth, copied)
  }, 'chain events', /breaks at event 4/],
  ['the end is cut off', (all) => all.pop(), 'complete', /its end is cut off/],
  ['the last event is cut off, its footer put right', (all) => remove(all, all.findLast(({ record }) => record === 'event')!),
    'signed', /event/],
  ['an event, with all hashes made anew', (all) => {
    find(all, 'event', { seq: 3 }).reason = 'y'
    rehash(all)
  }, 'signed', /event \d+ is not the one that was signed/],
  ['everything that speaks of a spend, hashes too', (all) => {
    dearer(all)
    rehash(all)
  }, 'signed', /event \d+ is not the one that was signed/],
  ['the same, signed with another key under the old id', (all) => {
    dearer(all)
    rehash(all)
    const thief = new Signer(Buffer.alloc(32).toString('base64'))
    const head = find(all, 'head')
    const { hash } = all.findLast(({ record }) => record === 'event')!
    const { signature } = thief.sign({ ...head, head: hash } as never)
    Object.assign(head, { head: hash, signature })
  }, 'signed', /does not have its signature/],
  ['the head is taken out', (all) => remove(all, find(all, 'head')), 'signed', /no head is signed/],
  ['a line that is no JSON record', (all) => all.splice(-1, 0, { record: 'poem' }), 'complete', /poem is no record/],
  ['a field of the wrong kind', (all) => { find(all, 'hold').amount = 'much' }, 'complete holds', /this hold cannot be read/],
])('named: %s', async (_, change, expected, words) => {
  const all = copy()
  change(all)
  const wrong = await wrongIn(all)
  expect(wrong.map(({ name }) => name).join(' ')).toBe(expected)
  expect(wrong[0]!.detail).toMatch(words)
})

test('made anew and signed with another key, only the key that was noted tells', async () => {
  const all = copy()
  dearer(all)
  rehash(all)
  const thief = new Signer(Buffer.alloc(32, 1).toString('base64'))
  Object.assign(all[0]!, { public_key: { id: thief.keyId, key: thief.publicKey } })
  const { hash } = all.findLast(({ record }) => record === 'event')!
  Object.assign(find(all, 'head'), thief.sign({ ...find(all, 'head'), head: hash } as never))
  expect(await wrongIn(all)).toEqual([])
  expect(await wrongIn(all, signer.publicKey)).toMatchObject([{ name: 'signed', detail: expect.stringContaining('another key') }])
})

test('a file cut in the middle, or no gzip at all, is not proven', async () => {
  writeFileSync(changed, readFileSync(file).subarray(0, -40))
  expect(await verifyFile(changed, null)).toMatchObject({ ok: false })
  writeFileSync(changed, 'books')
  expect(await verifyFile(changed, null)).toMatchObject({ ok: false })
})

const run = promisify(execFile)
const guildhall = (...argv: string[]) => run(process.execPath, [join(import.meta.dirname, '..', '..', 'cli', 'main.ts'), ...argv], {
  env: {
    ...process.env, DATABASE_URL: world.config.databaseUrl!, GUILDHALL_MASTER_KEY: world.config.masterKey!,
    GUILDHALL_HOME: folder, GUILDHALL_URL: world.url,
  },
}).then(({ stdout }) => ({ code: 0, stdout }), ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }))

test('by the command line: export, key, verify', async () => {
  const out = join(folder, 'by-command.jsonl.gz')
  expect(await guildhall('ledger', 'export', '--out', out)).toMatchObject({ code: 0, stdout: expect.stringContaining(signer.publicKey) })
  expect(await guildhall('ledger', 'key')).toEqual({ code: 0, stdout: `${signer.publicKey}\n` })
  expect(await guildhall('ledger', 'verify', out, '--key', signer.publicKey))
    .toMatchObject({ code: 0, stdout: expect.stringContaining('balance') })
  const all = copy()
  find(all, 'account', { name: 'ada' }).posted = '1'
  await wrongIn(all)
  expect(await guildhall('ledger', 'verify', changed)).toMatchObject({ code: 1, stdout: expect.stringContaining('WRONG  sum') })
})
