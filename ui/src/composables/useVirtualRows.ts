/** Only the rows that are on the screen: a list of any length costs as much as a short one. */
import type { Virtualizer } from '@tanstack/vue-virtual'
import { useVirtualizer } from '@tanstack/vue-virtual'
import type { ShallowRef } from 'vue'
import { computed, nextTick } from 'vue'

type Options = {
  scroller: Readonly<ShallowRef<HTMLElement | null>>
  /** A key for each row, in order. */
  keys: () => readonly string[]
  /** How high a row is before it was measured, in px. */
  height: (index: number) => number
  gap?: number
  padding?: number
}

const OVERSCAN = 3
type Rows = Virtualizer<HTMLElement, HTMLElement>

/**
 * What the browser has laid out; until then what was thought. Asking an element for its size as
 * soon as it is there would make the browser lay out the page once for each column.
 */
function sizeOf(element: HTMLElement, entry: ResizeObserverEntry | undefined, rows: Rows): number {
  const laidOut = entry?.borderBoxSize?.[0]?.blockSize
  if (laidOut !== undefined) return Math.round(laidOut)
  const index = rows.indexFromElement(element)
  return rows.measurementsCache[index]?.size ?? rows.options.estimateSize(index)
}

export function useVirtualRows({ scroller, keys, height, gap = 0, padding = 0 }: Options) {
  const virtualizer = useVirtualizer<HTMLElement, HTMLElement>(computed(() => {
    const all = keys()
    return {
      count: all.length, getScrollElement: () => scroller.value, estimateSize: height,
      getItemKey: (index: number) => all[index] ?? index, overscan: OVERSCAN, gap,
      measureElement: sizeOf,
      paddingStart: padding, paddingEnd: padding,
    }
  }))
  const rows = computed(() => virtualizer.value.getVirtualItems())
  const total = computed(() => virtualizer.value.getTotalSize())
  const measure = (element: unknown): void => {
    if (element instanceof HTMLElement) virtualizer.value.measureElement(element)
  }

  const show = (index: number): void => virtualizer.value.scrollToIndex(index, { align: 'auto' })

  /** Brings a row to the screen, then focuses what opens it. */
  async function focus(index: number): Promise<void> {
    const selector = `[data-index="${index}"] [data-open]`
    const target = (): HTMLElement | null => scroller.value?.querySelector(selector) ?? null
    show(index)
    for (let tries = 0; tries < 10 && !target(); tries++) {
      await nextTick()
      await new Promise(requestAnimationFrame)
    }
    target()?.focus({ preventScroll: true })
  }
  return { rows, total, measure, show, focus }
}
