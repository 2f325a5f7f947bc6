/** The way to the panel of a task: beside what is shown now, so filters stay in the address. */
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

type Named = { id: string; key: string }

/** Plain addresses: a link of the router's costs a board of them a tenth of its time. */
export function useTaskLinks() {
  const route = useRoute()
  const router = useRouter()
  const search = computed(() => /\?[^#]*/.exec(route.fullPath)?.[0] ?? '')
  const linkTo = ({ key }: Named): string => `/tasks/${encodeURIComponent(key)}${search.value}`
  const isOpen = ({ id, key }: Named): boolean => [id, key].includes(String(route.params.id))

  /** Another tab or window is the browser's. */
  function follow(event: MouseEvent): void {
    const { button, ctrlKey, metaKey, shiftKey, altKey, currentTarget } = event
    if (button !== 0 || ctrlKey || metaKey || shiftKey || altKey) return
    event.preventDefault()
    void router.push((currentTarget as HTMLAnchorElement).getAttribute('href')!)
  }
  return { linkTo, isOpen, follow }
}
