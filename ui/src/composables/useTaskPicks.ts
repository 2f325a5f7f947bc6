/** What fields offer: agents to do it, tasks to put it under, workstreams to count. */
import { read } from '../graphql/client.ts'
import { graphql } from '../graphql/graphql.ts'
import { texts } from '../texts.ts'

export type Pick = { value: string; text: string; detail?: string }

const active = graphql(`
  query PickAgents { agents(status: active, limit: 500) { items { handle name role openTasks } } }
`)
const found = graphql(`
  query PickTasks($search: String!) { tasks(search: $search, limit: 12) { items { key title } } }
`)
const streams = graphql(`
  query PickWorkstreams { workstreams(limit: 1000) { items { name status } } }
`)
const MAX_SHOWN = 30

export async function findAgents(typed: string): Promise<Pick[]> {
  const { data } = await read(active, {})
  const words = typed.toLowerCase()
  // Whose handle begins like that is meant more likely.
  const rank = (handle: string): number => Number(!handle.startsWith(words))
  return (data?.agents?.items ?? [])
    .filter(({ handle, name }) => `${handle} ${name}`.toLowerCase().includes(words))
    .toSorted((a, b) => rank(a.handle) - rank(b.handle))
    .slice(0, MAX_SHOWN)
    .map(({ handle, role, openTasks }) =>
      ({ value: handle, text: handle, detail: `${role} · ${openTasks}` }))
}

export async function findTasks(typed: string): Promise<Pick[]> {
  const { data } = await read(found, { search: typed })
  return (data?.tasks?.items ?? []).map(({ key, title }) =>
    ({ value: key, text: title, detail: key }))
}

export async function findWorkstreams(typed: string): Promise<Pick[]> {
  const { data } = await read(streams, {})
  return (data?.workstreams?.items ?? []).filter(({ name }) => name.includes(typed.toLowerCase()))
    .slice(0, MAX_SHOWN)
    .map(({ name, status }) =>
      ({ value: name, text: name, detail: texts.workstreams.statuses[status] }))
}
