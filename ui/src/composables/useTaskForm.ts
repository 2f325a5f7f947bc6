/** Making a task: what is typed is kept in this tab until it was sent, whatever happens between. */
import { computed, ref, watch } from 'vue'
import type { TaskForm } from '../components/task/form.ts'
import { createInput, emptyForm, readJson, same, tidied } from '../components/task/form.ts'
import type { Failure, FieldError } from '../problem.ts'
import { errorAt, errorsOf } from '../problem.ts'
import { useCommand } from './useCommand.ts'
import { useDraft } from './useDraft.ts'

/** Text in a JSON field that is none cannot be sent: said here, in the browser's words. */
export function jsonErrors({ input }: TaskForm): FieldError[] {
  const read = readJson(input)
  return read.ok ? [] : [{ pointer: '/input', message: read.message }]
}

function restored(text: string): Partial<TaskForm> {
  try {
    return JSON.parse(text || '{}') as Partial<TaskForm>
  } catch {
    return {}
  }
}

/** `name` names the draft; `start` is what is filled in already. */
export function useTaskForm(name: () => string, start: () => Partial<TaskForm>) {
  const { run, state } = useCommand()
  const { text, forget } = useDraft(name)
  const begin = (): TaskForm => ({ ...emptyForm(), ...start() })
  const form = ref<TaskForm>({ ...begin(), ...restored(text.value) })
  const wasKept = ref(text.value !== '')
  const wrong = ref<FieldError[]>([])
  const refusal = ref<Failure | null>(null)

  watch(form, (now) => {
    text.value = same(now, begin()) ? '' : JSON.stringify(now)
  }, { deep: true })

  function reset(): void {
    form.value = begin()
    forget()
    wasKept.value = false
    wrong.value = []
    refusal.value = null
  }

  /** The key of the new task; null when it was not made. */
  async function submit(): Promise<string | null> {
    if (state.value === 'loading') return null
    form.value = tidied(form.value)
    wrong.value = jsonErrors(form.value)
    refusal.value = null
    if (wrong.value.length) return null
    const outcome = await run('task.create', createInput(form.value))
    if (outcome.ok) {
      reset()
      return outcome.body.key
    }
    wrong.value = errorsOf(outcome.failure)
    refusal.value = outcome.failure
    return null
  }

  const isBusy = computed(() => state.value === 'loading')
  const at = (pointer: string): string | null => errorAt(wrong.value, pointer)
  return { form, wasKept, isBusy, failure: refusal, at, wrong, submit, reset }
}
