/** What events name is read again: soon, together, and until an answer came. */
import { onScopeDispose } from 'vue'
import { MAX_NAMED } from '../components/board/cards.ts'
import { useEvents } from './useEvents.ts'

/** Events of one moment are one question. */
const GATHER_MS = 60
const RETRY_MS = 3000

export function useBoardLive(refetch: (ids: readonly string[]) => Promise<boolean>) {
  const named = new Set<string>()
  let isBusy = false
  let timer: ReturnType<typeof setTimeout> | undefined

  async function read(ids: string[]): Promise<boolean> {
    for (const id of ids) named.delete(id)
    if (!ids.length) return true
    const isRead = await refetch(ids)
    if (!isRead) for (const id of ids) named.add(id)
    return isRead
  }

  async function flush(): Promise<void> {
    isBusy = true
    const isRead = await read([...named].slice(0, MAX_NAMED))
    isBusy = false
    if (named.size) later(isRead ? GATHER_MS : RETRY_MS)
  }

  function later(milliseconds: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), milliseconds)
  }

  useEvents(({ subject }) => subject.kind === 'task', ({ subject }) => {
    if (!subject.id) return
    const isFirst = named.size === 0
    named.add(subject.id)
    if (isFirst && !isBusy) later(GATHER_MS)
  })
  onScopeDispose(() => clearTimeout(timer))

  /** Reads one now; what could not be read now is read later. */
  async function ask(id: string): Promise<void> {
    if (!await read([id]) && !isBusy) later(RETRY_MS)
  }
  return { ask }
}
