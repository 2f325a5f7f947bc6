/**
 * Editing a task that others may edit, too. Only what was changed here is sent, for the version it
 * was read at. Where somebody was quicker: what nobody else touched is applied to the newer version
 * at once; where both changed the same, the newer is shown beside the own, and the person chooses.
 */
import { computed, ref, watch } from 'vue'
import type { FieldName, TaskForm } from '../components/task/form.ts'
import {
  changedFields, copyOf, formOf, rebased, tidied, updateInput,
} from '../components/task/form.ts'
import { read } from '../graphql/client.ts'
import { graphql } from '../graphql/graphql.ts'
import type { Failure, FieldError } from '../problem.ts'
import { errorAt, errorsOf } from '../problem.ts'
import { useCommand } from './useCommand.ts'
import { useDraft } from './useDraft.ts'
import type { PanelTask } from './useTask.ts'
import { jsonErrors } from './useTaskForm.ts'

const newest = graphql(`
  query TaskNewest($id: ID!) {
    task(id: $id) {
      version title description priority workstream tags minTrust dueAt estimate reward input
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

type Newest = Read & Pick<Conflict, 'by' | 'at'>

async function readNewest(id: string): Promise<Newest | Failure | null> {
  const answer = await read(newest, { id })
  const task = answer.data?.task
  if (!task) return answer.ok ? null : answer.failure
  const edit = task.history?.items.find(({ type }) => type === 'task.updated')
  return {
    version: task.version, form: formOf(task), by: edit?.actor.handle ?? null,
    at: edit?.occurredAt ?? null,
  }
}

const conflictOf = (now: Newest, form: TaskForm, both: FieldName[]): Conflict => ({
  version: now.version, by: now.by, at: now.at,
  fields: both.map((name) =>
    ({ name, theirs: now.form[name], mine: form[name], isTaken: false })),
})

/** What is typed and what it was read from, kept in this tab. */
function useKeptEdit(task: PanelTask) {
  const { text, forget } = useDraft(() => `task ${task.id} edit`)
  const kept = keptIn(text.value)
  const fresh = (): Read => ({ version: task.version, form: formOf(task) })
  const base = ref<Read>(kept?.read ?? fresh())
  const form = ref<TaskForm>(kept?.form ?? formOf(task))
  const wasKept = ref(kept !== null)
  const changed = computed(() => changedFields(base.value.form, form.value))

  watch([form, base], () => {
    text.value = changed.value.length
      ? JSON.stringify({ read: base.value, form: form.value } satisfies Kept) : ''
  }, { deep: true })

  function reset(): void {
    form.value = formOf(task)
    base.value = fresh()
    wasKept.value = false
    forget()
  }
  return { base, form, wasKept, changed, forget, reset }
}

export function useTaskEdit(task: PanelTask) {
  const { run } = useCommand()
  const { base, form, wasKept, changed, forget, reset: begin } = useKeptEdit(task)
  const wrong = ref<FieldError[]>([])
  const failure = ref<Failure | null>(null)
  const conflict = ref<Conflict | null>(null)
  const isBusy = ref(false)

  /** Takes over what is newer; answers whether all of one's own fits on it. */
  async function rebase(): Promise<boolean> {
    const now = await readNewest(task.id)
    if (!now || 'code' in now) {
      failure.value = now
      return false
    }
    const { form: merged, both } = rebased(base.value.form, form.value, now.form)
    base.value = { version: now.version, form: now.form }
    form.value = merged
    conflict.value = both.length ? conflictOf(now, merged, both) : null
    return !both.length
  }

  async function send(): Promise<boolean> {
    for (let round = 0; round < MAX_ROUNDS && changed.value.length; round++) {
      failure.value = null
      const outcome = await run('task.update',
        { ...updateInput(form.value, changed.value), id: task.key },
        { ifMatch: base.value.version })
      if (outcome.ok) return true
      failure.value = outcome.failure
      wrong.value = errorsOf(outcome.failure)
      if (outcome.failure.code !== 'version_conflict' || !await rebase()) return false
    }
    return !changed.value.length
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
    if (isDone) forget()
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

  function reset(): void {
    begin()
    conflict.value = failure.value = null
    wrong.value = []
  }

  const at = (pointer: string) => errorAt(wrong.value, pointer)
  return { form, wasKept, isBusy, failure, conflict, at, submit, choose, reset }
}
