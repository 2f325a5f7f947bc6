/**
 * `npm test`: types, lint and the tests, and at the end one line `N passed, N failed`.
 * With arguments (`npm test -- test/features/tasks.test.ts`) only vitest runs, on those.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildPage } from './page.mjs'
import { prepare } from './prepare.mjs'
import { runNode } from './run.mjs'
import { programs } from './typecheck.mjs'

const checkout = resolve(import.meta.dirname, '..')
const report = join(checkout, '.cache', 'test-report.json')
const tool = (path) => join(checkout, 'node_modules', path)

/** What is checked before the tests; each counts as one check in the last line. */
const checks = [
  ...programs,
  { name: 'lint', args: [tool('oxlint/bin/oxlint'), '--deny-warnings'] },
  { name: 'generated files', args: [join(checkout, 'scripts', 'gen.ts'), '--check'] },
]

await prepare()
const asked = process.argv.slice(2)
const outcome = { passed: 0, failed: 0 }
// One file of other tests should not wait for the page, nor fail for its sake.
const needsPage = !asked.length || asked.some((word) => /browser|session/.test(word))
if (needsPage && !await buildPage()) outcome.failed++
for (const { name, args } of asked.length ? [] : checks) {
  console.log(`\nChecking ${name} …`)
  const holds = await runNode(args, { cwd: checkout }) === 0
  outcome[holds ? 'passed' : 'failed']++
}
await runTests(asked)
console.log(`\n${outcome.passed} passed, ${outcome.failed} failed`)
process.exitCode = outcome.failed ? 1 : 0

async function runTests(args) {
  mkdirSync(join(checkout, '.cache'), { recursive: true })
  rmSync(report, { force: true })
  const code = await runNode([
    tool('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json',
    `--outputFile=${report}`, ...args,
  ], { cwd: checkout })
  const counted = readReport()
  outcome.passed += counted.passed
  outcome.failed += counted.failed
  // A run can fail without a failed test: a file that does not load, an error between tests.
  if (code !== 0 && counted.failed === 0) outcome.failed++
}

function readReport() {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests }
  } catch {
    return { passed: 0, failed: 0 }
  }
}
