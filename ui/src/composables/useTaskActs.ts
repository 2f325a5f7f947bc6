/** Doing something with a task: shown at once, taken back with the server's reason when refused. */
import { computed, ref } from 'vue'
import type { Outcome, Status } from '../../../domain/tasks.ts'
import type { ActId } from '../components/task/law.ts'
import { actsOn, unblockers } from '../components/task/law.ts'
import type { Person } from '../components/task/person.ts'
import { texts } from '../texts.ts'
import { serverNow } from './useClock.ts'
import { send } from './useCommand.ts'
import type { PanelTask, useTask } from './useTask.ts'
import { toast } from './useToasts.ts'

export type Words = { reason?: string; outcome?: Outcome; output?: unknown }
type Expect = ReturnType<typeof useTask>['expect']

const given = ({ reason, outcome, output }: Words): Words => ({
  ...(reason?.trim() ? { reason: reason.trim() } : {}),
  ...(outcome ? { outcome } : {}),
  ...(output === undefined ? {} : { output }),
})

/** One command, by what the person chose. */
function command(id: ActId, key: string, words: Words) {
  const fields = { id: key, ...given(words) }
  if (id === 'claim') return send('task.claim', { id: key })
  if (id === 'release') return send('task.release', fields)
  if (id === 'complete') return send('task.complete', fields)
  return send('task.transition', { ...fields, to: id.slice('to:'.length) as Status })
}

/** How the task will look, as far as the page can tell. */
function expectation(id: ActId, person: Person): Partial<PanelTask> {
  const still = { waiting: null, leaseExpiresAt: null }
  if (id === 'claim') return { ...still, status: 'in_progress', assignee: person.handle }
  if (id === 'release') return { ...still, status: 'todo', assignee: null }
  if (id === 'complete') return { ...still, status: 'done' }
  return { ...still, status: id.slice('to:'.length) as Status }
}

export function useTaskActs(task: () => PanelTask, person: () => Person, expect: Expect) {
  const busy = ref<ActId | null>(null)
  const acts = computed(() => actsOn(task(), person(), new Date(serverNow()).toISOString()))
  const suggested = computed(() => unblockers(task(), acts.value))

  async function act(id: ActId, words: Words = {}): Promise<boolean> {
    if (busy.value) return false
    const { key } = task()
    busy.value = id
    const end = expect(expectation(id, person()))
    const outcome = await command(id, key, words)
    busy.value = null
    if (!outcome.ok) {
      end(null)
      const { message, hint } = outcome.failure
      toast(texts.task.refused(key, message), { kind: 'bad', hint })
      return false
    }
    const { body } = outcome
    const isPending = 'result' in body && body.result === 'pending'
    const answered = 'task' in body ? body.task : body
    end(isPending || !answered ? null : answered.version)
    if (isPending) toast(texts.task.held(key), { kind: 'plain' })
    return true
  }

  return { acts, suggested, busy, act }
}
