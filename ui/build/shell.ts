/**
 * The service worker: keeps the page's own files, so that it opens without a network. What it keeps
 * is the list of this build's files; a new build is a new list, and replaces the old one at once.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const MARK = '/* files of this build */ []'

export function shell(): Plugin {
  let root = ''
  return {
    name: 'guildhall-shell',
    apply: 'build',
    configResolved: (config) => { root = config.root },
    generateBundle(_, bundle) {
      const still = readdirSync(join(root, 'public')).filter((name) => name !== 'robots.txt')
      const files = ['/', ...Object.keys(bundle).filter((name) => name.startsWith('assets/')),
        ...still].map((name) => (name === '/' ? name : `/${name}`)).sort()
      const hash = createHash('sha256')
      for (const name of still) hash.update(readFileSync(join(root, 'public', name)))
      for (const [name, part] of Object.entries(bundle)) {
        hash.update(name).update(part.type === 'chunk' ? part.code : part.source)
      }
      const source = readFileSync(join(root, 'build', 'service-worker.js'), 'utf8')
        .replace('BUILD', hash.digest('hex').slice(0, 12)).replace(MARK, JSON.stringify(files))
      this.emitFile({ type: 'asset', fileName: 'sw.js', source })
    },
  }
}
