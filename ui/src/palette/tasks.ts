/** Tasks by key, title or description. */
import { SquareCheck } from '@lucide/vue'
import { graphql } from '../graphql/graphql.ts'
import { read } from '../graphql/client.ts'
import { router } from '../router.ts'
import { texts } from '../texts.ts'
import type { Source } from './registry.ts'

const found = graphql(`
  query FindTasks($search: String!) {
    tasks(search: $search, limit: 8) { items { id key title status } }
  }
`)

export const tasks: Source = {
  group: texts.palette.groups.tasks,
  search: async (search) => {
    const answer = await read(found, { search })
    return (answer.data?.tasks?.items ?? []).map(({ id, key, title, status }) => ({
      id, text: title, detail: `${key} · ${texts.words.status[status]}`, icon: SquareCheck,
      act: () => router.push({ name: 'task', params: { id: key } }),
    }))
  },
}
