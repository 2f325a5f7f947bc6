/**
 * Writes what follows from the registry: the SDK's types and routes, the page's GraphQL types, and
 * the reference pages; and db/schema.sql, which follows from the migrations.
 * `--check` writes nothing and exits 1 when a file is not as it would be written.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { referencePages } from './gen-reference.ts'
import { schemaText } from './gen-schema.ts'
import { rulePages } from './gen-rules.ts'
import { sdkFiles } from './gen-sdk.ts'
import { uiFiles } from './gen-ui.ts'

const checkout = resolve(import.meta.dirname, '..')
/** Folders that hold nothing but generated files: what is not made any more is removed. */
const folders = ['sdk/generated', 'docs/reference']

/** Every generated file by its path in the checkout. */
export const generatedFiles = (): Map<string, string> =>
  new Map(Object.entries({ ...sdkFiles(), ...uiFiles(), ...referencePages(), ...rulePages() }))

function present(): string[] {
  return folders.filter((folder) => existsSync(join(checkout, folder))).flatMap((folder) =>
    readdirSync(join(checkout, folder)).map((name) => `${folder}/${name}`))
}

/** Paths whose content is not what the registry says. */
function drifted(files: Map<string, string>): string[] {
  const differs = ([path, text]: [string, string]): boolean => {
    const file = join(checkout, path)
    return !existsSync(file) || readFileSync(file, 'utf8') !== text
  }
  return [
    ...[...files].filter(differs).map(([path]) => path),
    ...present().filter((path) => !files.has(path)),
  ]
}

function write(files: Map<string, string>, paths: string[]): void {
  for (const path of paths) {
    const file = join(checkout, path)
    const text = files.get(path)
    mkdirSync(dirname(file), { recursive: true })
    if (text === undefined) rmSync(file)
    else writeFileSync(file, text)
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const files = generatedFiles()
  // A test compares the schema: checking it here would start a Postgres once more.
  if (!values.check) files.set('db/schema.sql', await schemaText())
  const paths = drifted(files)
  if (!values.check) write(files, paths)
  for (const path of paths) console.log(`${values.check ? 'differs' : 'written'}  ${path}`)
  if (!paths.length) console.log(`${files.size} generated files are current.`)
  if (values.check && paths.length) {
    console.log('Run npm run gen and commit what it writes.')
    process.exitCode = 1
  }
}
