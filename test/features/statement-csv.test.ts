/** A statement as a file: whole, honest before its first byte, safe in a spreadsheet. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../cli/run.ts'
import { documentOf } from '../../api/openapi.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

const LINES = 2500
const nasty = ['Tea, with "milk"\nand sugar', '=cmd|\' /C calc\'!A0', '-5', '@home, +1', 'plain']
let world: World
let second: string
beforeAll(async () => {
  world = await openWorld()
  await world.owner.do('credits.adjust', { agent: 'ada', amount: '10000', reason: 'To begin with' })
  const ada = world.agents.ada!.client
  for (let done = 1; done < LINES; done += 100) {
    await Promise.all(Array.from({ length: Math.min(100, LINES - done) }, (_, index) =>
      ada.do('credits.spend', { amount: '0.000001', reason: nasty[(done + index) % nasty.length] })))
  }
  const { items } = await world.owner.do('credits.statement', { agent: 'ada', limit: 1000 })
  second = items.at(-1).at
})
afterAll(() => world.close())

const get = (query: string, token = world.owner.token, more: RequestInit = {}) =>
  fetch(`${world.url}/api/v1/credits/statement.csv${query}`, { headers: { authorization: `Bearer ${token}` }, ...more })

/** RFC 4180, read letter by letter. */
function parse(text: string): string[][] {
  const rows: string[][] = [['']]
  let quoted = false
  for (let place = 0; place < text.length; place++) {
    const row = rows.at(-1)!
    const letter = text[place]!
    if (letter === '"' && quoted && text[place + 1] === '"') { row[row.length - 1] += '"'; place++ }
    else if (letter === '"') quoted = !quoted
    else if (letter === ',' && !quoted) row.push('')
    else if (letter === '\r' && text[place + 1] === '\n' && !quoted) { rows.push(['']); place++ }
    else row[row.length - 1] += letter
  }
  expect(rows.pop(), 'the last line ends').toEqual([''])
  return rows
}

async function statement(): Promise<any[]> {
  const items: any[] = []
  for (let cursor: string | undefined; ;) {
    const page: any = await world.owner.do('credits.statement', { agent: 'ada', limit: 1000, ...(cursor ? { cursor } : {}) })
    items.push(...page.items)
    if (!page.next_cursor) return items
    cursor = page.next_cursor
  }
}

describe('the file', () => {
  test('all of it, in order, as the statement says', async () => {
    const answer = await get('?agent=ada')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="credits-statement.csv"')
    const [head, ...rows] = parse(await answer.text())
    expect(head).toEqual(['id', 'at', 'kind', 'amount', 'balance', 'other', 'task', 'reason'])
    const items = await statement()
    expect(rows).toHaveLength(LINES)
    const guarded = (reason: string): string => (/^[=@]/.test(reason) ? `'${reason}` : reason)
    expect(rows).toEqual(items.map((item) =>
      [item.id, item.at, item.kind, item.amount, item.balance, item.other, item.task ?? '', guarded(item.reason)]))
    for (const [amount, balance] of rows.map((row) => [row[3]!, row[4]!])) {
      expect(`${amount} ${balance}`).toMatch(/^-?\d+(\.\d{1,6})? -?\d+(\.\d{1,6})?$/)
    }
    expect(new Set(rows.map((row) => row[7]))).toEqual(new Set(['To begin with', ...nasty.map(guarded)]))
  })
  test('a part of it', async () => {
    const [, ...rows] = parse(await (await get(`?agent=ada&since=${second}`)).text())
    const wanted = (await statement()).filter(({ at }) => at >= second)
    expect(rows.map(([id]) => id)).toEqual(wanted.map(({ id }) => id))
    expect(rows.length).toBeLessThan(LINES)
    expect(parse(await (await get('?agent=ada&until=2001-01-01T00:00:00Z')).text())).toHaveLength(1)
  })
  test('its own, by an agent', async () => {
    const rows = parse(await (await get('', world.agents.ada!.client.token)).text())
    expect(rows).toHaveLength(LINES + 1)
  })
  test('whoever leaves early leaves nothing behind', async () => {
    const gone = new AbortController()
    const answer = await get('?agent=ada', world.owner.token, { signal: gone.signal, headers: {
      authorization: `Bearer ${world.owner.token}`, 'accept-encoding': 'identity' } })
    await answer.body!.getReader().read()
    gone.abort()
    expect((await get('?agent=bob')).status).toBe(200)
  })
  test.each<[string, string, () => string, number, string]>([
    ['not a colleague’s', '?agent=bob', () => world.agents.ada!.client.token, 403, 'forbidden'],
    ['nobody’s', '?agent=nobody', () => world.owner.token, 404, 'not_found'],
    ['a person’s', '', () => world.owner.token, 400, 'invalid_input'],
    ['no proof', '?agent=ada', () => 'gh_none', 401, 'unauthenticated'],
    ['no instant', '?agent=ada&since=yesterday', () => world.owner.token, 400, 'invalid_input'],
    ['a page', '?agent=ada&limit=2', () => world.owner.token, 400, 'invalid_input'],
    ['an unknown field', '?agent=ada&colour=red', () => world.owner.token, 400, 'invalid_input'],
  ])('refused: %s', async (_, query, token, status, code) => {
    const answer = await get(query, token())
    expect([answer.status, ((await answer.json()) as any).code]).toEqual([status, code])
    expect(answer.headers.get('content-disposition')).toBe(null)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
  })
  test('the description of the API has it', () => {
    const { get: csv } = (documentOf('0') as any).paths['/api/v1/credits/statement.csv']
    expect(csv.operationId).toBe('credits_statement_csv')
    expect(csv.parameters.map(({ name }: any) => name)).toEqual(['agent', 'since', 'until'])
    expect(Object.keys(csv.responses['200'].content)).toEqual(['text/csv'])
  })
})

test('a list that breaks off in the middle does not look whole', async () => {
  const [app] = await world.sql<{ role: string }>(`select grantee as role from information_schema.role_table_grants
    where table_name = 'transfer_rows' and privilege_type = 'SELECT' and grantee <> current_user limit 1`)
  await world.sql(`create sequence pages; alter view transfer_rows rename to whole_rows;
    create function second_page_fails() returns boolean language plpgsql volatile security definer as $$
      begin if nextval('public.pages') > 1 then raise 'it broke'; end if; return true; end $$;
    create view transfer_rows as select * from whole_rows where (select second_page_fails());
    grant select on transfer_rows to "${app!.role}"`)
  try {
    const answer = await get('?agent=ada')
    expect(answer.status, 'its first page was whole').toBe(200)
    await expect(answer.text()).rejects.toThrow()
    expect((await get('?agent=ada')).status, 'before the first byte it is said').toBe(500)
  } finally {
    await world.sql(`drop view transfer_rows; drop function second_page_fails; drop sequence pages;
      alter view whole_rows rename to transfer_rows`)
  }
  expect(parse(await (await get('?agent=ada')).text())).toHaveLength(LINES + 1)
})

describe('the command line', () => {
  const say = async (words: string[]) => {
    let [out, err] = ['', '']
    const code = await runCli(words, {
      env: { GUILDHALL_URL: world.url, GUILDHALL_TOKEN: world.owner.token }, columns: 100, stdin: (async function* () {})(),
      out: (text) => { out += text }, err: (text) => { err += text },
    })
    return { code, out, err }
  }
  test('writes the same', async () => {
    const { code, out } = await say(['credits', 'statement', '--agent', 'ada', '--csv'])
    expect(code).toBe(0)
    expect(out === await (await get('?agent=ada')).text(), 'byte for byte').toBe(true)
  })
  test('explains it where it is, and knows it nowhere else', async () => {
    expect((await say(['credits', 'statement', '--help'])).out).toContain('--csv')
    expect((await say(['credits', 'history', '--csv'])).code).toBe(2)
    expect(await say(['credits', 'statement', '--agent', 'nobody', '--csv'])).toMatchObject({ code: 5, out: '' })
  })
})
