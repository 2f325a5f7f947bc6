/**
 * `guildhall ledger`: the books as a file that proves itself, without a server or a database.
 */
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { archive } from './ledger-archive.ts'
import { exportLedger, openBooks, signerOf, workspaceOf } from './ledger-export.ts'
import type { FileProof } from './ledger-verify.ts'
import { verifyFile } from './ledger-verify.ts'

const help = `Usage: guildhall ledger <verb>

  export --out <file> [--workspace <name>]   write everything to a file, with a signed head
  verify                                     prove the books of the server (credits verify)
  verify <file> [--key <public key>]         prove such a file; no server is asked
  key                                        the public key that heads are signed with: note it
  archive --before <YYYY-MM> --out <folder>  close months that are over and take them away

Flags: --json. Exit code 1: the proof failed.
`

const options = {
  out: { type: 'string' }, workspace: { type: 'string', default: 'main' },
  key: { type: 'string' }, before: { type: 'string' }, json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

type Values = ReturnType<typeof read>['values']
const read = (argv: string[]) => parseArgs({ args: argv, options, allowPositionals: true })

const say = (text: string): void => { process.stdout.write(`${text}\n`) }

const verbs: Record<string, (values: Values, rest: string[]) => Promise<number>> = {
  export: async ({ out, workspace, json }) => {
    if (!out) return misused('Say where: --out <file>')
    const books = openBooks(readConfig())
    try {
      const refused = await exportLedger(books, await workspaceOf(books, workspace), out)
      const { publicKey } = books.signer
      say(json ? JSON.stringify({ file: out, public_key: publicKey, refused })
        : [`${out} is written.`, `The public key is ${publicKey}: note it somewhere else.`,
          ...refused.map((why) => `NOT SIGNED: ${why}`)].join('\n'))
      return refused.length ? 1 : 0
    } finally {
      await books.db.end()
    }
  },
  verify: async ({ key = null, json }, [file]) => {
    if (!file) return misused('Name a file; without one it is: guildhall credits verify')
    const proof = await verifyFile(file, key)
    say(json ? JSON.stringify(proof) : inWords(proof))
    return proof.ok ? 0 : 1
  },
  key: async ({ json }) => {
    const { publicKey, keyId } = signerOf(readConfig())
    say(json ? JSON.stringify({ id: keyId, key: publicKey }) : publicKey)
    return 0
  },
  archive: async ({ before, out, json }) => {
    if (!before || !out) return misused('Say which and where: --before <YYYY-MM> --out <folder>')
    const done = await archive(readConfig(), { before, folder: out })
    say(json ? JSON.stringify(done) : done.months.length === 0 ? 'There is nothing to archive.'
      : done.months.map(({ month, transfers, files }) =>
        `${month}: ${transfers} transfers in ${files.join(', ')}`).join('\n'))
    return 0
  },
}

function inWords(proof: FileProof): string {
  const { ok, workspace, month, accounts, transfers, checks, public_key } = proof
  return [
    `${workspace}${month ? ` in ${month}` : ''}: ${accounts} accounts, ${transfers} transfers`,
    ...checks.map((check) =>
      `${check.ok ? 'ok   ' : 'WRONG'}  ${check.name}: ${check.detail}`),
    public_key.pinned ? `Signed with the key you gave.`
      : `Signed with the key ${public_key.key}: compare it with the one you noted.`,
    ok ? 'The books balance.' : 'The books are NOT proven.',
  ].join('\n')
}

function misused(what: string): number {
  process.stderr.write(`${what}\n\n${help}`)
  return 2
}

async function run(argv: string[]): Promise<number> {
  const { values, positionals: [verb, ...rest] } = read(argv)
  if (values.help || !verb) {
    say(help)
    return verb ? 0 : 2
  }
  const known = verbs[verb]
  return known ? known(values, rest) : misused(`There is no ledger ${verb}.`)
}

if (import.meta.main) {
  process.exitCode = await run(process.argv.slice(2)).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`)
    return 1
  })
}
