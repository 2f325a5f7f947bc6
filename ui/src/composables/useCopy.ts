/**
 * Copying text: by the clipboard where the browser lends it. Over plain http it does not; there a
 * field with the text in it is copied from.
 */
import { onScopeDispose, ref } from 'vue'
import { texts } from '../texts.ts'
import { toast } from './useToasts.ts'

const SHOWN_MS = 2000

function copyFromField(text: string): boolean {
  const before = document.activeElement as HTMLElement | null
  const field = document.createElement('textarea')
  field.value = text
  field.setAttribute('readonly', '')
  field.className = 'sr-only'
  // A dialog keeps the focus to itself: outside of it nothing can be selected.
  const holder = before?.closest('[role="dialog"]') ?? document.body
  holder.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  before?.focus()
  return isCopied
}

const write = async (text: string): Promise<boolean> =>
  await navigator.clipboard?.writeText(text).then(() => true, () => false)
  || copyFromField(text)

/** Copies, and says in a toast whether it did. */
export async function copyText(text: string, said: string = texts.words.copied): Promise<void> {
  const isCopied = await write(text)
  toast(isCopied ? said : texts.task.notCopied, { kind: isCopied ? 'good' : 'bad' })
}

/** Copies what an element shows, and says for a moment whether it did; if not, it is selected. */
export function useCopy() {
  const state = ref<'idle' | 'copied' | 'failed'>('idle')
  let timer: ReturnType<typeof setTimeout> | undefined
  async function copy(text: string, shown: Element | null): Promise<void> {
    clearTimeout(timer)
    state.value = await write(text) ? 'copied' : 'failed'
    if (state.value === 'failed' && shown) getSelection()?.selectAllChildren(shown)
    timer = setTimeout(() => { state.value = 'idle' }, SHOWN_MS)
  }
  onScopeDispose(() => clearTimeout(timer))
  return { state, copy }
}
