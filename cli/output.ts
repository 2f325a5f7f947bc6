/** Answers for people: lists as aligned tables, single things as names and values. */

type Thing = Record<string, unknown>

/** What people look for first; whatever else fits comes after, in its own order. */
const firstColumns = [
  'key', 'handle', 'keyid', 'seq', 'type', 'subject', 'actor', 'title', 'name', 'status', 'state',
  'kind', 'amount', 'role', 'priority', 'assignee', 'from', 'to', 'level', 'trust', 'created_at',
  'id',
]
const GAP = 2
const MAX_CELL = 60

const isThing = (value: unknown): value is Thing =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null

/** Control characters of others must not reach a terminal. */
const clean = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]/gu, '·')

/** Someone or something that has a name is shown by it. */
const named = (value: unknown): unknown =>
  (isThing(value) ? value.key ?? value.handle ?? compact(value) : value)

/** Without what is empty. */
const compact = (thing: Thing): Thing => Object.fromEntries(Object.entries(thing)
  .filter(([, value]) => value !== null && !(Array.isArray(value) && !value.length)))

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-'
  if (Array.isArray(value) && value.every(isPlain)) return value.map(textOf).join(', ') || '-'
  return clean(typeof value === 'string' ? value : JSON.stringify(value))
}

const oneLine = (text: string, width: number): string => {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > width ? `${line.slice(0, width - 1)}…` : line
}

/** An answer for people, `width` characters wide where that is possible. */
export function render(answer: unknown, width: number): string {
  if (!isThing(answer)) return textOf(answer)
  const { items, next_cursor: next } = answer
  if (!Array.isArray(items)) return renderThing(answer, width)
  const lines = items.length ? table(items as Thing[], width) : 'Nothing.'
  return next ? `${lines}\n\nThere is more: --cursor ${String(next)}` : lines
}

/** A table of the columns that fit. */
export function table(rows: Thing[], width: number): string {
  const names = columnsOf(rows)
  const cells = names.map((name) => rows.map((row) => oneLine(textOf(named(row[name])), MAX_CELL)))
  const widths = cells.map((column, index) =>
    Math.max(names[index]!.length, ...column.map((cell) => cell.length)))
  let used = 0
  const shown = widths.flatMap((size, index) => {
    used += size + GAP
    return index === 0 || used - GAP <= width ? [index] : []
  })
  const line = (texts: string[]): string => texts
    .map((text, place) => text.padEnd(widths[shown[place]!]! + GAP)).join('').trimEnd()
  return [
    line(shown.map((index) => names[index]!.toUpperCase())),
    ...rows.map((_, row) => line(shown.map((index) => cells[index]![row]!))),
  ].join('\n')
}

/** Fields that say something in at least one row; ids only where nothing else names it. */
function columnsOf(rows: Thing[]): string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    .filter((name) => rows.some((row) => textOf(named(row[name])) !== '-'))
  const hasName = names.some((name) => ['key', 'handle', 'keyid', 'seq'].includes(name))
  const rank = (name: string): number =>
    (firstColumns.includes(name) ? firstColumns.indexOf(name) : firstColumns.length)
  return names.filter((name) => name !== 'id' || !hasName).toSorted((a, b) => rank(a) - rank(b))
}

/** Names and values; what is empty is left out, what is inside gets a dotted name. */
function renderThing(thing: Thing, width: number): string {
  const pairs: [string, string][] = []
  const tables: string[] = []
  const walk = (value: Thing, prefix: string): void => {
    for (const [name, part] of Object.entries(value)) {
      const path = prefix + name
      if (part === null || part === undefined) continue
      if (isThing(part) && Object.keys(part).length) walk(part, `${path}.`)
      else if (Array.isArray(part) && part.some(isThing)) {
        tables.push(`${path}\n${table(part.filter(isThing), width)}`)
      } else if (!Array.isArray(part) || part.length) pairs.push([path, textOf(part)])
    }
  }
  walk(thing, '')
  const size = Math.max(0, ...pairs.map(([name]) => name.length)) + GAP
  const indent = ' '.repeat(size)
  const lines = pairs.map(([name, text]) =>
    `${name.padEnd(size)}${text.trimEnd().replaceAll('\n', `\n${indent}`)}`)
  return [lines.join('\n'), ...tables].filter(Boolean).join('\n\n')
}
