/**
 * Proves a ledger's file without any server: its chain, its signatures, that events and transfers
 * say the same, and that every account is the sum of its legs. Reads line by line; what it keeps
 * grows with accounts and keys, not with the rest.
 */
import { createHash } from 'node:crypto'
import { formatCredits, parseCredits } from '../domain/credits.ts'
import type { SignedHead } from '../domain/heads.ts'
import { headText, signedSoFar } from '../domain/heads.ts'
import { isSigned, keyIdOf } from '../handlers/signer.ts'
import type { Check } from '../db/proofs.ts'
import type { EventLine, Footer, Header, Line } from './ledger-file.ts'
import { FORMAT, eventHash, readLines } from './ledger-file.ts'

export type FileProof = {
  ok: boolean
  workspace: string
  month: string | null
  accounts: number
  transfers: number
  sum: string
  checks: Check[]
  public_key: { id: string; key: string; pinned: boolean }
}

type Account = {
  id: string; kind: string; name: string; opening: bigint; posted: bigint; held: bigint | null
  usd_spent: bigint | null
  /** Legs here, legs of archived months as the log tells them, closings, open holds, dollars. */
  legs: bigint; told: bigint; closed: bigint; open: bigint; usd: bigint
}
type Transfer = {
  id: string; kind: string; from: string; to: string; amount: string; event: string; keys: string[]
}
type Told = { kind: string; amount: string; from: string; to: string }

/** What each line of the proof says when all is well. */
const claims = {
  complete: 'the file is whole: every record is counted in its footer',
  chain: 'each event has the hash of the one before',
  signed: 'heads have the signature of the key',
  events: 'each transfer has an event that says the same',
  transfers: 'each transfer that the log tells of is there',
  keys: 'each transfer has a key that no other has',
  sum: 'the balances of all accounts add up to 0',
  accounts: 'each balance is the sum of its entries',
  holds: 'what is held is the sum of open holds',
  charges: 'each model call has a transfer that says the same',
  costs: 'what models cost is the sum of their calls',
  closings: 'archived months are as the log tells them',
} as const
type Name = keyof typeof claims

export class BooksCheck {
  readonly #pinned: string | null
  readonly #faults = new Map<Name, { count: number; first: string }>()
  readonly #accounts = new Map<string, Account>()
  readonly #byName = new Map<string, Account>()
  readonly #keys = new Set<string>()
  readonly #counts: Record<string, number> = {}
  /** They come before the events, and learn the hash of theirs when it passes. */
  readonly #heads: (SignedHead & { found?: string })[] = []
  #nextHead = 0
  readonly #archived: { month: string; previous: string | null; digest: string }[] = []
  readonly #closings = new Map<string, { account: string; amount: string; legs: number }[]>()
  #header: Header | null = null
  #footer: Footer | null = null
  #place: { seq: number; hash: string | null } = { seq: 0, hash: null }
  /** The transfer that the last event told of, until its line comes; then its model call. */
  #told: EventLine | null = null
  #model: Transfer | null = null
  #lastSeq = 0
  #line = 0

  /** `pinned`: the public key that was noted earlier; null = believe the file's. */
  constructor(pinned: string | null) {
    this.#pinned = pinned
  }

  read(text: string): void {
    this.#line++
    let line: Line
    try {
      line = JSON.parse(text) as Line
    } catch {
      return this.#wrong('complete', 'no JSON')
    }
    if (this.#footer) return this.#wrong('complete', 'it goes on after its footer')
    if (line.record !== 'footer' && line.record !== 'header') this.#count(line.record)
    if (!this.#header && line.record !== 'header') this.#wrong('complete', 'it has no header')
    if (line.record !== 'transfer') this.#missTransfer()
    if (line.record !== 'charge') this.#missCharge()
    try {
      const take = this.#takers[line.record]
      if (take) take(line)
      else this.#wrong('complete', `${line.record} is no record of this format`)
    } catch {
      this.#wrong('complete', `this ${line.record} cannot be read`)
    }
  }

  readonly #takers: Record<string, (line: Line) => void> = {
    header: (line) => this.#takeHeader(line as unknown as Header),
    account: (line) => this.#takeAccount(line as Record<string, string>),
    closing: (line) => this.#takeClosing(line as never),
    event: (line) => this.#takeEvent(line as unknown as EventLine),
    transfer: (line) => this.#takeTransfer(line as unknown as Transfer),
    charge: (line) => this.#takeCharge(line as never),
    hold: (line) => this.#takeHold(line as never),
    head: (line) => { this.#heads.push(line as unknown as SignedHead) },
    footer: (line) => { this.#footer = line as unknown as Footer },
  }

  #count(record: string): void {
    this.#counts[record] = (this.#counts[record] ?? 0) + 1
  }

  #wrong(name: Name, what: string, isLine = true): void {
    const fault = this.#faults.get(name)
    const first = fault?.first ?? (isLine ? `line ${this.#line}: ${what}` : what)
    this.#faults.set(name, { count: (fault?.count ?? 0) + 1, first })
  }

  #takeHeader(header: Header): void {
    if (this.#header) return this.#wrong('complete', 'a second header')
    if (header.format !== FORMAT) this.#wrong('complete', `it is of the format ${header.format}`)
    this.#header = header
    this.#place = header.after
  }

  #takeAccount(line: Record<string, string | null>): void {
    const whole = (value: string | null | undefined): bigint | null =>
      (value === null || value === undefined ? null : BigInt(value))
    const account: Account = {
      id: line.id!, kind: line.kind!, name: line.name!, opening: whole(line.opening)!,
      posted: whole(line.posted)!, held: whole(line.held), usd_spent: whole(line.usd_spent),
      legs: 0n, told: 0n, closed: 0n, open: 0n, usd: 0n,
    }
    this.#accounts.set(account.id, account)
    this.#byName.set(account.name, account)
  }

  #takeClosing(line: {
    month: string; account: string; amount: string; legs: number; last_seq: number
  }): void {
    const account = this.#accounts.get(line.account)
    if (!account) return this.#wrong('closings', `there is no account ${line.account}`)
    account.closed += BigInt(line.amount)
    this.#lastSeq = Math.max(this.#lastSeq, line.last_seq)
    this.#closings.set(line.month, [...this.#closings.get(line.month) ?? [], line])
  }

  #takeEvent(event: EventLine): void {
    const { seq, hash } = this.#place
    const isNext = event.seq === seq + 1 && event.previous_hash === hash
      && eventHash(this.#header?.workspace.id ?? '', event) === event.hash
    if (!isNext) this.#wrong('chain', `the chain breaks at event ${event.seq}`)
    this.#place = { seq: event.seq, hash: event.hash }
    for (let head; (head = this.#heads[this.#nextHead]) && head.seq <= event.seq;) {
      if (event.seq === head.seq) head.found = event.hash
      this.#nextHead++
    }
    if (event.type === 'ledger.archived') this.#archived.push(JSON.parse(event.data))
    if (event.subject_kind !== 'transfer') return
    if (event.seq > this.#lastSeq) this.#told = event
    else this.#takeArchived(JSON.parse(event.data) as Told)
  }

  /** A transfer of an archived month: the log alone tells of it. */
  #takeArchived({ amount, from, to }: Told): void {
    const micros = parseCredits(amount) ?? 0n
    const [source, target] = [this.#byName.get(from), this.#byName.get(to)]
    if (source) source.told -= micros
    if (target) target.told += micros
  }

  /** A month's file goes on to its signed head: what is told there belongs to the next month. */
  #missTransfer(): void {
    const told = this.#told
    this.#told = null
    if (!told || told.subject_id >= this.#header!.ids.end) return
    this.#wrong('transfers', `transfer ${told.subject_id} of event ${told.seq} is gone`)
  }

  #takeTransfer(transfer: Transfer): void {
    const event = this.#told
    this.#told = null
    const told = event && JSON.parse(event.data) as Told
    const [from, to] = [this.#accounts.get(transfer.from), this.#accounts.get(transfer.to)]
    const agrees = told && event.id === transfer.event && event.subject_id === transfer.id
      && told.kind === transfer.kind && told.amount === formatCredits(BigInt(transfer.amount))
      && told.from === from?.name && told.to === to?.name
    if (!agrees) this.#wrong('events', `transfer ${transfer.id} has no event that says the same`)
    const amount = BigInt(transfer.amount)
    if (from) from.legs -= amount
    if (to) to.legs += amount
    if (amount <= 0n) this.#wrong('accounts', `transfer ${transfer.id} moves nothing`)
    if (!transfer.keys.length) this.#wrong('keys', `transfer ${transfer.id} has no key`)
    for (const key of transfer.keys) {
      if (this.#keys.has(key)) this.#wrong('keys', `the key ${key} is there twice`)
      this.#keys.add(key)
    }
    this.#model = transfer.kind === 'model' ? transfer : null
  }

  #missCharge(): void {
    const model = this.#model
    this.#model = null
    if (model) this.#wrong('charges', `transfer ${model.id} has no model call`)
  }

  #takeCharge(charge: {
    call_id: string; agent: string; usd_micros: string | null; credits: string
    transfer: string | null
  }): void {
    const model = this.#model
    this.#model = null
    const account = this.#accounts.get(charge.agent)
    if (account) account.usd += BigInt(charge.usd_micros ?? 0)
    const isArchived = charge.transfer !== null && this.#lastSeq > 0 && !model
      && charge.transfer < this.#header!.ids.archived
    const agrees = model ? charge.transfer === model.id && charge.credits === model.amount
      && charge.agent === model.from
      : isArchived || (charge.transfer === null && charge.credits === '0')
    if (!agrees) this.#wrong('charges', `call ${charge.call_id} differs from its transfer`)
  }

  #takeHold(hold: { agent: string; amount: string; state: string }): void {
    const account = this.#accounts.get(hold.agent)
    if (account && hold.state === 'open') account.open += BigInt(hold.amount)
  }

  /** The proof, after the last line. */
  result(): FileProof {
    this.#missTransfer()
    this.#missCharge()
    this.#judgeWhole()
    for (const account of this.#accounts.values()) this.#judgeAccount(account)
    this.#judgeClosings()
    const said = this.#judgeHeads()
    const sum = [...this.#accounts.values()].reduce((total, { posted }) => total + posted, 0n)
    if (sum !== 0n) this.#wrong('sum', `they add up to ${formatCredits(sum)}`, false)
    const checks = (Object.keys(claims) as Name[]).map((name): Check => {
      const fault = this.#faults.get(name)
      const detail = fault ? `${fault.count} wrong; the first: ${fault.first}`
        : name === 'signed' ? said : claims[name]
      return { name, ok: !fault, detail }
    })
    const key = this.#header?.public_key ?? { id: '', key: '' }
    return {
      ok: this.#faults.size === 0, workspace: this.#header?.workspace.name ?? '',
      month: this.#header?.month ?? null, accounts: this.#accounts.size,
      transfers: this.#counts.transfer ?? 0, sum: formatCredits(sum), checks,
      public_key: { ...key, pinned: this.#pinned !== null },
    }
  }

  #judgeWhole(): void {
    if (!this.#footer) return this.#wrong('complete', 'its end is cut off', false)
    for (const record of Object.keys({ ...this.#counts, ...this.#footer.counts })) {
      const [found, said] = [this.#counts[record] ?? 0, this.#footer.counts[record] ?? 0]
      if (found !== said) {
        this.#wrong('complete', `${found} records of ${record}, the footer says ${said}`, false)
      }
    }
  }

  #judgeAccount(account: Account): void {
    const { name, opening, legs, posted, held, open, usd, usd_spent: spent } = account
    const differs = (check: Name, has: bigint, says: bigint): void => {
      if (has === says) return
      this.#wrong(check, `${name} has ${formatCredits(has)}, its lines say ${formatCredits(says)}`,
        false)
    }
    differs('accounts', posted, opening + legs)
    differs('closings', opening, account.closed)
    if (this.#header?.month === null) differs('closings', account.closed, account.told)
    if (held !== null) differs('holds', held, open)
    if (spent !== null) differs('costs', spent, usd)
  }

  #judgeClosings(): void {
    if (this.#header?.month !== null) return
    const months = [...this.#closings.keys()].toSorted()
    for (const [index, month] of months.entries()) {
      const event = this.#archived.find((one) => one.month === month)
      const text = this.#closings.get(month)!.map(({ account, amount, legs }) =>
        `${account}:${amount}:${legs}`).join(',')
      const digest = createHash('sha256').update(text).digest('hex')
      if (event?.digest !== digest || event.previous !== (months[index - 1] ?? null)) {
        this.#wrong('closings', `month ${month} is not as it was closed`, false)
      }
    }
    for (const { month } of this.#archived) {
      if (!this.#closings.has(month)) {
        this.#wrong('closings', `the closings of ${month} are gone`, false)
      }
    }
  }

  /** Says what is signed, by whom, and what lies after it. */
  #judgeHeads(): string {
    const { key = '', id = '' } = this.#header?.public_key ?? {}
    const first = (this.#header?.after.seq ?? 0) + 1
    if (keyIdOf(key) !== id) this.#wrong('signed', 'the key does not have its id', false)
    if (this.#pinned !== null && this.#pinned !== key) {
      this.#wrong('signed', 'the file names another key than the one you gave', false)
    }
    for (const [index, head] of this.#heads.entries()) {
      const before = index ? this.#heads[index - 1]!.seq : null
      const isForged = head.workspace !== this.#header?.workspace.id || head.stream !== 'ledger'
        || head.key_id !== id || !isSigned(key, headText(head), head.signature)
      if (isForged) {
        this.#wrong('signed', `the head at event ${head.seq} does not have its signature`, false)
      } else if (head.found !== head.head) {
        this.#wrong('signed', `event ${head.seq} is not the one that was signed`, false)
      } else if (before !== null ? head.previous_seq !== before
        : first === 1 && head.previous_seq !== 0) {
        this.#wrong('signed', `the head before that at event ${head.seq} is gone`, false)
      }
    }
    const last = this.#heads.at(-1)
    if (!last) {
      if (this.#counts.event) this.#wrong('signed', 'no head is signed', false)
      return 'there is nothing to sign'
    }
    const after = this.#place.seq - last.seq
    return `${signedSoFar(this.#heads.length, last)}; `
      + `${after} ${after === 1 ? 'event lies' : 'events lie'} after it`
  }
}

export async function verifyFile(file: string, pinned: string | null): Promise<FileProof> {
  const check = new BooksCheck(pinned)
  try {
    for await (const line of readLines(file)) check.read(line)
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') throw error
    check.read('') // No line: what the packing says is said as a line that is none.
  }
  return check.result()
}
