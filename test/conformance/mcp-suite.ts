/**
 * `npm run mcp:conformance`: runs the official MCP suite against a running server and says which
 * scenarios pass, which fail, and which cannot be judged, because the suite wants tools, prompts or
 * resources of its own (`test_…`) to be there. `--write` records it in docs/mcp-conformance.md.
 * Exits 1 when a scenario fails for any other reason.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { connectionOf } from '../../cli/credentials.ts'
import { openFixture } from './mcp-fixture.ts'

const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12'
const revisions = ['2026-07-28', '2025-11-25']
const checkout = resolve(import.meta.dirname, '..', '..')

type Check = { id: string; status: string; errorMessage?: string }
type Verdict = 'passes' | 'fails' | 'not offered' | 'wants fixtures'
type Scenario = { name: string; verdict: Verdict; isScored: boolean; words: string }

/** What the suite looks for without asking whether it is offered. */
const notOffered: Record<string, string> = {
  'logging-set-level': 'nothing is logged to clients, so the capability is not announced',
  'tools-call-with-logging': 'nothing is logged to clients, so the capability is not announced',
  'resources-subscribe': 'needs a session; offered in 2026-07-28, where it needs none',
  'resources-unsubscribe': 'needs a session; offered in 2026-07-28, where it needs none',
}
const isExtension = (name: string): boolean => name.startsWith('tasks-')

/** The suite's own things: what it does not find, it cannot judge. */
const wantsFixture = ({ errorMessage = '' }: Check): boolean =>
  /\btest_\w+|test:\/\/|json_schema_2020_12_tool|Not testable|There is no tool|InputRequiredResult/.test(errorMessage)

function verdictOf(name: string, checks: Check[]): { verdict: Verdict; words: string } {
  const failed = checks.filter(({ status }) => status === 'FAILURE')
  const real = failed.filter((check) => !wantsFixture(check))
  const words = [...new Set((real.length ? real : failed).map(({ errorMessage = '' }) => errorMessage))].join('; ')
  if (!failed.length) return { verdict: 'passes', words: '' }
  if (isExtension(name)) return { verdict: 'not offered', words: 'the extension for long-running calls: gates and waits are ours' }
  if (notOffered[name]) return { verdict: 'not offered', words: notOffered[name] }
  return { verdict: real.length ? 'fails' : 'wants fixtures', words }
}

/** Runs one revision's scenarios; the suite leaves a folder for each. */
async function run(url: string, revision: string): Promise<Scenario[]> {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-mcp-'))
  try {
    const said = await npmExec([
      'server', '--url', `${url}/mcp`, '--requirements', revision, '--output-dir', folder,
    ], folder)
    const unscored = new Set([...said.slice(said.indexOf('Not scored')).matchAll(/^ {2}\S (\S+) \(/gm)]
      .map(([, name]) => name))
    const found = readdirSync(folder).map((name) => {
      const checks: Check[] = JSON.parse(readFileSync(join(folder, name, 'checks.json'), 'utf8'))
      const scenario = /^server-(.+)-\d{4}-\d\d-\d\dT/.exec(name)![1]!
      return { name: scenario, isScored: !unscored.has(scenario), ...verdictOf(scenario, checks) }
    })
    if (!found.length) throw new Error(`The suite did not run:\n${said}`)
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The suite needs a Node as new as ours; npm takes the first on the path. */
function npmExec(words: string[], cwd: string): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn('npm', ['exec', '--yes', `--package=${SUITE}`, '--', 'conformance', ...words], {
      cwd, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk })
    child.on('error', fail)
    child.on('close', () => done(said))
  })
}

const count = (scenarios: Scenario[], verdict: Verdict): number =>
  scenarios.filter((one) => one.verdict === verdict && one.isScored).length

function summaryOf(revision: string, scenarios: Scenario[]): string {
  const scored = scenarios.filter(({ isScored }) => isScored).length
  return `${revision}: ${count(scenarios, 'passes')} of ${scored} scored scenarios pass, `
    + `${count(scenarios, 'fails')} fail, ${count(scenarios, 'not offered')} look for what is not offered, `
    + `${count(scenarios, 'wants fixtures')} want the suite's own fixtures`
}

function pageOf(results: Map<string, Scenario[]>): string {
  const tables = [...results].map(([revision, scenarios]) => [
    `## ${revision}\n`, `${summaryOf(revision, scenarios)}.\n`,
    '| scenario | scored | verdict |', '| --- | --- | --- |',
    ...scenarios.map(({ name, verdict, isScored, words }) => {
      const why = ['fails', 'not offered'].includes(verdict) ? `: ${words}` : ''
      return `| ${name} | ${isScored ? 'yes' : 'no'} | ${verdict}${why} |`
    }),
  ].join('\n'))
  return `# MCP conformance

What the official suite (\`${SUITE}\`) says of a running server: \`npm run mcp:conformance -- --write\`.
It was written for a server that carries tools, prompts and resources of the suite's own (\`test_…\`);
Guildhall carries none, so those scenarios cannot be judged.

${tables.join('\n\n')}
`
}

const { values } = parseArgs({ options: { url: { type: 'string' }, write: { type: 'boolean', default: false } } })
const { url, token } = connectionOf(values.url ? { url: values.url } : {}, process.env)
if (!token || !await fetch(`${url}/healthz`).catch(() => null)) {
  console.error(`No server answers at ${url}, or no token for it is known: npm start, or see guildhall --help.`)
  process.exit(2)
}
const fixture = await openFixture(url, token)
const results = new Map<string, Scenario[]>()
for (const revision of revisions) {
  const scenarios = await run(fixture.url, revision)
  results.set(revision, scenarios)
  for (const { name, verdict, words } of scenarios) console.log(`${verdict.padEnd(15)} ${name}${words && `  ${words}`}`)
  console.log(`${summaryOf(revision, scenarios)}\n`)
}
await fixture.close()
if (values.write) writeFileSync(join(checkout, 'docs', 'mcp-conformance.md'), pageOf(results))
process.exitCode = [...results.values()].flat().some(({ verdict, isScored }) => isScored && verdict === 'fails') ? 1 : 0
