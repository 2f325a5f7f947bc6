/** What the palette shows for what is typed: entries that are there, and those it searches for. */
import type { Ref } from 'vue'
import { computed, ref, shallowRef, watch } from 'vue'
import type { Entry } from '../palette/registry.ts'
import { isFound } from '../palette/registry.ts'
import { sources } from '../palette/sources.ts'

const PAUSE_MS = 120

export function usePalette(open: Ref<boolean>) {
  const typed = ref('')
  const isSearching = ref(false)
  const searched = shallowRef(new Map<string, Entry[]>())
  let turn = 0

  async function search(text: string): Promise<void> {
    const own = ++turn
    if (!text) searched.value = new Map()
    isSearching.value = text !== ''
    if (!text) return
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    if (own !== turn) return
    const asked = sources.filter((source) => source.search)
    const answers = await Promise.all(asked.map(async (source) =>
      [source.group, await source.search!(text)] as const))
    if (own !== turn) return
    searched.value = new Map(answers)
    isSearching.value = false
  }

  watch(typed, (text) => void search(text.trim()))
  watch(open, () => { typed.value = '' })

  const groups = computed(() => {
    const text = typed.value.trim()
    return sources.map(({ group, entries }) => ({
      name: group,
      entries: [
        ...(entries?.() ?? []).filter((entry) => isFound(entry, text)),
        ...searched.value.get(group) ?? [],
      ],
    })).filter(({ entries }) => entries.length)
  })
  return { typed, groups, isSearching }
}
