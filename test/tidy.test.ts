/** House rules as a test: who may import whom, how long things may be, what every operation needs. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { operations } from '../operations/index.ts'
import { handlers } from '../handlers/index.ts'
import { catalogue } from '../domain/errors.ts'

const root = resolve(import.meta.dirname, '..')
/** What git knows, and what it would take: the same on every machine. */
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\n').filter((path) => path && existsSync(join(root, path)))
const isTest = (path: string): boolean => path.startsWith('test/') || path.endsWith('.test.ts')
const isGenerated = (path: string): boolean => path.startsWith('sdk/generated/')
  || path === 'db/schema.sql' || path === 'ui/src/graphql/schema.d.ts'
const sources = files.filter((path) => /\.(ts|vue)$/.test(path) && !isGenerated(path))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
/** The code of a file: of a component its script, on the lines where it stands. */
function codeOf(path: string): string {
  if (!path.endsWith('.vue')) return read(path)
  let isScript = false
  return read(path).split('\n').map((line) => {
    if (/^<\/?script/.test(line)) isScript = line.startsWith('<script')
    return isScript && !line.startsWith('<script') ? line : ''
  }).join('\n')
}

type Rule = {
  /** Folders or files whose values may be imported. */
  values: string[]
  /** Folders of which only types may be imported. */
  types?: string[]
  packages: string[] | 'any'
  node: boolean
  remedy: string
}

/** The import matrix of docs/ARCHITECTURE.md. Folders that are not here may import anything. */
const matrix: Record<string, Rule> = {
  domain: {
    values: ['domain'], packages: [], node: false,
    remedy: 'domain/ is pure: pass in what it needs as facts.',
  },
  operations: {
    values: ['operations', 'domain'], packages: ['zod'], node: false,
    remedy: 'operations/ are data for every surface, the browser included: move code to handlers/.',
  },
  handlers: {
    values: ['handlers', 'operations', 'domain', 'db', 'activities/write.ts'], packages: ['uuid', 'zod', '@pydantic/genai-prices'],
    node: true, remedy: 'A handler gathers facts, asks domain/ and writes once through the context.',
  },
  workflows: {
    values: ['workflows', 'domain'], types: ['activities'], packages: ['@temporalio/workflow'], node: false,
    remedy: 'Workflows are deterministic: everything else is an activity, imported as a type.',
  },
  activities: {
    values: ['activities', 'domain', 'db'], packages: ['uuid', '@temporalio/activity'], node: true,
    remedy: 'Activities get what they need passed in by main.ts.',
  },
  db: {
    values: ['db', 'domain'], packages: ['knex', 'pg'], node: true,
    remedy: 'db/ holds statements; rules belong to domain/, wiring to main.ts.',
  },
  api: {
    values: ['api', 'operations', 'handlers', 'domain', 'mcp'], types: ['db', 'config.ts'],
    packages: 'any', node: true,
    remedy: 'Surfaces decode and invoke: statements belong to db/, rules to domain/.',
  },
  mcp: {
    values: ['mcp', 'operations', 'handlers', 'domain', 'api'], packages: 'any', node: true,
    remedy: 'Surfaces decode and invoke: statements belong to db/, rules to domain/.',
  },
  relay: {
    values: ['relay', 'db', 'domain'], packages: [], node: true,
    remedy: 'The relay gets wake and terminate passed in by main.ts.',
  },
  temporal: {
    values: ['temporal', 'workflows'], types: ['activities', 'db'], packages: 'any', node: true,
    remedy: 'temporal/ connects; what runs is passed in by main.ts.',
  },
  sdk: {
    values: ['sdk'], packages: [], node: false,
    remedy: 'The SDK runs anywhere without dependencies: generate what it needs into sdk/generated/.',
  },
  cli: {
    values: ['cli', 'sdk', 'operations', 'domain', 'config.ts'], packages: 'any', node: true,
    remedy: 'The command line is a client: it calls the SDK; what needs the machine lives in ops/.',
  },
  'ui/src': {
    values: ['ui/src', 'sdk', 'domain'], types: ['operations'],
    packages: [
      'vue', 'vue-router', 'reka-ui', '@lucide/vue', '@urql/core', 'graphql-ws', 'gql.tada',
      '@tanstack/vue-virtual', '@atlaskit/pragmatic-drag-and-drop', 'uplot', 'marked', 'dompurify', 'uplot',
    ], node: false,
    remedy: 'The page is a client: rules come from domain/, commands go through sdk/, reads through GraphQL.',
  },
  ops: {
    values: [
      'ops', 'db', 'domain', 'handlers', 'temporal', 'activities', 'relay', 'operations', 'config.ts',
      'workflows', 'main.ts',
    ], packages: 'any', node: true,
    remedy: 'ops/ runs machines, not surfaces.',
  },
}

type Import = { path: string; target: string; isType: boolean; line: number }

function importsOf(path: string): Import[] {
  const source = parsed(path)
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const specifier = (ts.isImportDeclaration(node) || ts.isExportDeclaration(node))
      && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier : null
    if (specifier) {
      const isType = ts.isImportDeclaration(node)
        ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        : (node as ts.ExportDeclaration).isTypeOnly
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
      found.push({ path, target: specifier.text, isType, line })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const trees = new Map<string, ts.SourceFile>()
function parsed(path: string): ts.SourceFile {
  const tree = trees.get(path)
    ?? ts.createSourceFile(path, codeOf(path), ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  trees.set(path, tree)
  return tree
}

function breaks(rule: Rule, { path, target, isType }: Import): boolean {
  if (target.startsWith('node:')) return !rule.node
  if (!target.startsWith('.')) {
    const name = target.split('/').slice(0, target.startsWith('@') ? 2 : 1).join('/')
    return rule.packages !== 'any' && !rule.packages.includes(name)
  }
  const file = relative(root, resolve(root, dirname(path), target))
  const within = (places: string[]): boolean => places.some((place) =>
    file === place || file.startsWith(`${place}/`))
  return !within(rule.values) && !(isType && within(rule.types ?? []))
}

describe('who may import whom', () => {
  test.each(Object.keys(matrix))('%s', (folder) => {
    const rule = matrix[folder]!
    const found = sources.filter((path) => path.startsWith(`${folder}/`) && !isTest(path))
      .flatMap(importsOf).filter((one) => breaks(rule, one))
      .map(({ path, line, target }) => `${path}:${line} imports ${target}. ${rule.remedy}`)
    expect(found).toEqual([])
  })
  test('process.env is read in config.ts only', () => {
    const readers = sources.filter((path) => !isTest(path) && path !== 'config.ts' && /\bprocess\.env\b/.test(read(path)))
      // A child's environment is passed on whole; nothing is read from it.
      .filter((path) => /\bprocess\.env\b(?!\s*[,}])/.test(read(path).replaceAll(/\.\.\.process\.env/g, '')))
      .filter((path) => !['cli/', 'scripts/', 'bench/'].some((folder) => path.startsWith(folder)))
    expect(readers.map((path) => `${path}: add a variable to config.ts and pass it in`)).toEqual([])
  })
  test('domain knows no clock and no chance', () => {
    const found = sources.filter((path) => path.startsWith('domain/') && !isTest(path))
      .filter((path) => /Date\.now|Math\.random|new Date\(\)|crypto/.test(read(path)))
    expect(found.map((path) => `${path}: take the instant or the id from the facts`)).toEqual([])
  })
})

/** Tests are tables, one line per case: they may be wider. */
const columnsOf = (path: string): number => (isTest(path) ? 140 : 100)

describe('sizes', () => {
  const code = files.filter((path) => /\.(ts|mjs|sql|vue)$/.test(path) && !isGenerated(path))
  test('a file has 400 lines at most', () => {
    const long = code.filter((path) => read(path).split('\n').length > 401)
    expect(long.map((path) => `${path}: split it by what its parts know`)).toEqual([])
  })
  test('a line has 100 columns at most', () => {
    const wide = code.flatMap((path) => read(path).split('\n')
      .map((line, index) => ({ place: `${path}:${index + 1}`, width: [...line].length }))
      .filter(({ width }) => width > columnsOf(path)))
    expect(wide.map(({ place, width }) => `${place} has ${width} columns: break it`)).toEqual([])
  })
  test('a function has 70 lines at most', () => {
    const long = sources.filter((path) => !isTest(path)).flatMap((path) => {
      const source = parsed(path)
      const found: string[] = []
      const visit = (node: ts.Node): void => {
        if (ts.isFunctionLike(node) && 'body' in node && node.body) {
          const { line: from } = source.getLineAndCharacterOfPosition(node.getStart())
          const { line: to } = source.getLineAndCharacterOfPosition(node.getEnd())
          if (to - from + 1 > 70) found.push(`${path}:${from + 1} has ${to - from + 1} lines: split it`)
        }
        ts.forEachChild(node, visit)
      }
      visit(source)
      return found
    })
    expect(long).toEqual([])
  })
})

describe('names', () => {
  test('no utils, helpers or misc', () => {
    const vague = files.filter((path) => /(^|\/)(utils?|helpers?|misc|common|shared|lib)(\/|\.)/.test(path))
    expect(vague.map((path) => `${path}: name it by what it knows`)).toEqual([])
  })
  test('no barrels except the registries', () => {
    const registries = ['operations/index.ts', 'handlers/index.ts', 'activities/index.ts', 'workflows/index.ts']
    const barrels = sources.filter((path) => path.endsWith('/index.ts') && !registries.includes(path))
    expect(barrels.map((path) => `${path}: import from the file that defines it`)).toEqual([])
  })
  test('the same noun everywhere: each noun of operations/ has its handlers', () => {
    const nouns = files.filter((path) => /^operations\/\w+\.ts$/.test(path))
      .map((path) => path.slice('operations/'.length))
      .filter((name) => !['define.ts', 'index.ts', 'shapes.ts'].includes(name))
    expect(nouns.filter((name) => !files.includes(`handlers/${name}`))).toEqual([])
  })
})

describe('operations', () => {
  test.each(operations.map((operation) => [operation.name, operation] as const))('%s', (name, operation) => {
    expect(handlers[name], `give ${name} a handler in handlers/index.ts`).toBeTypeOf('function')
    expect(operation.examples.length, `give ${name} an example`).toBeGreaterThan(0)
    expect(operation.examples.some(({ refused }) => !refused), `give ${name} an example that succeeds`).toBe(true)
    expect(operation.errors.every((code) => code in catalogue)).toBe(true)
    const refusals = operation.examples.flatMap(({ refused }) => refused ?? [])
    expect(refusals.filter((code) => !operation.errors.includes(code)), 'list the error').toEqual([])
    expect(operation.summary.endsWith('.'), 'a summary is a sentence').toBe(true)
  })
  test('every handler has an operation', () => {
    expect(Object.keys(handlers).filter((name) => !operations.some((one) => one.name === name))).toEqual([])
  })
  test('a worker sees 20 tools at most', () => {
    expect(operations.filter(({ everyday }) => everyday).length).toBeLessThanOrEqual(20)
  })
})

describe('SQL', () => {
  const tenantTables = [
    'actors', 'agents', 'agent_keys', 'events', 'streams', 'idempotency', 'tasks', 'leases', 'gate_policies',
    'gates', 'votes', 'parked_steps', 'accounts', 'transfers', 'ledger_keys', 'task_rows', 'gate_rows',
    'agent_rows', 'transfer_rows', 'workstreams', 'workstream_rows', 'rates', 'charges', 'holds',
    'velocity_alerts',
  ]
  const touches = new RegExp(`\\b(from|join|update|into)\\s+(${tenantTables.join('|')})\\b`)
  test('names the workspace wherever it touches a tenant’s rows', () => {
    const found = files.filter((path) => path.startsWith('db/functions/')).flatMap((path) =>
      read(path).split(';').filter((statement) => touches.test(statement))
        .filter((statement) => !/workspace/.test(statement) && !/-- across workspaces/.test(statement))
        .map((statement) => `${path}: ${statement.trim().slice(0, 80)}… needs workspace_id`))
    const texts = (path: string): string[] => read(path).match(/`[^`]*`/g) ?? []
    const inCode = sources.filter((path) => path.startsWith('db/')).flatMap((path) =>
      texts(path).filter((text) => touches.test(text) && !/workspace/.test(text))
        .filter(() => !read(path).includes('across workspaces'))
        .map((text) => `${path}: ${text.slice(0, 80)}… needs workspace_id`))
    expect([...found, ...inCode]).toEqual([])
  })
})

describe('the project speaks of itself alone', () => {
  test('no path of a machine', () => {
    const prose = files.filter((path) => /\.(ts|mjs|md|sql|ya?ml|json|sh|vue)$/.test(path) && path !== 'package-lock.json')
    const found = prose.filter((path) => /\/work\/|\/root\/|registry\.npmjs|pypi\.org/.test(read(path)) && path !== 'test/tidy.test.ts')
    expect(found.map((path) => `${path} names a place outside the project`)).toEqual([])
  })
})
