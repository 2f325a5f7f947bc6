/** Days, kinds and accounts in words. */
import { texts } from '../../texts.ts'

const short = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** `2026-11-21` → `Nov 21`. */
export const dayLabel = (day: string): string => short.format(new Date(`${day}T12:00:00Z`))

/** A kind that has no name here is shown as the server writes it, readable. */
export const kindLabel = (kind: string): string =>
  (texts.ledger.kinds as Record<string, string>)[kind] ?? kind.replaceAll('_', ' ')

/** Accounts of the workspace; agents have their handle. */
export const accountLabel = (name: string): string =>
  (texts.ledger.accounts.own as Record<string, string>)[name] ?? name
