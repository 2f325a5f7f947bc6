/** Which row of a list is looked at and which are ticked; what leaves the list leaves both. */
import type { Ref } from 'vue'
import { computed, ref, watch } from 'vue'

export function useChoice<Item extends { id: string }>(items: Ref<readonly Item[]>) {
  const currentId = ref<string | null>(null)
  const ticked = ref(new Set<string>())

  const current = computed(() => items.value.find(({ id }) => id === currentId.value) ?? null)
  const chosen = computed(() => items.value.filter(({ id }) => ticked.value.has(id)))

  /** The one that moved into the place of what left is looked at next. */
  watch(items, (now, before) => {
    ticked.value = new Set(now.map(({ id }) => id).filter((id) => ticked.value.has(id)))
    if (currentId.value === null || current.value) return
    const place = before.findIndex(({ id }) => id === currentId.value)
    if (place !== -1) currentId.value = now[Math.min(place, now.length - 1)]?.id ?? null
  })

  function move(step: 1 | -1): void {
    const place = items.value.findIndex(({ id }) => id === currentId.value)
    const next = place === -1 ? 0 : place + step
    currentId.value = items.value[Math.min(Math.max(next, 0), items.value.length - 1)]?.id ?? null
  }

  function tick(id: string, isTicked = !ticked.value.has(id)): void {
    const now = new Set(ticked.value)
    if (isTicked) now.add(id)
    else now.delete(id)
    ticked.value = now
  }

  const tickAll = (ids: readonly string[]): void => { ticked.value = new Set(ids) }
  return { currentId, current, ticked, chosen, move, tick, tickAll }
}
