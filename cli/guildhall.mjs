#!/usr/bin/env node
/**
 * The command on whatever Node the machine has: TypeScript as it stands needs our own Node 24,
 * which is installed first where it is missing.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { prepare } from '../scripts/prepare.mjs'
import { runNode } from '../scripts/run.mjs'

const main = join(import.meta.dirname, 'main.ts')
await prepare()
if (Number(process.versions.node.split('.')[0]) >= 24) await import(pathToFileURL(main).href)
else process.exitCode = await runNode([main, ...process.argv.slice(2)])
