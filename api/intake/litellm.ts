/**
 * LiteLLM's generic callback (`generic_api`): its StandardLoggingPayload as one object, as a JSON
 * array (its default) or as lines of JSON, all sent as `application/json`. What it really sends
 * is kept in test/fixtures/litellm and can be captured anew with test/harness/litellm.
 *
 * Call id: `id`, the provider's response id, the same in every repetition and in OpenTelemetry's
 * `gen_ai.response.id`; too short ones, which are not unique, yield to `litellm_call_id`.
 *
 * Agent, task and run are `guildhall_agent`, `guildhall_task` and `guildhall_run`, in this order:
 * 1. in the metadata of the virtual key (set by whoever made the key: a caller cannot change it),
 * 2. in the request's `metadata` or its `spend_logs_metadata` (also by header),
 * 3. in its tags, as `guildhall_agent:builder`;
 * else the agent is the key's alias, else the request's `user`.
 */
import type { InputError } from '../../domain/errors.ts'
import type { Usage, UsagePointers } from '../../domain/usage.ts'
import { MAX_NAME, callIdOf, isUsage, readUsage } from '../../domain/usage.ts'
import type { Intake, Json } from './records.ts'
import {
  MAX_RECORDS, isNothing, isObject, parseJson, partAt, refuseBody, withoutProvider,
} from './records.ts'

/** Reads a body. Failed calls and answers from LiteLLM's cache cost nothing: they are no usage. */
export function readLitellm(body: string): Intake {
  const records = recordsOf(body)
  if (!records) return refuseBody('Give JSON: an object, an array of them, or one a line')
  if (records.length > MAX_RECORDS) return refuseBody(`At most ${MAX_RECORDS} records at once`)
  const intake: Intake = { usages: [], rejects: [] }
  records.forEach((record, index) => {
    const usage = readRecord(record)
    if (!usage) return
    if (isUsage(usage)) intake.usages.push(usage)
    else intake.rejects.push({ index, ...usage })
  })
  return intake
}

/** The records in a body; a line that is no JSON is undefined. Null when nothing is JSON. */
function recordsOf(body: string): unknown[] | null {
  const whole = parseJson(body)
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole]
  const lines = body.split('\n').filter((line) => line.trim() !== '')
  if (lines.length > MAX_RECORDS) return lines
  const records = lines.map(parseJson)
  return records.some(isObject) ? records : null
}

/** One record: its usage, what is wrong with it, or null when there is nothing to charge. */
function readRecord(record: unknown): Usage | InputError | null {
  if (!isObject(record)) return { pointer: '', message: 'Give an object' }
  const { status } = record
  if (status === 'failure' || record.cache_hit === true) return null
  if (status !== 'success') return { pointer: '/status', message: 'Is success or failure' }
  const names = namesOf(record)
  const usage = readUsage({
    call_id: callIdOf(record.id, record.litellm_call_id),
    provider: record.custom_llm_provider,
    // LiteLLM puts the provider in front: `openai/gpt-4o-mini`.
    model: withoutProvider(record.model, record.custom_llm_provider),
    input: record.prompt_tokens,
    output: record.completion_tokens,
    cached_input: cachedOf(record),
    cost_usd: costOf(record),
    at: millisecondsOf(record.endTime),
    agent: names.agent?.value, task: names.task?.value, run: names.run?.value,
  }, {
    ...pointers,
    agent: names.agent?.pointer, task: names.task?.pointer, run: names.run?.pointer,
  })
  return isUsage(usage) && isNothing(usage) ? null : usage
}

const pointers: UsagePointers = {
  call_id: '/id', provider: '/custom_llm_provider', model: '/model', input: '/prompt_tokens',
  output: '/completion_tokens', cached_input: '/metadata/usage_object', at: '/endTime',
  cost_usd: '/response_cost',
}

/** Counted within `prompt_tokens`, for every provider. */
function cachedOf(record: Json): unknown {
  const usage = partAt(record, 'metadata', 'usage_object')
  return partAt(usage, 'prompt_tokens_details', 'cached_tokens')
    ?? partAt(usage, 'cache_read_input_tokens')
}

/** LiteLLM writes 0 for a model whose price it does not know: that says nothing. */
const costOf = ({ response_cost: cost }: Json): unknown => (cost === 0 ? null : cost)

/** LiteLLM's instants are seconds since 1970, with a fraction. */
const millisecondsOf = (seconds: unknown): unknown =>
  (typeof seconds === 'number' ? Math.floor(seconds * 1000) : seconds)

type Found = { value: unknown; pointer: string }
type Name = 'agent' | 'task' | 'run'

const places = [
  ['metadata', 'user_api_key_auth_metadata'],
  ['metadata', 'requester_metadata'],
  ['metadata', 'spend_logs_metadata'],
]

const namesOf = (record: Json): Record<Name, Found | undefined> => ({
  agent: saidOf(record, 'agent') ?? ownerOf(record),
  task: saidOf(record, 'task'),
  run: saidOf(record, 'run'),
})

/** What was said for us; the first place that names it counts. */
function saidOf(record: Json, name: Name): Found | undefined {
  for (const place of places) {
    const value = partAt(record, ...place, `guildhall_${name}`)
    if (value != null) return { value, pointer: `/${place.join('/')}/guildhall_${name}` }
  }
  const tags = Array.isArray(record.request_tags) ? record.request_tags : []
  const prefix = `guildhall_${name}:`
  const tag = tags.find((one) => typeof one === 'string' && one.startsWith(prefix))
  return tag && { value: tag.slice(prefix.length), pointer: '/request_tags' }
}

/** Whose key or whose request it was. Not said for us: what does not fit a name is passed over. */
function ownerOf(record: Json): Found | undefined {
  const found: Found[] = [
    {
      value: partAt(record, 'metadata', 'user_api_key_alias'),
      pointer: '/metadata/user_api_key_alias',
    },
    { value: record.end_user, pointer: '/end_user' },
  ]
  return found.find(({ value }) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= MAX_NAME)
}
