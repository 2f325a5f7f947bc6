/** The long runs, kept short: each still starts, does its work and finds nothing. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const home = mkdtempSync(join(tmpdir(), 'guildhall-smoke-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const run = (file: string, ...args: string[]): Promise<{ code: number | null; said: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, file), ...args], {
      cwd: root, env: { ...process.env, GUILDHALL_HOME: home, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += String(text) })
    child.once('error', reject)
    child.once('exit', (code) => resolve({ code, said }))
  })

test.each([
  ['demo', ['demo/main.ts', '--yes'], /Every figure is what the rules say/],
  ['chaos', ['test/faults/chaos/main.ts', '--seconds', '8', '--min-kills', '2'], /lost 0, doubled 0, drift 0, stuck 0, overshoot 0/],
  ['the engine down', ['test/faults/chaos/main.ts', '--engine-down', '4'], /lost 0, doubled 0, drift 0, stuck 0, overshoot 0/],
  ['bench', ['bench/main.ts', '--smoke', '--only', 'transition,spend,paid,list'], /bare Update/],
  ['bench of the page', ['bench/main.ts', 'ui', '--smoke', '--rounds', '1', '--cards', '60'], /Board of 60 at 4× CPU slowdown/],
] as const)('%s', async (_, [file, ...args], finds) => {
  const { code, said } = await run(file, ...args)
  expect(said).toMatch(finds)
  expect({ code, said: code ? said : '' }).toEqual({ code: 0, said: '' })
}, 180_000)
