/**
 * The spans in OTLP/HTTP traces, JSON or protobuf, with the attributes that matter here. Of
 * opentelemetry-proto only the fields that are read, by their numbers. A value stays bytes until
 * its name matters: a body may hold a million attributes.
 */
import protobuf from 'protobufjs'
import type { InputError } from '../../domain/errors.ts'
import { isObject, parseJson, partAt } from './records.ts'

export type Attributes = ReadonlyMap<string, unknown>
export type Span = {
  /** Trace and span id in hex; null when they are not what they should be. */
  id: string | null
  /** When it ended, in milliseconds since 1970; null when it does not say. */
  at: unknown
  attributes: Attributes
  resource: Attributes
}

/** The usual limit of an SDK is 128. */
const MAX_ATTRIBUTES = 1000

const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, ...(rule && { rule }) })

const { Request, AnyValue } = protobuf.Root.fromJSON({
  nested: {
    Request: { fields: { resourceSpans: field('ResourceSpans', 1, 'repeated') } },
    ResourceSpans: {
      fields: {
        resource: field('Resource', 1), scopeSpans: field('ScopeSpans', 2, 'repeated'),
      },
    },
    Resource: { fields: { attributes: field('KeyValue', 1, 'repeated') } },
    ScopeSpans: { fields: { spans: field('Span', 2, 'repeated') } },
    Span: {
      fields: {
        traceId: field('bytes', 1), spanId: field('bytes', 2),
        endTimeUnixNano: field('fixed64', 8), attributes: field('KeyValue', 9, 'repeated'),
      },
    },
    // `value` is an AnyValue, which has the same form on the wire as bytes.
    KeyValue: { fields: { key: field('string', 1), value: field('bytes', 2) } },
    // One of these is there even when it is 0 or blank: as members of a oneof they are told apart.
    AnyValue: {
      oneofs: { value: { oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue'] } },
      fields: {
        stringValue: field('string', 1), boolValue: field('bool', 2),
        intValue: field('int64', 3), doubleValue: field('double', 4),
      },
    },
  },
}).nested as unknown as Record<'Request' | 'AnyValue', protobuf.Type>

type Spans = (Span | InputError)[]
/** The names of the attributes that matter. */
type Wanted = ReadonlySet<string>

export function readJsonSpans(body: Uint8Array, wanted: Wanted): Spans | InputError {
  const request = parseJson(new TextDecoder().decode(body))
  if (!isObject(request)) return { pointer: '', message: 'Give a JSON object' }
  const isEmpty = Object.keys(request).length === 0
  const resources = isEmpty ? [] : request.resourceSpans
  return Array.isArray(resources) ? spansOf(resources, wanted) : noSpans
}

export function readProtobufSpans(body: Uint8Array, wanted: Wanted): Spans | InputError {
  try {
    const { resourceSpans } = Request.decode(body) as unknown as { resourceSpans: unknown[] }
    // Another kind of protobuf decodes, too: to none.
    return body.length && !resourceSpans.length ? noSpans : spansOf(resourceSpans, wanted)
  } catch {
    return { pointer: '', message: 'Is no protobuf of trace spans, or was cut off' }
  }
}

const noSpans: InputError = { pointer: '/resourceSpans', message: 'Give a list of resource spans' }

/** All spans in order. */
function spansOf(resources: unknown[], wanted: Wanted): Spans | InputError {
  const spans: Spans = []
  for (const [index, one] of resources.entries()) {
    const pointer = `/resourceSpans/${index}`
    const resource = attributesOf(partAt(one, 'resource'), wanted)
    if (!resource) return { pointer: `${pointer}/resource/attributes`, message: tooMany }
    const scopes = listAt(one, 'scopeSpans')
    const lists = scopes?.map((scope) => listAt(scope, 'spans'))
    if (!lists || lists.includes(null)) {
      return { pointer: `${pointer}/scopeSpans`, message: 'Give a list of lists of spans' }
    }
    for (const span of lists.flatMap((list) => list ?? [])) {
      spans.push(spanOf(span, resource, wanted))
    }
  }
  return spans
}

/** The list of that name; empty when it is missing, null when it is no list. */
function listAt(value: unknown, name: string): unknown[] | null {
  const list = partAt(value, name) ?? []
  return Array.isArray(list) ? list : null
}

function spanOf(span: unknown, resource: Attributes, wanted: Wanted): Span | InputError {
  if (!isObject(span)) return { pointer: '', message: 'Give a span' }
  const attributes = attributesOf(span, wanted)
  if (!attributes) return { pointer: '/attributes', message: tooMany }
  const ids = [hexOf(partAt(span, 'traceId'), 16), hexOf(partAt(span, 'spanId'), 8)]
  return {
    id: ids.includes(null) ? null : ids.join('-'),
    at: millisecondsOf(partAt(span, 'endTimeUnixNano')),
    attributes, resource,
  }
}

const tooMany = `Give a list of at most ${MAX_ATTRIBUTES} attributes`

/** Those that matter, by name; null when it is no list or too long. */
function attributesOf(owner: unknown, wanted: Wanted): Attributes | null {
  const list = listAt(owner, 'attributes')
  if (!list || list.length > MAX_ATTRIBUTES) return null
  const found = new Map<string, unknown>()
  for (const one of list) {
    const key = partAt(one, 'key')
    if (typeof key === 'string' && wanted.has(key)) found.set(key, valueOf(partAt(one, 'value')))
  }
  return found
}

/** Text, number or flag; undefined when empty. Any other kind is an object, which fits nowhere. */
function valueOf(value: unknown): unknown {
  const isBytes = value instanceof Uint8Array
  if (isBytes ? !value.length : !isObject(value) || !Object.keys(value).length) return undefined
  const any = isBytes ? AnyValue.decode(value) : value
  for (const kind of ['stringValue', 'intValue', 'doubleValue', 'boolValue']) {
    const part = partAt(any, kind)
    if (part instanceof protobuf.util.Long) return String(part)
    if (part != null) return typeof part === 'object' ? {} : part
  }
  return {}
}

/** Bytes of protobuf or hex of JSON, of a length and not all zero. */
function hexOf(value: unknown, bytes: number): string | null {
  const hex = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
  const isId = typeof hex === 'string' && hex.length === bytes * 2 && /^[\da-f]+$/i.test(hex)
  return isId && !/^0+$/.test(hex) ? hex.toLowerCase() : null
}

/** From nanoseconds as protobufjs's Long or as JSON's digits; 0 is not set. */
function millisecondsOf(value: unknown): unknown {
  if (value == null) return null
  const isNumber = typeof value === 'number' || value instanceof protobuf.util.Long
  const text = isNumber ? String(value) : value
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) return 'no instant'
  return text === '0' ? null : Number(BigInt(text) / 1_000_000n)
}
