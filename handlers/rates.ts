/** What the operations on rates do: the settings say what counts, the versions what it was. */
import { parseCredits } from '../domain/credits.ts'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import type { RateAmount, RateVersion } from '../domain/rates.ts'
import { changedRates, currentRates, usualRate } from '../domain/rates.ts'
import type { SettingsChange } from '../domain/settings.ts'
import { settingsOf } from '../domain/settings.ts'
import type { InputOf } from '../operations/define.ts'
import type * as contracts from '../operations/rates.ts'
import type { ControlWrite } from '../activities/write.ts'
import type { Command } from '../db/commands.ts'
import { readControlFacts } from '../db/commands.ts'
import { listLatestRates, listRateVersions } from '../db/rates.ts'
import { getWorkspace } from '../db/workspaces.ts'
import type { Context, Handlers, Request, Result } from './context.ts'
import { DEFAULT_LIMIT, pageOf, readTextCursor } from './cursors.ts'

/** The versions that a change of rates makes, as rows: whoever changes them, writes these. */
export async function rateVersions(
  { db }: Context, { workspace, actor, reason }: Command, before: SettingsChange,
  wanted: Record<string, RateAmount> = {},
): Promise<object[]> {
  const changed = changedRates(settingsOf(before), wanted)
  if (!changed.length) return []
  const latest = new Map((await listLatestRates(db, workspace))
    .map(({ name, version }) => [name, version]))
  return changed.map(([name, amount]) => ({
    name, version: (latest.get(name) ?? 0) + 1,
    amount: amount === null ? null : parseCredits(amount)!.toString(),
    updated_by: actor.handle, reason,
  }))
}

/** Rows as pages want them. */
const withId = (rate: RateVersion, id: string) => ({ ...rate, id })
const shown = ({ id: _, ...rate }: RateVersion & { id: string }): RateVersion => rate

async function historyOf(
  { db }: Context, workspace: string, name: string, { before, limit }: {
    before?: number
    limit: number
  },
): Promise<RateVersion[]> {
  const versions = await listRateVersions(db, workspace, {
    name, limit, ...(before === undefined ? {} : { before }),
  })
  const usual = usualRate(name)
  return usual && before !== 0 && versions.length < limit ? [...versions, usual] : versions
}

async function list(
  context: Context, { identity, input }: Request<InputOf<typeof contracts.rateList>>,
): Promise<Result | Refusal> {
  const { name, limit = DEFAULT_LIMIT } = input
  const after = readTextCursor(input.cursor)
  if (name === undefined) {
    const rates = currentRates(await listLatestRates(context.db, identity.workspaceId))
      .filter((rate) => after === undefined || rate.name > after)
    return { body: pageOf(rates.map((rate) => withId(rate, rate.name)), limit, shown) }
  }
  const versions = await historyOf(context, identity.workspaceId, name, {
    limit: limit + 1, ...(after === undefined ? {} : { before: Number(after) || 0 }),
  })
  if (!versions.length && after === undefined) {
    return refuse('not_found', `There is no rate ${name} here`)
  }
  return {
    body: pageOf(versions.map((rate) => withId(rate, String(rate.version))), limit, shown),
  }
}

async function update(
  context: Context, request: Request<InputOf<typeof contracts.rateUpdate>>,
): Promise<Result | Refusal> {
  const { command, input: { rate: name, amount } } = request
  const written = await context.write.control(command, {
    read: () => readControlFacts(context.db, command),
    recheck: request.recheck,
    decide: async (): Promise<ControlWrite> => {
      const row = (await getWorkspace(context.db, command.workspace))!
      const rates = await rateVersions(context, command, row.settings, { [name]: amount })
      // As it is already: nothing is written, and the answer is the version that says so.
      if (!rates.length) return { events: [], image: { name } }
      const settings = { ...row.settings, rates: { ...row.settings.rates, [name]: amount } }
      const [{ version }] = rates as [{ version: number }]
      return {
        insert: { rates }, update: { workspace: { name: null, settings } },
        events: [{
          type: 'rate.updated', subject: { kind: 'workspace', id: row.id, key: row.name },
          version: row.version + 1,
          data: { name, amount, before: settingsOf(row.settings).rates[name] ?? null, version },
        }],
        image: { name, version },
      }
    },
  })
  if (isRefusal(written)) return written
  const { version } = written.answer.extra as { version?: number }
  const [made] = await historyOf(context, command.workspace, name, {
    limit: 1, ...(version === undefined ? {} : { before: version + 1 }),
  })
  const body = made
    ?? { name, amount: null, version: 0, updated_at: null, updated_by: null, reason: null }
  return { body, replayed: written.replayed }
}

export const rateHandlers: Handlers = {
  'credits.rate_list': list,
  'credits.rate_update': update,
}
