/**
 * `npm run typecheck`: three programs, because the server, the page and the tests in a browser have
 * different worlds around them (Node, a window, both).
 */
import { join, resolve } from 'node:path'
import { prepare } from './prepare.mjs'
import { runNode } from './run.mjs'

const checkout = resolve(import.meta.dirname, '..')
const tool = (path) => join(checkout, 'node_modules', path)

export const programs = [
  { name: 'types', args: [tool('typescript/bin/tsc'), '--noEmit'] },
  { name: 'types of the page', args: [tool('vue-tsc/bin/vue-tsc.js'), '--noEmit', '-p', 'ui'] },
  {
    name: 'types of the tests in a browser',
    args: [tool('typescript/bin/tsc'), '--noEmit', '-p', 'test/browser'],
  },
]

if (process.argv[1] === import.meta.filename) {
  await prepare()
  const codes = await Promise.all(programs.map(({ args }) => runNode(args, { cwd: checkout })))
  process.exitCode = Math.max(...codes)
}
