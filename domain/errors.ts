/**
 * The closed error catalogue: every refusal a caller can ever see, with its HTTP status.
 * An error that is not in here is a bug: generic outside (`internal`), loud inside.
 * Source: contract, "Errors". Refusals are values; only storage failures throw.
 */
export const catalogue = {
  invalid_input: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'No valid proof of identity' },
  signature_expired: { status: 401, title: 'The signature is too old or too new' },
  signature_replayed: { status: 401, title: 'The signature was used before' },
  insufficient_credits: { status: 402, title: 'Not enough credits' },
  budget_exceeded: { status: 402, title: 'A budget would be exceeded' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  invalid_transition: { status: 409, title: 'This move is not legal' },
  already_claimed: { status: 409, title: 'Someone else has it' },
  lease_lost: { status: 409, title: 'The lease was lost' },
  dependency_open: { status: 409, title: 'A prerequisite is still open' },
  gate_required: { status: 409, title: 'This needs an approval first' },
  gate_closed: { status: 409, title: 'The gate is closed' },
  hold_closed: { status: 409, title: 'The hold is closed' },
  limit_reached: { status: 409, title: 'A limit is reached' },
  self_approval: { status: 409, title: 'Nobody approves their own request' },
  lock_held: { status: 409, title: 'The lock is held' },
  cycle: { status: 409, title: 'This would close a cycle' },
  duplicate: { status: 409, title: 'It is already there' },
  risk_blocked: { status: 409, title: 'An open risk event blocks this' },
  version_conflict: { status: 412, title: 'It has changed since you read it' },
  payload_too_large: { status: 413, title: 'Too large' },
  unsupported_media_type: { status: 415, title: 'Only JSON is understood here' },
  idempotency_conflict: { status: 422, title: 'This idempotency key was used otherwise' },
  frozen: { status: 423, title: 'Frozen' },
  precondition_required: { status: 428, title: 'A precondition is missing' },
  rate_limited: { status: 429, title: 'Too much at once' },
  internal: { status: 500, title: 'A fault on our side' },
  storage_unavailable: { status: 503, title: 'The database does not answer in time' },
  engine_unavailable: { status: 503, title: 'The workflow engine does not answer' },
  outcome_unknown: { status: 504, title: 'The outcome is not known' },
} as const

export type ErrorCode = keyof typeof catalogue

/** A refusal as a value: its code, a sentence for people and the fields that its code carries. */
export type Refusal = {
  refused: ErrorCode
  detail: string
  hint?: string
  fields: Record<string, unknown>
}

/** One finding about a caller's input; `pointer` is a JSON Pointer into what was sent. */
export type InputError = { pointer: string; message: string }

export function refuse(
  refused: ErrorCode, detail: string, fields: Record<string, unknown> = {}, hint?: string,
): Refusal {
  return { refused, detail, fields, ...(hint === undefined ? {} : { hint }) }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && 'fields' in value
}

/** Refuses a single field; `pointer` such as `/due_at`. */
export function refuseField(pointer: string, message: string): Refusal {
  return refuse('invalid_input', message, { errors: [{ pointer, message }] satisfies InputError[] })
}

/** A problem as it travels: `application/problem+json`, GraphQL extensions, a tool's error. */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  instance: string
  code: ErrorCode
  hint: string | null
  [field: string]: unknown
}

/** Renders a refusal for a caller; `instance` names the request, such as `urn:request:<id>`. */
export function problemOf(refusal: Refusal, instance: string): Problem {
  const { status, title } = catalogue[refusal.refused]
  return {
    type: `urn:guildhall:error:${refusal.refused}`,
    title, status, detail: refusal.detail, instance,
    code: refusal.refused,
    hint: refusal.hint ?? null,
    ...refusal.fields,
  }
}
