/** What the board shows and how; all of it lives in the address. */
import { computed } from 'vue'
import type { Priority, Status } from '../../../domain/tasks.ts'
import { priorities } from '../../../domain/tasks.ts'
import type { Filter, Order } from '../board.ts'
import { columns, isFiltered, orders } from '../board.ts'
import { useQueryState } from './useQueryState.ts'

export const views = ['board', 'list', 'timeline'] as const
export type View = (typeof views)[number]

/** One of some words; the first one is not written into the address. */
function useWord<Word extends string>(name: string, words: readonly Word[], usual: Word) {
  const written = useQueryState(name)
  return computed({
    get: (): Word => words.find((word) => word === written.value) ?? usual,
    set: (word) => { written.value = word === usual ? null : word },
  })
}

export function useBoardFilter() {
  const search = useQueryState('q')
  const assignee = useQueryState('assignee')
  const tag = useQueryState('tag')
  const priority = useQueryState('priority')
  const workstream = useQueryState('workstream')
  const filter = computed((): Filter => ({
    search: search.value?.trim().slice(0, 200) || null, assignee: assignee.value, tag: tag.value,
    priority: priorities.find((word): word is Priority => word === priority.value) ?? null,
    workstream: workstream.value,
  }))
  const clear = (): void => {
    for (const part of [search, assignee, tag, priority, workstream]) part.value = null
  }
  return {
    search, assignee, tag, priority, workstream, filter, clear,
    isFiltered: computed(() => isFiltered(filter.value)),
    view: useWord<View>('view', views, 'board'),
    order: useWord<Order>('order', Object.keys(orders) as Order[], 'urgency'),
    /** Which column a phone shows. */
    column: useWord<Status>('column', columns, 'in_progress'),
  }
}

export type BoardFilter = ReturnType<typeof useBoardFilter>
