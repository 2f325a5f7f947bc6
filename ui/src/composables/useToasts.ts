/** Short words about what just happened; read aloud, and gone after a while. */
import { readonly, ref } from 'vue'

export type Toast = {
  id: number
  kind: 'good' | 'bad' | 'plain'
  text: string
  hint: string | null
}

const STAY_MS = { good: 4000, plain: 5000, bad: 9000 }
const MAX_SHOWN = 4

const toasts = ref<Toast[]>([])
let last = 0

export function toast(
  text: string, { kind = 'plain', hint = null }: Partial<Pick<Toast, 'kind' | 'hint'>> = {},
): void {
  const id = ++last
  toasts.value = [...toasts.value, { id, kind, text, hint }].slice(-MAX_SHOWN)
  setTimeout(() => dismiss(id), STAY_MS[kind])
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id)
}

export const useToasts = () => ({ toasts: readonly(toasts), toast, dismiss })
