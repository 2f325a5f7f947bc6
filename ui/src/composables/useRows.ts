/** Rows of fields that a person adds and takes away; a new one gets the focus. */
import type { Ref } from 'vue'
import { nextTick, useTemplateRef } from 'vue'

/** The fields stand in the element with `ref="root"`. */
export function useRows<Row>(rows: Ref<Row[]>, empty: () => Row) {
  const root = useTemplateRef<HTMLElement>('root')
  async function add(): Promise<void> {
    rows.value = [...rows.value, empty()]
    await nextTick()
    ;[...root.value?.querySelectorAll<HTMLElement>('input') ?? []].at(-1)?.focus()
  }
  const remove = (index: number): void => { rows.value = rows.value.toSpliced(index, 1) }
  return { add, remove }
}
