/** The one who acts when nobody asked: timers, sweeps, consequences. */
import type { Actor } from './agents.ts'

export const systemActor: Actor = {
  id: '00000000-0000-0000-0000-000000000000',
  kind: 'system', handle: 'system', role: 'system', mode: null, level: null, trust: null,
  capabilities: [], status: 'active',
}

/** As events name it: it has no row, hence no id. */
export const systemPrincipal = { id: null, kind: 'system', handle: 'system' }
