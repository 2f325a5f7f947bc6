/** Registering an agent: what was typed stays until it was sent; the secret is kept nowhere. */
import { computed, ref, shallowRef, watch } from 'vue'
import { emptyForm, formOf, inputOf, isEmpty } from '../components/agents/form.ts'
import type { Shown } from './useCredentials.ts'
import { useCommand } from './useCommand.ts'
import { useDraft } from './useDraft.ts'

export function useRegistering() {
  const { run, state, failure } = useCommand()
  const { text, forget } = useDraft(() => 'agent.register')
  const form = ref(formOf(text.value))
  const wasKept = ref(text.value !== '')
  const registered = shallowRef<Shown | null>(null)
  watch(form, (now) => {
    if (isEmpty(now)) forget()
    else text.value = JSON.stringify(now)
  }, { deep: true })

  async function submit(): Promise<void> {
    const { public_key: ownKey } = form.value
    const outcome = await run('agent.register', inputOf(form.value))
    if (!outcome.ok) return
    const { agent: { handle }, key } = outcome.body
    registered.value = { handle, key, isOwnKey: ownKey.trim() !== '' && key.alg === 'ed25519' }
    clear()
  }
  function clear(): void {
    form.value = emptyForm()
    wasKept.value = false
  }
  const isBusy = computed(() => state.value === 'loading')
  const done = (): void => { registered.value = null }
  return { form, registered, isBusy, failure, wasKept, submit, clear, done }
}
