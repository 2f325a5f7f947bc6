/** Filters live in the address (`?priority=high`): kept, shared, and gone back to. */
import type { WritableComputedRef } from 'vue'
import { computed } from 'vue'
import type { LocationQuery, Router } from 'vue-router'
import { useRoute, useRouter } from 'vue-router'

type Change = Record<string, string | string[] | undefined>

/** Changes of one moment are one step of the router. */
let waiting: Change | null = null

function change(router: Router, given: Change): void {
  if (waiting) {
    Object.assign(waiting, given)
    return
  }
  waiting = { ...given }
  queueMicrotask(() => {
    const query: LocationQuery = { ...router.currentRoute.value.query }
    for (const [name, value] of Object.entries(waiting ?? {})) {
      if (value === undefined || value.length === 0) delete query[name]
      else query[name] = value
    }
    waiting = null
    void router.replace({ query })
  })
}

const first = (value: LocationQuery[string] | undefined): string | null =>
  (Array.isArray(value) ? value[0] : value) ?? null

/** One value of the address; null where it is not there. */
export function useQueryState(name: string): WritableComputedRef<string | null> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => first(route.query[name]),
    set: (value) => change(router, { [name]: value || undefined }),
  })
}

/** As text for a field; empty where it is not there. */
export function useQueryText(name: string) {
  const value = useQueryState(name)
  return computed({ get: () => value.value ?? '', set: (text: string) => { value.value = text } })
}

/** Several values of one name: `?tag=a&tag=b`. */
export function useQueryList(name: string): WritableComputedRef<string[]> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => [route.query[name] ?? []].flat().filter((value) => value !== null),
    set: (value) => change(router, { [name]: value }),
  })
}
