/** Lists as CSV, whole: page after page as it is read, never all of it in memory. */
import { Readable } from 'node:stream'
import type { Context } from 'koa'
import { CSV_PAGE, csvLine, csvLines, pageFields } from '../domain/csv.ts'
import { refuseField } from '../domain/errors.ts'
import type { Operation } from '../operations/define.ts'
import type { Identity } from '../handlers/context.ts'
import { invoke } from '../handlers/invoke.ts'
import type { ApiDependencies } from './deps.ts'
import { Refused, instanceOf, sendProblem } from './errors.ts'
import { identify } from './identify.ts'
import { queryReader } from './query.ts'

type Page = { items: Record<string, unknown>[]; next_cursor: string | null }

/** `GET /credits/statement.csv` for an operation that names its columns. */
export function answerCsv(deps: ApiDependencies, operation: Operation) {
  const readQuery = queryReader(operation)
  return async (context: Context): Promise<void> => {
    const identity = await identify(deps, context)
    const fields = readQuery(new URLSearchParams(context.querystring))
    const page = pageFields.find((name) => name in fields)
    if (page) throw new Refused(refuseField(`/${page}`, 'There is no such field: all of it comes'))
    const read = reader(deps, context, operation, identity)
    // Whatever is to be refused is refused here, before the first byte.
    const first = await read({ ...fields, ...context.params })
    if (!first.ok) return sendProblem(context, first.problem)
    const lines = linesOf(operation.csv!, first.body as Page, async (cursor) => {
      const next = await read({ ...fields, ...context.params, cursor })
      if (!next.ok) throw new Error(next.problem.detail)
      return next.body as Page
    })
    context.status = 200
    context.set('Content-Type', 'text/csv; charset=utf-8')
    context.set('Content-Disposition',
      `attachment; filename="${operation.noun}-${operation.verb.replaceAll('_', '-')}.csv"`)
    context.body = piped(context, Readable.from(lines))
  }
}

const reader = (
  { context }: ApiDependencies, call: Context, operation: Operation, identity: Identity,
) => (fields: Record<string, unknown>) => invoke(context, {
  operation, identity, input: { ...fields, limit: CSV_PAGE }, instance: instanceOf(call),
})

async function* linesOf(
  columns: readonly string[], first: Page, next: (cursor: string) => Promise<Page>,
): AsyncGenerator<string> {
  yield csvLine(columns)
  for (let page = first; ; page = await next(page.next_cursor)) {
    yield csvLines(columns, page.items)
    if (page.next_cursor === null) return
  }
}

/** A list that breaks off must not look whole; one that nobody reads any more is not read on. */
function piped(context: Context, lines: Readable): Readable {
  lines.once('error', () => context.res.destroy())
  context.res.once('close', () => lines.destroy())
  return lines
}
