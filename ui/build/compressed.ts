/** Writes each file of the build a second time, compressed as well as brotli can: once, here. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import type { Plugin } from 'vite'

const worthwhile = /\.(js|css|html|svg|webmanifest)$/
/** Smaller than this it fits into one packet anyway. */
const SMALL = 1024

export function compressed(): Plugin {
  let folder = ''
  return {
    name: 'guildhall-compressed',
    apply: 'build',
    configResolved: ({ root, build }) => { folder = resolve(root, build.outDir) },
    writeBundle: () => {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (worthwhile.test(name)) compress(join(folder, name))
      }
    },
  }
}

function compress(file: string): void {
  const content = readFileSync(file)
  if (content.length < SMALL) return
  writeFileSync(`${file}.br`, brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  }))
}
