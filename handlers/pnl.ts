/** What `credits.pnl` does: who may see what, and figures from sums. */
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuseField } from '../domain/errors.ts'
import { MAX_PERIODS, hasTooManyPeriods, pnlRowOf } from '../domain/pnl.ts'
import { rateOf, settingsOf } from '../domain/settings.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/pnl.ts'
import { readPnl } from '../db/pnl.ts'
import { getWorkspace } from '../db/workspaces.ts'
import type { Context, Handlers, Request, Result } from './context.ts'
import { accountOf } from './credits.ts'
import { DEFAULT_LIMIT, pageOf, readTextCursor } from './cursors.ts'

type Input = InputOf<typeof contracts.pnl>

function refuseRange({ by, since, until }: Input): Refusal | null {
  const end = until === undefined ? Date.now() : Date.parse(until)
  if (since === undefined) return null
  if (until !== undefined && until <= since) return refuseField('/until', 'Later than since')
  return hasTooManyPeriods(by, end - Date.parse(since))
    ? refuseField('/since', `At most ${MAX_PERIODS} periods of a ${by}`) : null
}

async function pnl(
  context: Context, { identity, input }: Request<Input>,
): Promise<Result | Refusal> {
  const refused = refuseRange(input)
  if (refused) return refused
  const { by, since, until, limit = DEFAULT_LIMIT } = input
  // An agent that names nobody asks for itself and all below it.
  const agent = await accountOf(context, identity, input.agent)
  if (isRefusal(agent)) return agent
  const { workspaceId } = identity
  const [found, workspace] = await Promise.all([
    readPnl(context.db, workspaceId, {
      by, since, until, agent: agent?.id ?? null,
      below: input.agent === undefined || by === 'team',
      team: input.agent === undefined ? null : agent!.id,
      after: readTextCursor(input.cursor), limit: limit + 1,
    }),
    getWorkspace(context.db, workspaceId),
  ])
  const rate = rateOf(settingsOf(workspace!.settings), 'gate.waiting_hour')
  const { items, next_cursor } = pageOf(
    found.rows.map((sums) => ({ id: sums.name, sums })), limit, ({ sums }) => pnlRowOf(sums, rate))
  return {
    body: {
      since: found.since, until: found.until, time_zone: found.time_zone, items, next_cursor,
    },
  }
}

export const pnlHandlers: Handlers = { 'credits.pnl': pnl }
