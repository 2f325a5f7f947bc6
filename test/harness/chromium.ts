/**
 * A Chromium for the tests of the page: CHROMIUM_PATH, the system's, Playwright's own, or the one
 * that the npm package brings, unpacked once into .cache.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import bundled from '@sparticuz/chromium'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

const cache = join(import.meta.dirname, '..', '..', '.cache')
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome-headless-shell']

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--font-render-hinting=none',
  // Another name for this machine: what browsers allow on localhost only, they do not allow there.
  '--host-resolver-rules=MAP *.test 127.0.0.1',
]

function onPath(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const places = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  return places.find((place) => existsSync(place)) ?? null
}

/** Unpacks beside its place first: two test runs at once must not start half a program. */
async function unpacked(): Promise<string> {
  const manifest = JSON.parse(readFileSync(join(cache, '..', 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }
  const home = join(cache, `chromium-${manifest.devDependencies['@sparticuz/chromium']}`)
  if (existsSync(join(home, 'chromium'))) return join(home, 'chromium')
  mkdirSync(cache, { recursive: true })
  const making = mkdtempSync(join(cache, 'chromium-making-'))
  const before = process.env.TMPDIR
  process.env.TMPDIR = making
  try {
    await bundled.executablePath()
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
  try {
    renameSync(making, home)
  } catch {
    rmSync(making, { recursive: true, force: true })
  }
  return join(home, 'chromium')
}

async function chromiumPath(): Promise<string> {
  const given = process.env.CHROMIUM_PATH
  if (given) return given
  const own = chromium.executablePath()
  return onPath() ?? (existsSync(own) ? own : await unpacked())
}

export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: await chromiumPath(), args: flags })
}
