/** Registering an agent as a form: text as it is typed, and what the server takes of it. Pure. */
import type { AgentRole, Mode, Proficiency } from '../../../../domain/agents.ts'
import type { AgentRegisterInput, KeyAlgorithm } from '../../../../sdk/generated/types.ts'
import type { Failure } from '../../problem.ts'
import { errorAt, errorsOf } from '../../problem.ts'

export type AgentForm = {
  handle: string
  name: string
  role: AgentRole
  /** Empty: what is usual for the role; the server knows. */
  mode: Mode | ''
  level: string
  model: string
  reports_to: string
  management_fee_pct: string
  capabilities: { tag: string; proficiency: Proficiency }[]
  alg: KeyAlgorithm
  public_key: string
  reason: string
}

export const emptyForm = (): AgentForm => ({
  handle: '', name: '', role: 'worker', mode: '', level: '', model: '', reports_to: '',
  management_fee_pct: '', capabilities: [], alg: 'hmac-sha256', public_key: '', reason: '',
})

/** What was kept of a form that was not sent; anything that is none is an empty one. */
export function formOf(kept: string): AgentForm {
  try {
    return { ...emptyForm(), ...JSON.parse(kept || '{}') as Partial<AgentForm> }
  } catch {
    return emptyForm()
  }
}

export const isEmpty = (form: AgentForm): boolean =>
  JSON.stringify(form) === JSON.stringify(emptyForm())

/** A number where it is one; other text goes as it is, for the server to say what is wrong. */
const numeric = (text: string): number =>
  (Number.isFinite(Number(text)) ? Number(text) : text as unknown as number)

/** Only what was filled in: the rest is the server's to choose. */
export function inputOf(form: AgentForm): AgentRegisterInput {
  const { handle, role, mode, level, management_fee_pct: fee, alg } = form
  const capabilities = form.capabilities.map(({ tag, proficiency }) =>
    ({ tag: tag.trim(), proficiency })).filter(({ tag }) => tag)
  const texts = Object.fromEntries((['name', 'model', 'reports_to', 'reason'] as const)
    .map((name) => [name, form[name].trim()] as const).filter(([, text]) => text))
  return {
    handle: handle.trim(), role, ...texts,
    ...(mode ? { mode } : {}),
    ...(level ? { level: numeric(level) } : {}),
    ...(fee.trim() ? { management_fee_pct: numeric(fee.trim()) } : {}),
    ...(capabilities.length ? { capabilities } : {}),
    ...keyInputOf(alg, form.public_key),
  }
}

export type KeyInput = { alg: KeyAlgorithm; public_key?: string }

/** One's own public half is for Ed25519 only. */
export function keyInputOf(alg: KeyAlgorithm, publicKey: string): KeyInput {
  const given = alg === 'ed25519' ? publicKey.trim() : ''
  return { alg, ...(given ? { public_key: given } : {}) }
}

/** Refusals without a pointer that are about one field all the same. */
const fieldOfCode: Record<string, string> = { duplicate: '/handle', not_found: '/reports_to' }

/** What is wrong with a field of these forms, in the server's words. */
export const fieldError = (failure: Failure | null, pointer: string): string | null =>
  (failure && fieldOfCode[failure.code] === pointer ? failure.message
    : errorAt(errorsOf(failure), pointer))

/** What concerns no field in particular. */
export const isGeneral = (failure: Failure): boolean =>
  !(failure.code in fieldOfCode) && !errorsOf(failure).length
