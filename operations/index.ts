/** The registry: every operation, in a stable order. Surfaces are loops over this. */
import type { Operation } from './define.ts'
import * as agents from './agents.ts'
import * as budgets from './budgets.ts'
import * as charges from './charges.ts'
import * as credits from './credits.ts'
import * as events from './events.ts'
import * as gates from './gates.ts'
import * as histories from './histories.ts'
import * as holds from './holds.ts'
import * as pnl from './pnl.ts'
import * as rates from './rates.ts'
import * as tasks from './tasks.ts'
import * as workspaces from './workspaces.ts'
import * as workstreams from './workstreams.ts'

const isOperation = (value: unknown): value is Operation =>
  typeof value === 'object' && value !== null && 'route' in value && 'examples' in value

export const operations: readonly Operation[] =
  [
    tasks, histories, gates, workstreams, credits, holds, budgets, rates, charges, pnl, agents,
    events, workspaces,
  ].flatMap((noun) => Object.values(noun).filter(isOperation))

export const operationsByName: ReadonlyMap<string, Operation> =
  new Map(operations.map((operation) => [operation.name, operation]))
