/** `guildhall connect`: lines to copy, see sdk/snippets.ts. */
import type { Snippet } from '../sdk/snippets.ts'
import { snippets } from '../sdk/snippets.ts'
import { commonFlags, parse } from './arguments.ts'
import { connectionOf } from './credentials.ts'
import type { Io } from './io.ts'

const names = snippets.map(({ id }) => id)
const byKey = '# or with an agent’s own key, every call signed:'

/** `guildhall connect [what]`. */
export async function connect(argv: string[], io: Io): Promise<number> {
  const { values, positionals: [what] } = parse(argv, { ...commonFlags })
  if (values.help) {
    io.out(`Usage: guildhall connect [${names.join('|')}]\n`)
    return 0
  }
  const chosen = what === undefined ? snippets : snippets.filter(({ id }) => id === what)
  if (!chosen.length) {
    io.err(`There are no lines for ${what}, but for ${names.join(', ')}.\n`)
    return 2
  }
  const { url } = connectionOf(values, io.env)
  io.out(`# A token for an agent: guildhall agent token-create <handle>
export GUILDHALL_TOKEN=gh_…
`)
  for (const snippet of chosen) io.out(`\n${linesOf(snippet, url)}\n`)
  return 0
}

function linesOf({ client, place, ways }: Snippet, url: string): string {
  const texts = ways.map(({ proof, text }) =>
    (proof === 'key' && ways.length > 1 ? `${byKey}\n${text(url)}` : text(url)))
  return [`# ${client}${place ? `: ${place}` : ''}`, ...texts].join('\n')
}
