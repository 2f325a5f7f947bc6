/** The file of a ledger: JSON lines, gzipped, from a header to a footer that counts them. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'

export const FORMAT = 'guildhall ledger 1'

export type Header = {
  record: 'header'
  format: string
  workspace: { id: string; name: string }
  /** `2026-11` in an archive; null = everything. */
  month: string | null
  public_key: { id: string; key: string }
  /** The event before the first, and its hash. */
  after: { seq: number; hash: string | null }
  /** Transfers before the one id are in closings, those from the other are of a later month. */
  ids: { archived: string; end: string }
  exported_at: string
}
export type Footer = { record: 'footer'; counts: Record<string, number> }
export type Line = { record: string } & Record<string, unknown>

/** Writes beside the file first: what has its name is whole. */
export async function writeLines(file: string, lines: AsyncIterable<string>): Promise<void> {
  const draft = `${file}.partial`
  async function* ended(): AsyncGenerator<string> {
    for await (const line of lines) yield `${line}\n`
  }
  try {
    await pipeline(Readable.from(ended()), createGzip({ level: 6 }),
      createWriteStream(draft, { mode: 0o600 }))
    const handle = await open(draft, 'r+')
    await handle.sync()
    await handle.close()
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Adds the footer to what it counted. */
export async function* counted(lines: AsyncIterable<string>): AsyncGenerator<string> {
  const counts: Record<string, number> = {}
  for await (const line of lines) {
    const record = /^\{"record" ?: ?"(\w+)"/.exec(line)?.[1]
      ?? (JSON.parse(line) as Line).record
    if (record !== 'header') counts[record] = (counts[record] ?? 0) + 1
    yield line
  }
  yield JSON.stringify({ record: 'footer', counts } satisfies Footer)
}

/**
 * Throws where the file is no gzip, or ends in the middle. Lines end with a line feed only: what
 * else Unicode has for that (and node:readline takes) may stand in a text.
 */
export async function* readLines(file: string): AsyncGenerator<string> {
  const source = createReadStream(file)
  const unpacked = source.pipe(createGunzip())
  source.on('error', (error) => unpacked.destroy(error))
  unpacked.setEncoding('utf8')
  let rest = ''
  for await (const part of unpacked) {
    const lines = (rest + part).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  if (rest) yield rest
}

export type EventLine = {
  seq: number; id: string; type: string; severity: string; actor_kind: string
  actor_id: string | null; actor_handle: string; on_behalf_of: string | null
  subject_kind: string; subject_id: string; subject_key: string | null
  subject_version: number | null; task_id: string | null; reason: string | null; data: string
  trigger_event_id: string | null; occurred_at: string; previous_hash: string | null; hash: string
}

const netstring = (value: string | number | null): string =>
  (value === null ? '-' : `${Buffer.byteLength(String(value))}:${value}`)

/** The same as event_hash in db/functions/append_events.sql. */
export const eventHash = (workspace: string, e: EventLine): string =>
  createHash('sha256').update([
    e.previous_hash, workspace, 'ledger', e.seq, e.id, e.type, e.severity, e.actor_kind,
    e.actor_id, e.actor_handle, e.on_behalf_of, e.subject_kind, e.subject_id, e.subject_key,
    e.subject_version, e.task_id, e.reason, e.data, e.trigger_event_id, e.occurred_at,
  ].map(netstring).join('')).digest('hex')
