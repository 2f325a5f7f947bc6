/** What the filters offer: who can be an assignee, workstreams, and the tags on what is here. */
import { computed } from 'vue'
import { priorities } from '../../../domain/tasks.ts'
import { graphql } from '../graphql/graphql.ts'
import { useSession } from '../session.ts'
import { texts } from '../texts.ts'
import type { Board } from './useBoard.ts'
import { useLiveQuery } from './useLiveQuery.ts'
import { useActiveWorkstreams } from './useWorkstreams.ts'

const agents = graphql(`
  query BoardAgents { agents(limit: 500) { items { handle status } } }
`)

export type Option = { value: string; text: string; detail?: string }

export function useBoardOptions({ cards }: Pick<Board, 'cards'>) {
  const { session } = useSession()
  const { data } = useLiveQuery(agents, { on: ({ subject }) => subject.kind === 'agent' })

  const assignees = computed((): Option[] => {
    const own = session.value?.actor.handle
    const known = new Set((data.value?.agents?.items ?? [])
      .filter(({ status }) => status !== 'revoked').map(({ handle }) => handle))
    for (const { assignee } of cards.value.values()) if (assignee) known.add(assignee)
    if (own) known.delete(own)
    const others = [...known].sort().map((value): Option => ({ value, text: value }))
    return own ? [{ value: own, text: own, detail: texts.board.you }, ...others] : others
  })

  /** The most used first. */
  const tags = computed((): Option[] => {
    const counts = new Map<string, number>()
    for (const { tags: all } of cards.value.values()) {
      for (const tag of all) counts.set(tag, (counts.get(tag) ?? 0) + 1)
    }
    return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .map(([value, count]) => ({ value, text: value, detail: String(count) }))
  })

  const levels = priorities.map((value): Option =>
    ({ value, text: texts.words.priority[value] }))

  const active = useActiveWorkstreams(() => '')
  /** Those that are active, and those that these are in. */
  const workstreams = computed((): Option[] => {
    const named = [...cards.value.values()].flatMap(({ workstream }) => workstream ?? [])
    return [...new Set([...active.value, ...named])].sort().map((value) => ({ value, text: value }))
  })

  return { assignees, tags, levels, workstreams }
}
