/**
 * Builds the page (ui/dist) when what it is made of changed; silent when nothing is to do. The
 * build goes into a folder beside it first, so that a running server never sees half of one.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync,
} from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { nodeBinary, say, takeTurn } from './prepare.mjs'

const checkout = resolve(import.meta.dirname, '..')
const built = join(checkout, 'ui', 'dist')
const making = join(checkout, 'ui', 'dist-making')
const stampFile = join(checkout, '.cache', 'page-stamp')
/** What the page is made of. */
const sources = ['ui', 'domain', 'sdk', 'package-lock.json']
const apart = new Set(['dist', 'dist-making', 'node_modules'])

/** Answers whether ui/dist is what the sources say; false when they do not build. */
export async function buildPage() {
  if (isCurrent(fingerprint())) return true
  const release = await takeTurn('building')
  try {
    const wanted = fingerprint()
    if (isCurrent(wanted)) return true
    const startedAt = Date.now()
    say('Building the page …')
    const { code, text } = await runVite()
    if (code !== 0) {
      say(`The page could not be built:\n${text.trim()}`)
      return false
    }
    rmSync(built, { recursive: true, force: true })
    renameSync(making, built)
    writeFileSync(stampFile, wanted)
    say(`Built the page in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`)
    return true
  } finally {
    release()
  }
}

const isCurrent = (wanted) => existsSync(join(built, 'index.html'))
  && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted

function fingerprint() {
  const hash = createHash('sha256')
  for (const path of sources) addTo(hash, path)
  return hash.digest('hex')
}

function addTo(hash, path) {
  const place = join(checkout, path)
  if (apart.has(basename(path)) || /\.(test\.ts|md)$/.test(path)) return
  if (!statSync(place).isDirectory()) {
    hash.update(`${path}\0`).update(readFileSync(place))
    return
  }
  for (const name of readdirSync(place).toSorted()) addTo(hash, `${path}/${name}`)
}

function runVite() {
  return new Promise((done) => {
    const child = spawn(nodeBinary, [
      join(checkout, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', join(checkout, 'ui'),
      '--outDir', making, '--logLevel', 'warn',
    ], { cwd: checkout, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stdout.on('data', (chunk) => { text += chunk })
    child.stderr.on('data', (chunk) => { text += chunk })
    child.on('error', (error) => done({ code: 127, text: error.message }))
    child.on('close', (code) => done({ code, text }))
  })
}

if (process.argv[1] === import.meta.filename) {
  const { prepare } = await import('./prepare.mjs')
  await prepare()
  process.exitCode = await buildPage() ? 0 : 1
}
