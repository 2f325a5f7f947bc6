/** Request bodies: raw bytes first (digests are over bytes), then JSON where JSON is wanted. */
import type { Context } from 'koa'
import readRaw from 'raw-body'
import { refuse, refuseField } from '../domain/errors.ts'
import { Refused } from './errors.ts'

const MAX_BODY = 1024 * 1024
/** Reports of model calls come in batches: LiteLLM sends 512 records of 12 kB at once. */
const MAX_REPORT = 16 * 1024 * 1024
const reports = ['/intake/litellm', '/v1/traces']

/** The body as it came: at most 1 MiB, reports of model calls 16 MiB and packed if they like. */
export async function rawBody(context: Context): Promise<Buffer> {
  const { headers } = context.req
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    return Buffer.alloc(0)
  }
  const isReport = reports.includes(context.path)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity' && !(isReport && encoding === 'gzip')) {
    throw new Refused(refuse('unsupported_media_type', 'Send bodies without Content-Encoding'))
  }
  try {
    return await readRaw(context.req, {
      limit: isReport ? MAX_REPORT : MAX_BODY, length: headers['content-length'] ?? null,
    })
  } catch (error) {
    hangUp(context)
    throw error
  }
}

/** How long a sender that is refused may take to notice. */
const PATIENCE_MS = 1000

/**
 * Nobody reads the rest of a body that is refused: its connection would stay open, and unnoticed
 * when its sender goes, until it times out. What comes is thrown away until the answer is read.
 */
function hangUp({ req, res }: Context): void {
  res.setHeader('Connection', 'close')
  res.once('finish', () => {
    req.resume()
    setTimeout(() => { req.destroy() }, PATIENCE_MS).unref()
  })
}

/** The JSON object in a body; an empty body is an empty object. */
export function jsonBody(context: Context, bytes: Buffer): Record<string, unknown> {
  if (!bytes.length) return {}
  if (!context.is('json', '+json')) {
    throw new Refused(refuse('unsupported_media_type', 'Send application/json', {
      accepts: 'application/json',
    }))
  }
  const value = parse(bytes)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused(refuseField('', 'The body is a JSON object'))
  }
  return value as Record<string, unknown>
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new Refused(refuseField('', `The body is not JSON: ${(error as Error).message}`))
  }
}
