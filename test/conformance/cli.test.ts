/** The command line, in this process: every field as the flag that a person would type. */
import type { Operation } from '../../operations/define.ts'
import { runCli } from '../../cli/run.ts'
import { conformance } from './surface.ts'

function words({ noun, verb, params }: Operation, input: Record<string, unknown>): string[] {
  const flags = Object.entries(input).filter(([name]) => !params.includes(name)).flatMap(([name, value]) => {
    const flag = `--${name.replaceAll('_', '-')}`
    if (value === true) return [flag]
    return [value].flat().map((one) => `${flag}=${typeof one === 'string' ? one : JSON.stringify(one)}`)
  })
  return [noun, verb.replaceAll('_', '-'), ...params.map((param) => String(input[param])), ...flags, '--json']
}

conformance({
  name: 'CLI',
  open: async (world) => ({
    as: async (who) => async (operation, input) => {
      const said = { out: '', err: '' }
      const code = await runCli(words(operation, input), {
        env: {
          GUILDHALL_URL: world.url, HOME: '/nonexistent',
          ...(who ? { GUILDHALL_KEYID: who.keyid, GUILDHALL_SECRET: who.secret } : { GUILDHALL_TOKEN: world.owner.token }),
        },
        out: (text) => { said.out += text }, err: (text) => { said.err += text },
        columns: 100, stdin: (async function* none() { /* nothing is typed */ })(),
      })
      return code === 0 ? { body: JSON.parse(said.out) } : { code: JSON.parse(said.err).code }
    },
  }),
})
