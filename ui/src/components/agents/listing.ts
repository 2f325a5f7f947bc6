/** Which agents are shown, in which order: what was typed, chosen and pressed. Pure. */
import { parseCredits } from '../../../../domain/credits.ts'
import type { Agent } from '../../composables/useAgents.ts'
import type { Account } from '../../composables/useBalances.ts'

export const columns = [
  'handle', 'status', 'role', 'level', 'trust', 'balance', 'tasks', 'seen', 'manager',
] as const
export type Column = (typeof columns)[number]
/** `-trust` = the most first. */
export type Sort = Column | `-${Column}`

type Value = string | number | bigint | null
type Accounts = ReadonlyMap<string, Account>

/** For amounts, times and ranks the largest is what people look for first. */
export const falling: readonly Column[] = ['level', 'trust', 'balance', 'tasks', 'seen']

const values: Record<Column, (agent: Agent, accounts: Accounts) => Value> = {
  handle: ({ handle }) => handle,
  status: ({ status }) => status,
  role: ({ role }) => role,
  level: ({ level }) => level,
  trust: ({ trust }) => trust,
  balance: ({ handle }, accounts) => parseCredits(accounts.get(handle)?.balance?.available ?? ''),
  tasks: ({ openTasks }) => openTasks,
  seen: ({ lastSeenAt }) => (lastSeenAt === null ? null : Date.parse(lastSeenAt)),
  manager: ({ reportsTo }) => reportsTo,
}

export function sortOf(text: string | null): Sort | null {
  const column = text?.replace(/^-/, '')
  return columns.includes(column as Column) ? text as Sort : null
}

/** What pressing a column's name leads to: its usual order, then the other one, then none. */
export function nextSort(sort: Sort | null, column: Column): Sort | null {
  const usual: Sort = falling.includes(column) ? `-${column}` : column
  const other: Sort = falling.includes(column) ? column : `-${column}`
  if (sort === usual) return other
  return sort === other ? null : usual
}

export function sorted(agents: readonly Agent[], sort: Sort | null, accounts: Accounts): Agent[] {
  if (sort === null) return [...agents]
  const isFalling = sort.startsWith('-')
  const value = values[sort.replace(/^-/, '') as Column]
  return agents.map((agent) => ({ agent, value: value(agent, accounts) }))
    .sort((one, other) => compare(one.value, other.value, isFalling))
    .map(({ agent }) => agent)
}

/** What is missing comes last in either order. */
function compare(one: Value, other: Value, isFalling: boolean): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null)
  const order = one < other ? -1 : one > other ? 1 : 0
  return isFalling ? -order : order
}

type Wanted = { typed: string; status: string | null; role: string | null }

/** Every word that was typed is somewhere in an agent. */
export function isWanted(agent: Agent, { typed, status, role }: Wanted): boolean {
  if (status && agent.status !== status) return false
  if (role && agent.role !== role) return false
  const { handle, name, model, capabilities } = agent
  const tags = capabilities.map(({ tag }) => tag).join(' ')
  const all = `${handle} ${name} ${agent.role} ${model ?? ''} ${tags}`.toLowerCase()
  return typed.toLowerCase().split(/\s+/).every((word) => all.includes(word))
}
