/**
 * OTLP/HTTP traces, JSON or protobuf: the model calls in them by OpenTelemetry's conventions for
 * generative AI. Spans that used no tokens are none of our business and are passed over, as are
 * spans of whole agents, which repeat the sum of the calls within them.
 *
 * Call id: `gen_ai.response.id`, which is also LiteLLM's id of that call; else trace and span.
 * Agent, task and run: `guildhall.agent`, `guildhall.task`, `guildhall.run` on the span, else on
 * the resource; else the agent is `gen_ai.agent.name`, else LiteLLM's key alias. `service.name`
 * names a program, not an agent. What LiteLLM was told of a call comes before the resource.
 */
import type { InputError } from '../../domain/errors.ts'
import type { Usage, UsageClaim } from '../../domain/usage.ts'
import { callIdOf, isUsage, readUsage } from '../../domain/usage.ts'
import type { Intake } from './records.ts'
import { MAX_RECORDS, isNothing, refuseBody, withoutProvider } from './records.ts'
import type { Span } from './traces.ts'
import { readJsonSpans, readProtobufSpans } from './traces.ts'
import { writtenOf, writtenPlaces } from './written.ts'

export type OtlpForm = 'json' | 'protobuf'

/** Reads a body (unpacked, if it came as gzip). Never throws; `index` counts all spans in it. */
export function readOtlp(body: Uint8Array, form: OtlpForm): Intake {
  const spans = form === 'json' ? readJsonSpans(body, wanted)
    : readProtobufSpans(body, wanted)
  if (!Array.isArray(spans)) return refuseBody(spans.message, spans.pointer)
  if (spans.length > MAX_RECORDS) return refuseBody(`At most ${MAX_RECORDS} spans at once`)
  const intake: Intake = { usages: [], rejects: [] }
  spans.forEach((span, index) => {
    const usage = 'message' in span ? span : readSpan(span)
    if (!usage) return
    if (isUsage(usage)) intake.usages.push(usage)
    else intake.rejects.push({ index, ...usage })
  })
  return intake
}

/** Which attributes say what; the first that is there counts. Costs are US dollars. */
const sources: Record<Exclude<keyof UsageClaim, 'at'>, string[]> = {
  call_id: ['gen_ai.response.id'],
  provider: ['gen_ai.provider.name', 'gen_ai.system'],
  // LiteLLM's own span has the name of its model group where the conventions have the model.
  model: ['litellm.provider.model', 'gen_ai.response.model', 'gen_ai.request.model'],
  input: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'],
  output: ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'],
  cached_input: [
    'gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.input_tokens.cached', 'gen_ai.usage.details.cache_read_tokens',
  ],
  cost_usd: ['gen_ai.cost.total_cost', 'gen_ai.usage.cost', 'operation.cost'],
  agent: ['guildhall.agent', 'gen_ai.agent.name', 'metadata.user_api_key_alias'],
  task: ['guildhall.task'],
  run: ['guildhall.run'],
}

/** Operations whose usage is the sum of other spans, or none of a model. */
const sums = ['invoke_agent', 'create_agent', 'invoke_workflow', 'execute_tool']

/** What a resource may say for all its spans. */
const shared = ['agent', 'task', 'run'] as const
const isShared = (name: Name): name is (typeof shared)[number] =>
  shared.includes(name as (typeof shared)[number])
const wanted = new Set([
  ...Object.values(sources).flat(), ...writtenPlaces, 'gen_ai.operation.name', 'litellm.call_id',
])

type Name = keyof typeof sources
type Found = { value: unknown; pointer: string }

function readSpan(span: Span): Usage | InputError | null {
  const found: Partial<Record<Name, Found>> = {}
  for (const name of Object.keys(sources) as Name[]) found[name] = find(span, name)
  if (!found.input && !found.output) return null
  if (sums.includes(String(span.attributes.get('gen_ai.operation.name')))) return null
  const usage = readUsage(claimOf(span, found), {
    call_id: found.call_id?.pointer ?? '/spanId',
    model: found.model?.pointer ?? '/attributes/gen_ai.request.model',
    at: '/endTimeUnixNano',
    provider: found.provider?.pointer,
    input: found.input?.pointer,
    output: found.output?.pointer,
    cached_input: found.cached_input?.pointer,
    cost_usd: found.cost_usd?.pointer,
    agent: found.agent?.pointer, task: found.task?.pointer, run: found.run?.pointer,
  })
  return isUsage(usage) && isNothing(usage) ? null : usage
}

function claimOf(span: Span, found: Partial<Record<Name, Found>>): UsageClaim {
  const cost = found.cost_usd?.value
  return {
    call_id: callIdOf(found.call_id?.value, span.attributes.get('litellm.call_id') ?? span.id),
    provider: found.provider?.value,
    model: withoutProvider(found.model?.value, found.provider?.value),
    input: found.input?.value,
    output: found.output?.value,
    cached_input: found.cached_input?.value,
    // What has no price is reported at 0: that says nothing.
    cost_usd: Number(cost) === 0 ? null : cost,
    at: span.at,
    agent: found.agent?.value, task: found.task?.value, run: found.run?.value,
  }
}

/** By the first key that is there; blank text says nothing. */
function find({ attributes, resource }: Span, name: Name): Found | undefined {
  const isSaid = (value: unknown): boolean => value != null && value !== ''
  for (const key of sources[name]) {
    const own = attributes.get(key)
    if (isSaid(own)) return { value: own, pointer: `/attributes/${key}` }
    if (!isShared(name)) continue
    const written = key === `guildhall.${name}` ? writtenOf(attributes, name) : undefined
    if (written) return written
    const common = resource.get(key)
    if (isSaid(common)) return { value: common, pointer: `/resource/attributes/${key}` }
  }
  return undefined
}
