/** Copying text. Over plain http browsers have no clipboard for pages; there is an older way. */
import { texts } from '../texts.ts'
import { toast } from './useToasts.ts'

function copyTheOldWay(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.setAttribute('readonly', '')
  field.className = 'sr-only'
  const holder = document.activeElement?.closest('[role="dialog"]') ?? document.body
  holder.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  return isCopied
}

export async function copyText(text: string, said: string = texts.words.copied): Promise<void> {
  const before = document.activeElement as HTMLElement | null
  let isCopied = false
  try {
    await navigator.clipboard.writeText(text)
    isCopied = true
  } catch {
    isCopied = copyTheOldWay(text)
    before?.focus()
  }
  toast(isCopied ? said : texts.task.notCopied, { kind: isCopied ? 'good' : 'bad' })
}
