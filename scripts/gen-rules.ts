/** The reference of rules: errors, the moves of a task, what a workspace may set, configuration. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { variables } from '../config.ts'
import { catalogue } from '../domain/errors.ts'
import { defaultSettings } from '../domain/settings.ts'
import { isFinal, moves, outcomesOf, statuses } from '../domain/tasks.ts'
import type { Status } from '../domain/tasks.ts'
import { operations } from '../operations/index.ts'
import { clientVariables, profilesExample } from '../cli/credentials.ts'
import { exitCodeOf, exitCodes } from '../cli/exit.ts'
import { pageHeader, table } from './gen-reference.ts'

function errorsPage(): string {
  const sections = Object.entries(catalogue).map(([code, { status, title }]) => {
    const from = operations.filter(({ errors }) => (errors as string[]).includes(code))
    const raised = from.length === operations.length ? 'any operation'
      : from.map(({ name }) => `\`${name}\``).join(', ')
    return `## ${code}\n\n${title}. HTTP ${status}, exit code ${exitCodeOf(status)} of the `
      + `command line.${from.length ? ` From ${raised}.` : ''}\n`
  })
  return [
    pageHeader, '# Errors\n',
    'Every refusal there is. It travels as `application/problem+json` with `type`, `title`, '
    + '`status`, `detail`, `instance`, `code`, `hint` and what its code carries; as GraphQL '
    + '`extensions`; as the `structuredContent` of a tool result with `isError: true`.\n',
    ...sections,
  ].join('\n')
}

const pairs: [Status, Status][] = statuses.flatMap((from) =>
  moves[from].map((to): [Status, Status] => [from, to]))

function movesPage(): string {
  const diagram = [
    'stateDiagram-v2', '  [*] --> backlog', '  [*] --> todo',
    ...pairs.map(([from, to]) => `  ${from} --> ${to}`),
    ...statuses.filter(isFinal).map((status) => `  ${status} --> [*]`),
  ].join('\n')
  const rows = statuses.map((from) => [
    from, moves[from].join(', ') || 'none: it is final',
    outcomesOf[from]?.join(' (usually), ') ?? 'none yet',
  ])
  return [
    pageHeader, '# Moves of a task\n',
    `The ${pairs.length} legal moves. Every other move is refused with `
    + '[invalid_transition](errors.md#invalid_transition), which names those that are allowed.\n',
    `\`\`\`mermaid\n${diagram}\n\`\`\`\n`,
    `${table(['from', 'to', 'outcome'], rows)}\n`,
  ].join('\n')
}

/** The meaning of each setting stands once, in the comment of its type. */
function meanings(): Map<string, string> {
  const source = readFileSync(join(import.meta.dirname, '..', 'domain', 'settings.ts'), 'utf8')
  const found = source.matchAll(/^  \/\*\* (.+) \*\/\n  (\w+):/gm)
  return new Map([...found].map(([, meaning, name]) => [name!, meaning!]))
}

function settingsPage(): string {
  const { rates, ...settings } = defaultSettings
  const known = meanings()
  const rowsOf = (values: object) => Object.entries(values).map(([name, value]) =>
    [`\`${name}\``, `\`${JSON.stringify(value)}\``, known.get(name) ?? ''])
  return [
    pageHeader, '# Settings and rates\n',
    'What a workspace may set with [workspace.update](workspaces.md#workspaceupdate). Only '
    + 'differences are stored.\n',
    `${table(['setting', 'usually', 'meaning'], rowsOf(settings))}\n`,
    '## Rates\n',
    'Credits by award; null switches one off. Each change is a version that says who, when and '
    + 'why: [credits.rate_list](credits.md#creditsrate_list). `gate.waiting_hour` is never paid: '
    + 'it prices the hours that tasks wait for people in [credits.pnl](credits.md#creditspnl).\n',
    `${table(['award', 'credits'], rowsOf(rates).map((row) => row.slice(0, 2)))}\n`,
  ].join('\n')
}

function configurationPage(): string {
  const rows = variables.map(({ name, meaning, fallback, secret }) =>
    [`\`${name}\``, `${meaning}${secret ? ' (secret)' : ''}`, fallback])
  return [
    pageHeader, '# Configuration\n', 'Environment variables of the server; none must be set.\n',
    `${table(['variable', 'meaning', 'where it is not set'], rows)}\n`,
    '## Clients\n',
    'What the command line and the stdio bridge read, after their flags and before a profile.\n',
    `${table(['variable', 'meaning'], clientVariables.map(([name, meaning]) =>
      [`\`${name}\``, meaning]))}\n`,
    'Profiles stand in `profiles.json`, in `GUILDHALL_HOME` or in `~/.config/guildhall`; the '
    + 'credential of a profile is sent to its own `url` only.\n',
    `\`\`\`json\n${JSON.stringify(profilesExample, null, 2)}\n\`\`\`\n`,
    '## Exit codes\n',
    `${table(['code', 'meaning', 'HTTP'], exitCodes.map(({ code, meaning, statuses }) =>
      [String(code), meaning, statuses.filter(Boolean).join(', ')]))}\n`,
  ].join('\n')
}

export const rulePages = (): Record<string, string> => ({
  'docs/reference/errors.md': errorsPage(),
  'docs/reference/moves.md': movesPage(),
  'docs/reference/settings.md': settingsPage(),
  'docs/reference/configuration.md': configurationPage(),
})
