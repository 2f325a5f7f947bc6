/**
 * `node scripts/run.mjs [--page] <file.ts> [arguments]`: makes the packages current (with `--page`
 * also the page's build), then runs the file on our own Node 24. Passes on signals and keeps the
 * exit code, so callers see only the file.
 * (package.json says `exec node …`: else a shell stands between npm and us, and dies of a signal
 * without passing it on.)
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { buildPage } from './page.mjs'
import { nodeBinary, prepare } from './prepare.mjs'

/** Runs Node 24 with these arguments; answers its exit code (128 + n after signal n). */
export function runNode(args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(nodeBinary, args, { stdio: 'inherit', ...options })
    const passOn = (signal) => child.kill(signal)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, passOn)
    // npm killed outright tells nobody; what it ran would go on unseen.
    const parent = process.ppid
    const watch = process.env.npm_lifecycle_event && setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(watch)
      passOn('SIGTERM')
    }, 500)
    child.on('error', fail)
    child.on('exit', (code, signal) => {
      clearInterval(watch)
      for (const name of signals) process.off(name, passOn)
      done(code ?? 128 + constants.signals[signal])
    })
  })
}

if (process.argv[1] === import.meta.filename) {
  const given = process.argv.slice(2)
  const withPage = given[0] === '--page'
  await prepare()
  // Without a page that builds, everything else works: it said what is wrong.
  if (withPage) await buildPage()
  process.exitCode = await runNode(withPage ? given.slice(1) : given)
}
