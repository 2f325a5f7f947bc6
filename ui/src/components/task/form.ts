/**
 * A task as a form: everything as it is typed, and back to what the api takes. What does not fit is
 * sent as it was typed, so that the server says what is wrong. Pure.
 */
import type {
  DenyRule, ExpiryRule, TaskCreateInput, TaskUpdateInput,
} from '../../../../sdk/generated/types.ts'
import type { Proficiency } from '../../../../domain/agents.ts'
import type { Priority, Status } from '../../../../domain/tasks.ts'

export type CapabilityRow = { tag: string; proficiency: Proficiency | '' }
export type GateRow = {
  to: Status
  approvers: string[]
  quorum: string
  deny: DenyRule | ''
  four_eyes: boolean
  hours: string
  on_expiry: ExpiryRule | ''
}

/** Named like the fields of the api, whose errors point at them. */
export type TaskForm = {
  title: string
  description: string
  status: 'backlog' | 'todo'
  priority: Priority
  assignee: string
  parent: string
  workstream: string
  tags: string[]
  required_capabilities: CapabilityRow[]
  min_trust: string
  /** As in a field for local date and time. */
  due_at: string
  estimate: string
  reward: string
  /** JSON as text. */
  input: string
  gates: GateRow[]
}
export type FieldName = keyof TaskForm

export const emptyForm = (): TaskForm => ({
  title: '', description: '', status: 'backlog', priority: 'normal', assignee: '', parent: '',
  workstream: '', tags: [], required_capabilities: [], min_trust: '', due_at: '', estimate: '',
  reward: '', input: '', gates: [],
})

export const emptyGate = (): GateRow => ({
  to: 'done', approvers: ['role:operator'], quorum: '1', deny: 'first', four_eyes: false,
  hours: '', on_expiry: 'deny',
})

/** What a form is filled from. */
export type Editable = {
  title: string
  description: string
  priority: Priority
  workstream: string | null
  tags: string[]
  requiredCapabilities: { tag: string; proficiency: Proficiency | null }[]
  minTrust: number | null
  dueAt: string | null
  estimate: number | null
  reward: string | null
  input: unknown
}

export const formOf = (task: Editable): TaskForm => ({
  ...emptyForm(),
  title: task.title, description: task.description, priority: task.priority,
  workstream: task.workstream ?? '', tags: [...task.tags],
  required_capabilities: task.requiredCapabilities
    .map(({ tag, proficiency }) => ({ tag, proficiency: proficiency ?? '' })),
  min_trust: String(task.minTrust ?? ''), due_at: localOf(task.dueAt),
  estimate: String(task.estimate ?? ''), reward: task.reward ?? '',
  input: task.input === null || task.input === undefined ? '' : JSON.stringify(task.input, null, 2),
})

/** What can be changed after a task was made. */
export const editableFields = [
  'title', 'description', 'priority', 'workstream', 'tags', 'required_capabilities', 'min_trust',
  'due_at', 'estimate', 'reward', 'input',
] as const satisfies readonly FieldName[]

/** An instant as a field for local date and time shows it: `2026-11-21T10:30`. */
export function localOf(instant: string | null): string {
  if (!instant) return ''
  const at = new Date(instant)
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return Number.isNaN(local.getTime()) ? '' : local.toISOString().slice(0, 16)
}

function instantOf(local: string): string | null {
  if (!local) return null
  const at = new Date(local)
  return Number.isNaN(at.getTime()) ? local : at.toISOString()
}

/** A number, or the text itself for the server to refuse. */
function numberOf(text: string): number | string | null {
  const typed = text.trim()
  if (!typed) return null
  const number = Number(typed)
  return Number.isFinite(number) ? number : typed
}

export type Json = { ok: true; value: unknown } | { ok: false; message: string }

/** Nothing typed is null. */
export function readJson(text: string): Json {
  if (!text.trim()) return { ok: true, value: null }
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    return { ok: false, message: (error as Error).message }
  }
}

const secondsOf = (hours: number | string): number | string =>
  (typeof hours === 'number' ? Math.round(hours * 3600) : hours)

function gateInput({ to, approvers, quorum, deny, four_eyes, hours, on_expiry }: GateRow) {
  const ttl = numberOf(hours)
  const least = numberOf(quorum)
  return {
    to,
    policy: {
      ...(approvers.length ? { approvers } : {}),
      ...(least === null ? {} : { quorum: least }),
      ...(deny ? { deny } : {}),
      ...(on_expiry ? { on_expiry } : {}),
      ...(ttl === null ? {} : { ttl_seconds: secondsOf(ttl) }),
      four_eyes,
    },
  }
}

const writers: { [Name in FieldName]: (value: TaskForm[Name]) => unknown } = {
  title: (text) => text,
  description: (text) => text,
  status: (value) => value,
  priority: (value) => value,
  assignee: (text) => text.trim(),
  parent: (text) => text.trim(),
  workstream: (name) => name || null,
  tags: (list) => list,
  required_capabilities: (rows) =>
    rows.map(({ tag, proficiency }) => (proficiency ? { tag, proficiency } : tag)),
  min_trust: numberOf,
  due_at: instantOf,
  estimate: numberOf,
  reward: (text) => text.trim() || null,
  input: (text) => {
    const read = readJson(text)
    return read.ok ? read.value : text
  },
  gates: (rows) => rows.map(gateInput),
}

const write = (name: FieldName, form: TaskForm): unknown =>
  (writers[name] as (value: unknown) => unknown)(form[name])

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

export const copyOf = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value

/** Rows that were added and left empty are nothing. */
export function tidied(form: TaskForm): TaskForm {
  return {
    ...form,
    required_capabilities: form.required_capabilities.filter(({ tag }) => tag.trim())
      .map((row) => ({ ...row, tag: row.tag.trim() })),
  }
}

/** The title, and everything that somebody filled in. */
export function createInput(form: TaskForm): TaskCreateInput {
  const empty = emptyForm()
  const names = (Object.keys(writers) as FieldName[])
    .filter((name) => name === 'title' || !same(form[name], empty[name]))
  return Object.fromEntries(names.map((name) => [name, write(name, form)])) as TaskCreateInput
}

/** The names of the fields that somebody edited. */
export const changedFields = (base: TaskForm, form: TaskForm): FieldName[] =>
  editableFields.filter((name) => !same(base[name], form[name]))

/** What was edited here, over what is there now; `both`: fields that both changed, differently. */
export function rebased(
  base: TaskForm, form: TaskForm, theirs: TaskForm,
): { form: TaskForm; both: FieldName[] } {
  const mine = changedFields(base, form)
  const own = Object.fromEntries(mine.map((name) => [name, form[name]]))
  return {
    form: { ...copyOf(theirs), ...own },
    both: mine.filter((name) =>
      !same(theirs[name], base[name]) && !same(theirs[name], form[name])),
  }
}

export const updateInput = (form: TaskForm, names: readonly FieldName[]): TaskUpdateInput =>
  Object.fromEntries(names.map((name) => [name, write(name, form)])) as TaskUpdateInput
