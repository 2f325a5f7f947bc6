/** What the workspace operations do. */
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import type { SettingsChange } from '../domain/settings.ts'
import { settingsOf } from '../domain/settings.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/workspaces.ts'
import type { ControlWrite } from '../activities/write.ts'
import { readControlFacts } from '../db/commands.ts'
import type { WorkspaceRow } from '../db/workspaces.ts'
import { getWorkspace } from '../db/workspaces.ts'
import type { Context, Handlers, Request, Result } from './context.ts'
import { rateVersions } from './rates.ts'

const render = (row: WorkspaceRow) => ({ ...row, settings: settingsOf(row.settings) })

async function readWorkspace(
  { db }: Context, { identity }: Request<unknown>,
): Promise<Result | Refusal> {
  const row = await getWorkspace(db, identity.workspaceId)
  return row ? { body: render(row), version: row.version } : refuse('not_found', 'It is gone')
}

/** What is stored are differences; nested records merge by name. */
function merge(before: SettingsChange, change: SettingsChange): SettingsChange {
  return {
    ...before, ...change,
    ...(change.priority_trust
      ? { priority_trust: { ...before.priority_trust, ...change.priority_trust } } : {}),
    ...(change.rates ? { rates: { ...before.rates, ...change.rates } } : {}),
  } as SettingsChange
}

async function update(
  context: Context, request: Request<InputOf<typeof contracts.update>>,
): Promise<Result | Refusal> {
  const { command, input, ifMatch } = request
  const written = await context.write.control(command, {
    read: () => readControlFacts(context.db, command),
    recheck: request.recheck,
    decide: async (): Promise<ControlWrite | Refusal> => {
      const row = (await getWorkspace(context.db, command.workspace))!
      if (ifMatch !== null && ifMatch !== row.version) {
        return refuse('version_conflict', `It is at version ${row.version}`, {
          current: row.version,
        })
      }
      const change = (input.settings ?? {}) as SettingsChange
      const settings = merge(row.settings, change)
      const name = input.name ?? row.name
      const after = { ...row, name, settings, version: row.version + 1 }
      return {
        insert: { rates: await rateVersions(context, command, row.settings, change.rates) },
        update: { workspace: { name, settings } },
        events: [{
          type: 'workspace.updated', subject: { kind: 'workspace', id: row.id, key: name },
          version: after.version,
          data: { name: input.name ?? null, settings: input.settings ?? {} },
        }],
        image: { workspace: after },
      }
    },
  })
  if (isRefusal(written)) return written
  const { workspace } = written.answer.extra as { workspace: WorkspaceRow }
  return { body: render(workspace), version: workspace.version, replayed: written.replayed }
}

export const workspaceHandlers: Handlers = {
  'workspace.get': readWorkspace,
  'workspace.update': update,
}
