/** What every intake answers, and how it reads JSON of which nothing is known. */
import type { Usage } from '../../domain/usage.ts'

/** What was wrong: with the record at `index`, or (null) with the body as a whole. */
export type Reject = { index: number | null; pointer: string; message: string }
/** Per record: what was used, or why it was not taken. One record never fails another. */
export type Intake = { usages: Usage[]; rejects: Reject[] }

/** The most records in one body; LiteLLM sends 512 at most, OpenTelemetry exporters 512. */
export const MAX_RECORDS = 10_000

export const refuseBody = (message: string, pointer = ''): Intake =>
  ({ usages: [], rejects: [{ index: null, pointer, message }] })

export type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The part of a value at a path of names; undefined where there is none. */
export function partAt(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((at, name) =>
    (isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined), value)
}

/** The JSON in a text; undefined when it is none. JSON itself knows no undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `openai/gpt-4o-mini` of provider `openai` is `gpt-4o-mini`; what is no text stays as it is. */
export const withoutProvider = (model: unknown, provider: unknown): unknown =>
  (typeof model === 'string' && typeof provider === 'string' && model.startsWith(`${provider}/`)
    ? model.slice(provider.length + 1) : model)

/** Listing files and the like is reported as a call, too, and uses nothing. */
export const isNothing = ({ tokens, cost_usd_micros }: Usage): boolean =>
  tokens.input === 0 && tokens.output === 0 && !cost_usd_micros
