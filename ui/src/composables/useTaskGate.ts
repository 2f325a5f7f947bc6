/** Voting on the gate of a task, and withdrawing it. */
import { ref, shallowRef } from 'vue'
import type { Failure } from '../problem.ts'
import { texts } from '../texts.ts'
import { send } from './useCommand.ts'
import type { PanelTask } from './useTask.ts'
import { toast } from './useToasts.ts'

type Deed = 'approve' | 'deny' | 'withdraw'

export function useTaskGate(task: () => PanelTask, id: () => string, refresh: () => void) {
  const busy = ref<Deed | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const words = texts.task.gate

  /** Answers whether it is done. */
  async function run(deed: Deed, ask: () => ReturnType<typeof send<'gate.decide'>>) {
    if (busy.value) return null
    busy.value = deed
    failure.value = null
    const outcome = await ask()
    busy.value = null
    refresh()
    if (outcome.ok) return outcome.body
    failure.value = outcome.failure
    return null
  }

  async function decide(verdict: 'approve' | 'deny', comment: string): Promise<boolean> {
    const { key } = task()
    const gate = await run(verdict, () =>
      send('gate.decide', { id: id(), verdict, comment: comment.trim() || null }))
    if (!gate) return false
    const said = { approved: words.approved(key), denied: words.denied(key) } as
      Record<string, string>
    toast(said[gate.state] ?? words.voted(key), { kind: 'good' })
    return true
  }

  async function withdraw(): Promise<void> {
    const { key } = task()
    if (await run('withdraw', () => send('gate.cancel', { id: id() }))) {
      toast(words.withdrawn(key), { kind: 'good' })
    }
  }

  return { busy, failure, decide, withdraw }
}
