/** The handles somebody may mean: all agents, and this person. */
import { computed } from 'vue'
import { graphql } from '../graphql/graphql.ts'
import { useSession } from '../session.ts'
import { useLiveQuery } from './useLiveQuery.ts'

const agents = graphql(`query Handles { agents(limit: 500) { items { id handle } } }`)

export function useHandles() {
  const { session } = useSession()
  const { data } = useLiveQuery(agents, { on: ({ type }) => type === 'agent.registered' })
  return computed(() => {
    const found = data.value?.agents?.items.map(({ handle }) => handle) ?? []
    const own = session.value?.actor.handle
    return own ? [own, ...found] : found
  })
}
