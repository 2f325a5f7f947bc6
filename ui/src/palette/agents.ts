/** Agents by handle or name. */
import { Bot } from '@lucide/vue'
import { graphql } from '../graphql/graphql.ts'
import { read } from '../graphql/client.ts'
import { router } from '../router.ts'
import { texts } from '../texts.ts'
import type { Entry, Source } from './registry.ts'
import { isFound } from './registry.ts'

const all = graphql(`
  query FindAgents { agents(limit: 500) { items { id handle name role } } }
`)
const MAX_SHOWN = 8

export const agents: Source = {
  group: texts.palette.groups.agents,
  search: async (typed) => {
    const answer = await read(all, {})
    const entries = (answer.data?.agents?.items ?? []).map(({ id, handle, name, role }): Entry => ({
      id, text: handle, detail: name === handle ? role : `${name} · ${role}`, icon: Bot,
      act: () => router.push({ name: 'agent', params: { id: handle } }),
    }))
    return entries.filter((entry) => isFound(entry, typed)).slice(0, MAX_SHOWN)
  },
}
