/** The registry: what each operation does. Its keys are those of operations/, tested. */
import { agentHandlers } from './agents.ts'
import { budgetHandlers } from './budgets.ts'
import { chargeHandlers } from './charges.ts'
import type { Handlers } from './context.ts'
import { creditHandlers } from './credits.ts'
import { eventHandlers } from './events.ts'
import { gateHandlers } from './gates.ts'
import { historyHandlers } from './histories.ts'
import { holdHandlers } from './holds.ts'
import { keyHandlers } from './keys.ts'
import { pnlHandlers } from './pnl.ts'
import { rateHandlers } from './rates.ts'
import { taskHandlers } from './tasks.ts'
import { workspaceHandlers } from './workspaces.ts'
import { workstreamHandlers } from './workstreams.ts'

export const handlers: Handlers = {
  ...taskHandlers, ...historyHandlers, ...gateHandlers, ...creditHandlers, ...holdHandlers,
  ...budgetHandlers, ...rateHandlers, ...chargeHandlers, ...pnlHandlers, ...agentHandlers,
  ...keyHandlers, ...eventHandlers, ...workspaceHandlers, ...workstreamHandlers,
}
