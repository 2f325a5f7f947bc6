/**
 * Shapes that many operations share. Inputs may transform (credits become micro-credits as text);
 * outputs never do. Every object and enum has an id: GraphQL and the SDK name their types by it.
 */
import { z } from 'zod'
import { agentRoles, agentStatuses, modes, proficiencies } from '../domain/agents.ts'
import { formatCredits, parseCredits } from '../domain/credits.ts'
import { gateStates, verdicts } from '../domain/gates.ts'
import { denyRules, expiryRules } from '../domain/policies.ts'
import { outcomes, priorities, statuses } from '../domain/tasks.ts'

/** The words of the domain; one instance each, so that every surface names them alike. */
export const Status = z.enum(statuses).meta({ id: 'Status' })
export const Outcome = z.enum(outcomes).meta({ id: 'Outcome' })
export const Priority = z.enum(priorities).meta({ id: 'Priority' })
export const Proficiency = z.enum(proficiencies).meta({ id: 'Proficiency' })
export const AgentRole = z.enum(agentRoles).meta({ id: 'AgentRole' })
export const Mode = z.enum(modes).meta({ id: 'Mode' })
export const AgentStatus = z.enum(agentStatuses).meta({ id: 'AgentStatus' })
export const GateState = z.enum(gateStates).meta({ id: 'GateState' })
export const Verdict = z.enum(verdicts).meta({ id: 'Verdict' })
export const DenyRule = z.enum(denyRules).meta({ id: 'DenyRule' })
export const ExpiryRule = z.enum(expiryRules).meta({ id: 'ExpiryRule' })
export const Stream = z.enum(['activity', 'ledger']).meta({ id: 'Stream' })
export const Severity = z.enum(['info', 'warning', 'alert']).meta({ id: 'Severity' })

/** An id or a human name: a UUID, a task key such as `TASK-42`, a handle. */
export const Ref = z.string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/, 'An id, a key or a handle')
  .meta({ description: 'An id, a key or a handle' })

export const Handle = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/,
  'Lower-case letters, digits, - and _, at most 63')

export const Reason = z.string().max(500)
  .meta({ description: 'Why; kept in the event (at most 500 characters)' })

const KIB = 1024
const bytesOf = (text: string): number => new TextEncoder().encode(text).length

/** Text measured in bytes, as it is stored. */
export const textUpTo = (kib: number) => z.string()
  .refine((text) => bytesOf(text) <= kib * KIB, `At most ${kib} KiB`)

export const Title = z.string().trim().min(1, 'A title says something').max(200)

/** Any JSON value up to 256 KiB; larger things go by reference. */
export const Json = z.unknown()
  .refine((value) => bytesOf(JSON.stringify(value) ?? '') <= 256 * KIB, 'At most 256 KiB of JSON')
  .meta({ id: 'Json', description: 'Any JSON value' })

/** An instant; any offset is read, UTC is stored. */
export const InstantInput = z.iso.datetime({ offset: true })
  .transform((text) => new Date(text).toISOString())
  .meta({ id: 'InstantInput', description: 'RFC 3339, such as 2026-11-21T09:30:00Z' })

export const Instant = z.iso.datetime().meta({ id: 'Instant', description: 'UTC, RFC 3339' })

/** Credits as sent: a decimal string or a number; becomes micro-credits as text. */
const amount = (accepts: (micros: bigint) => boolean, message: string) =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    const micros = parseCredits(value)
    if (micros === null || !accepts(micros)) {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    return micros.toString()
  })

export const CreditsInput = amount((micros) => micros > 0n,
  'Credits above 0 with at most 6 decimals, such as "12.5"')
  .meta({ id: 'CreditsInput', description: 'Credits above 0, such as "12.5"' })

export const CreditsOrZeroInput = amount((micros) => micros >= 0n,
  'Credits of 0 or more with at most 6 decimals, such as "12.5"')
  .meta({ id: 'CreditsOrZeroInput', description: 'Credits of 0 or more, such as "12.5"' })

export const SignedCreditsInput = amount((micros) => micros !== 0n,
  'Credits other than 0 with at most 6 decimals, such as "-12.5"')
  .meta({ id: 'SignedCreditsInput', description: 'Credits other than 0, such as "-12.5"' })

/** Credits as a setting: stays a decimal string. */
export const RateInput = CreditsOrZeroInput
  .transform((micros) => formatCredits(BigInt(micros)))
  .meta({ id: 'RateInput', description: 'Credits, such as "25"' })

export const RateName = z.string()
  .regex(/^[a-z0-9_.-]{1,64}$/, 'Lower-case letters, digits and _ . -, such as task.done')
  .meta({ description: 'Such as task.done or webhook.ci' })

export const Credits = z.string().regex(/^-?\d+(\.\d{1,6})?$/)
  .meta({ id: 'Credits', description: 'Credits as a decimal string, such as "12.5"' })

export const Limit = z.int().min(1).max(1000).default(50)
  .meta({ description: 'How many at most (1…1000)' })

export const paging = {
  limit: Limit.optional(),
  cursor: z.string().max(200).optional().meta({ description: 'From next_cursor' }),
}

/** `{items, next_cursor}`; the cursor is opaque and null at the end. */
export const pageOf = (item: z.ZodType, id: string) => z.object({
  items: z.array(item),
  next_cursor: z.string().nullable(),
}).meta({ id })

export const Tag = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._:/-]{0,63}$/u,
  'Letters, digits and . _ : / -, at most 64')

/** What a task needs of who works on it. */
export const RequiredCapability = z.object({ tag: z.string(), proficiency: Proficiency.nullable() })
  .meta({ id: 'RequiredCapability' })
export const RequiredCapabilityInput = z.union([
  Tag, z.strictObject({ tag: Tag, proficiency: Proficiency }),
]).transform((entry) => (typeof entry === 'string' ? { tag: entry, proficiency: null } : entry))
  .meta({ id: 'RequiredCapabilityInput', description: 'A tag, or {tag, proficiency}' })

/** Where a task belongs. */
export const WorkstreamRef = Ref.meta({
  id: 'WorkstreamRef',
  description: 'A name or an id; null for none. Left out, a subtask is where its parent is',
})
