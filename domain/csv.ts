/** Lines of CSV as RFC 4180 has them, safe to open in a spreadsheet. */

const NUMBER = /^-?\d+(\.\d+)?$/
/** What a spreadsheet takes for a formula or for the way to one; numbers stay numbers. */
const FORMULA = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/
const NEEDS_QUOTES = /[",\r\n]/

export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value
    : typeof value === 'object' ? JSON.stringify(value) : String(value)
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csvLine = (cells: readonly unknown[]): string =>
  `${cells.map(csvCell).join(',')}\r\n`

/** The lines of some items, a column for each name. */
export const csvLines = (
  columns: readonly string[], items: readonly Record<string, unknown>[],
): string => items.map((item) => csvLine(columns.map((name) => item[name]))).join('')

/** Fields that say which page: a whole list has none of them. */
export const pageFields = ['limit', 'cursor'] as const
/** As many at a time as a page may have. */
export const CSV_PAGE = 1000
