/** Which columns are folded; this browser remembers it. */
import { ref } from 'vue'
import type { Status } from '../../../domain/tasks.ts'
import { columns } from '../board.ts'

const STORED = 'guildhall-board-folded'
const usual: Status[] = ['cancelled']

function stored(): Status[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(STORED) ?? 'null')
    return Array.isArray(found) ? columns.filter((status) => found.includes(status)) : usual
  } catch {
    return usual
  }
}

export function useFolded() {
  const folded = ref(new Set(stored()))
  function toggle(status: Status): void {
    const next = new Set(folded.value)
    if (!next.delete(status)) next.add(status)
    folded.value = next
    try {
      localStorage.setItem(STORED, JSON.stringify([...next]))
    } catch {
      // Storage is switched off or full: it lasts as long as the page.
    }
  }
  return { folded, toggle }
}
