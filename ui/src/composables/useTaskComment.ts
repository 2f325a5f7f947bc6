/** A comment being written: kept until the server has it, sent once however often it is tried. */
import { computed } from 'vue'
import { errorAt, errorsOf, isPassing } from '../problem.ts'
import { texts } from '../texts.ts'
import { useCommand } from './useCommand.ts'
import { useDraft } from './useDraft.ts'

const NEAR_LIMIT = 60_000
const bytesOf = (text: string): number => new TextEncoder().encode(text).length

export function useTaskComment(task: () => { id: string; key: string }) {
  const { text, forget } = useDraft(() => `comment ${task().id}`)
  const { run, state, failure } = useCommand()
  const isSending = computed(() => state.value === 'loading')
  const error = computed(() => {
    if (!failure.value) return null
    const { message, hint } = failure.value
    const at = errorAt(errorsOf(failure.value), '/body')
    if (isPassing(failure.value)) return `${message} ${texts.task.comment.unknown}`
    return at ?? (hint ? `${message} ${hint}` : message)
  })
  /** Said only when it comes near the limit. */
  const bytes = computed(() => {
    const used = text.value.length * 3 < NEAR_LIMIT ? 0 : bytesOf(text.value)
    return used > NEAR_LIMIT ? texts.task.comment.bytes(used) : null
  })

  async function submit(): Promise<boolean> {
    const body = text.value
    if (isSending.value || !body.trim()) return false
    const outcome = await run('task.comment', { id: task().key, body })
    // What was typed while it was on its way is another comment.
    if (outcome.ok && text.value === body) forget()
    return outcome.ok
  }

  return { text, isSending, error, bytes, submit }
}
