/**
 * Editing a task that others may edit, too. Only what was changed here is sent, for the version it
 * was read at. Where somebody was quicker: what nobody else touched is applied to the newer version
 * at once; where both changed the same, the newer is shown beside the own, and the person chooses.
 */
import { computed, ref, watch } from 'vue'
import type { FieldError, FieldName, TaskForm } from '../components/task/form.ts'
import {
  changedFields, copyOf, errorAt, formOf, same, tidied, updateInput,
} from '../components/task/form.ts'
import { read } from '../graphql/client.ts'
import { graphql } from '../graphql/graphql.ts'
import type { Failure } from '../problem.ts'
import { useCommand } from './useCommand.ts'
import { useDraft } from './useDraft.ts'
import type { PanelTask } from './useTask.ts'
import { errorsOf, jsonErrors } from './useTaskForm.ts'

const newest = graphql(`
  query TaskNewest($id: ID!) {
    task(id: $id) {
      version title description priority tags minTrust dueAt estimate reward input
      requiredCapabilities { tag proficiency }
      history(limit: 20) { items { type occurredAt actor { handle } } }
    }
  }
`)

type Read = { version: number; form: TaskForm }
type Kept = { read: Read; form: TaskForm }
export type Conflict = {
  version: number
  /** Who edited it last, and when; null where that is not among its latest events. */
  by: string | null
  at: string | null
  fields: {
    name: FieldName
    theirs: TaskForm[FieldName]
    mine: TaskForm[FieldName]
    isTaken: boolean
  }[]
}

const MAX_ROUNDS = 3

function keptIn(text: string): Kept | null {
  try {
    return text ? JSON.parse(text) as Kept : null
  } catch {
    return null
  }
}

export function useTaskEdit(task: PanelTask) {
  const { run } = useCommand()
  const { text, forget } = useDraft(() => `task ${task.id} edit`)
  const kept = keptIn(text.value)
  const base = ref<Read>(kept?.read ?? { version: task.version, form: formOf(task) })
  const form = ref<TaskForm>(kept?.form ?? formOf(task))
  const wasKept = ref(kept !== null)
  const wrong = ref<FieldError[]>([])
  const failure = ref<Failure | null>(null)
  const conflict = ref<Conflict | null>(null)
  const isBusy = ref(false)
  const changed = computed(() => changedFields(base.value.form, form.value))

  watch([form, base], () => {
    text.value = changed.value.length
      ? JSON.stringify({ read: base.value, form: form.value } satisfies Kept) : ''
  }, { deep: true })

  /** Takes over what is newer; answers whether both sides changed the same. */
  async function rebase(): Promise<boolean> {
    const answer = await read(newest, { id: task.id })
    const now = answer.data?.task
    if (!now) {
      if (!answer.ok) failure.value = answer.failure
      return true
    }
    const theirs = formOf(now)
    const mine = changed.value
    const both = mine.filter((name) =>
      !same(theirs[name], base.value.form[name]) && !same(theirs[name], form.value[name]))
    const own = Object.fromEntries(mine.map((name) => [name, form.value[name]]))
    base.value = { version: now.version, form: theirs }
    form.value = { ...copyOf(theirs), ...own }
    const edit = now.history?.items.find(({ type }) => type === 'task.updated')
    conflict.value = both.length ? {
      version: now.version, by: edit?.actor.handle ?? null, at: edit?.occurredAt ?? null,
      fields: both.map((name) =>
        ({ name, theirs: theirs[name], mine: form.value[name], isTaken: false })),
    } : null
    return both.length > 0
  }

  async function send(): Promise<boolean> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (!changed.value.length) return true
      const outcome = await run('task.update',
        { ...updateInput(form.value, changed.value), id: task.key },
        { ifMatch: base.value.version })
      if (outcome.ok) return true
      failure.value = outcome.failure
      wrong.value = errorsOf(outcome.failure)
      if (outcome.failure.code !== 'version_conflict' || await rebase()) return false
      failure.value = null
    }
    return false
  }

  /** Answers whether the task now says what the form says. */
  async function submit(): Promise<boolean> {
    if (isBusy.value) return false
    form.value = tidied(form.value)
    wrong.value = jsonErrors(form.value)
    failure.value = null
    if (wrong.value.length) return false
    isBusy.value = true
    const isDone = await send()
    isBusy.value = false
    if (isDone) {
      conflict.value = null
      forget()
    }
    return isDone
  }

  /** Which of both it is to be is the person's to say: theirs, or the own again. */
  function choose(name: FieldName, isTaken: boolean): void {
    const field = conflict.value?.fields.find((one) => one.name === name)
    if (!field) return
    if (isTaken) field.mine = form.value[name]
    field.isTaken = isTaken
    form.value = { ...form.value, [name]: copyOf(isTaken ? field.theirs : field.mine) }
  }
  const take = (name: FieldName): void => choose(name, true)
  const keep = (name: FieldName): void => choose(name, false)

  function reset(): void {
    form.value = formOf(task)
    base.value = { version: task.version, form: formOf(task) }
    conflict.value = failure.value = null
    wrong.value = []
    wasKept.value = false
    forget()
  }

  const at = (pointer: string): string | null => errorAt(wrong.value, pointer)
  return { form, wasKept, isBusy, failure, conflict, changed, wrong, at, submit, take, keep, reset }
}
