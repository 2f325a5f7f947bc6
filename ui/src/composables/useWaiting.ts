/** How many open gates wait for this person: what the title, the icon and the rail show. */
import { computed } from 'vue'
import { graphql } from '../graphql/graphql.ts'
import { isMine } from '../inbox.ts'
import { useSession } from '../session.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const openGates = graphql(`
  query OpenGates {
    gates(state: open, limit: 500) {
      items { id requestedBy policy { approvers } votes { by } }
      nextCursor
    }
  }
`)

export function useWaiting() {
  const { session } = useSession()
  const { data } = useLiveQuery(openGates, { on: ({ subject }) => subject.kind === 'gate' })
  return computed(() => {
    const actor = session.value?.actor
    if (!actor) return 0
    return data.value?.gates?.items.filter((gate) => isMine(gate, actor)).length ?? 0
  })
}
