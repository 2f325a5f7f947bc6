/**
 * Where gateways and tracers report model calls: LiteLLM's generic callback and OTLP/HTTP traces.
 * Each record is charged or refused by itself; a body that cannot be read is refused whole.
 */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import Router from '@koa/router'
import type { Context } from 'koa'
import protobuf from 'protobufjs'
import { isRefusal, refuse } from '../domain/errors.ts'
import { takeUsages } from '../handlers/intake.ts'
import { operationsByName } from '../operations/index.ts'
import type { ApiDependencies } from './deps.ts'
import { Refused } from './errors.ts'
import { identify } from './identify.ts'
import { readLitellm } from './intake/litellm.ts'
import { readOtlp } from './intake/otlp.ts'
import type { Intake } from './intake/records.ts'

/** What is unpacked may be so large; what is sent, api/body.ts says. */
const MAX_UNPACKED = 64 * 1024 * 1024
const unpack = promisify(gunzip)

export function intakes(deps: ApiDependencies): Router {
  const router = new Router()
  router.post('/intake/litellm', async (context) => {
    const { taken, rejects } = await take(deps, context, (body) =>
      readLitellm(body.toString('utf8')))
    context.body = { charged: taken.charged, repeated: taken.repeated, rejected: [
      ...rejects, ...taken.refused,
    ] }
  })
  router.post('/v1/traces', async (context) => {
    const form = context.is('json') ? 'json'
      : context.is('application/x-protobuf') ? 'protobuf' : null
    if (!form) {
      throw new Refused(refuse('unsupported_media_type', 'Send OTLP as JSON or protobuf', {
        accepts: 'application/json, application/x-protobuf',
      }))
    }
    const { taken, rejects } = await take(deps, context, (body) => readOtlp(body, form))
    const refused = [...rejects, ...taken.refused]
    const message = refused.length ? refused.slice(0, 5).map((one) => one.message).join('; ') : ''
    if (form === 'json') {
      context.body = refused.length
        ? { partialSuccess: { rejectedSpans: String(refused.length), errorMessage: message } } : {}
      return
    }
    context.type = 'application/x-protobuf'
    context.body = partialSuccess(refused.length, message)
  })
  return router
}

async function take(
  deps: ApiDependencies, context: Context, readIn: (body: Buffer) => Intake,
) {
  const identity = await identify(deps, context)
  const { usages, rejects } = readIn(await bodyOf(context))
  const whole = rejects.find(({ index }) => index === null)
  if (whole) {
    throw new Refused(refuse('invalid_input', whole.message, {
      errors: [{ pointer: whole.pointer, message: whole.message }],
    }))
  }
  const operation = operationsByName.get('credits.charge')!
  const taken = await takeUsages(deps.context, { identity, operation }, usages)
  if (isRefusal(taken)) throw new Refused(taken)
  return { taken, rejects }
}

/** As it was before it was packed. */
async function bodyOf(context: Context): Promise<Buffer> {
  const body: Buffer = context.state.body
  if (context.get('Content-Encoding') !== 'gzip') return body
  try {
    return await unpack(body, { maxOutputLength: MAX_UNPACKED })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Refused(refuse('payload_too_large',
        `A body has ${MAX_UNPACKED} bytes at most when it is unpacked`, { limit: MAX_UNPACKED }))
    }
    throw new Refused(refuse('invalid_input', 'The body is not gzip', { errors: [] }))
  }
}

/** `ExportTraceServiceResponse`: nothing where all was taken, else how many were not, and why. */
function partialSuccess(count: number, message: string): Buffer {
  const writer = protobuf.Writer.create()
  if (count) {
    writer.uint32(field(1, BYTES)).fork()
      .uint32(field(1, VARINT)).int64(count).uint32(field(2, BYTES)).string(message).ldelim()
  }
  return Buffer.from(writer.finish())
}

/** A tag of the wire format, with its two types that are needed here. */
const field = (number: number, type: number): number => (number << 3) | type
const [VARINT, BYTES] = [0, 2]
