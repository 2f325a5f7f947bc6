/** The real LiteLLM proxy: its Python packages in .cache/litellm, its configuration, its process, calls through it. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { quietPort } from '../../../ops/ports.ts'

const root = join(import.meta.dirname, '..', '..', '..')
export const cache = join(root, '.cache', 'litellm')
const venv = join(cache, 'venv')
const packages = ['litellm[proxy]==1.106.2', 'opentelemetry-sdk==1.45.2', 'opentelemetry-exporter-otlp-proto-http==1.45.2']

/** Makes the environment unless these packages are in it; answers whether it had to. */
export async function installLitellm(): Promise<boolean> {
  const stamp = join(venv, 'packages.txt')
  const wanted = packages.join('\n')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false
  rmSync(venv, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  await run('python3', ['-m', 'venv', venv])
  await run(join(venv, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages])
  writeFileSync(stamp, wanted)
  return true
}

function run(program: string, words: string[]): Promise<void> {
  const child = spawn(program, words, { stdio: 'inherit' })
  return new Promise((done, fail) => {
    child.on('error', ({ message }) => fail(new Error(`${program} does not start (${message}): is Python 3 installed, with venv?`)))
    child.on('exit', (code) => (code === 0 ? done() : fail(new Error(`${program} ended with ${code}`))))
  })
}

export type Proxy = { url: string; startedInMs: number }
export type ProxyOptions = {
  /** Takes what ends it, as soon as it runs. */
  stops: (() => Promise<void>)[]
  name: string
  model: string
  /** Where the callback goes. */
  callback: string
  token: string
  /** Where its own spans go, too. */
  traces?: string
}

/** What the guide tells to write into the proxy's configuration. */
function guideSays(): { callback_settings: { guildhall: object } } {
  const guide = readFileSync(join(root, 'docs', 'guides', 'budgets-and-model-costs.md'), 'utf8')
  return parse(/```yaml\n([^`]*callback_type: generic_api[^`]*)```/.exec(guide)![1]!)
}

const configOf = ({ model, callback, token, traces }: ProxyOptions): string => {
  const { callback_settings: { guildhall } } = guideSays()
  const named = (name: string, of: string, more: object = {}) =>
    ({ model_name: name, litellm_params: { model: `openai/${of}`, api_base: `${model}/v1`, api_key: 'fake', ...more } })
  return stringify({
    model_list: [
      named('known', 'gpt-4o-mini'), named('unknown', 'house-model'), named('broken', 'broken'),
      named('priced', 'priced-model', { input_cost_per_token: 1.5e-8, output_cost_per_token: 7.5e-7 }),
    ],
    litellm_settings: { callbacks: ['guildhall', ...(traces ? ['otel'] : [])], num_retries: 0 },
    callback_settings: {
      guildhall: { ...guildhall, endpoint: callback, headers: { Authorization: `Bearer ${token}` } },
    },
    general_settings: { custom_auth: 'keys.who' },
  })
}

/** Starts it and waits until it answers. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const began = Date.now()
  const config = join(cache, `${options.name}.yaml`)
  const log = join(cache, `${options.name}.log`)
  writeFileSync(config, configOf(options), { mode: 0o600 })
  const port = await quietPort(null)
  const output = openSync(log, 'w')
  const words = ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--telemetry', 'False']
  const child = spawn(join(venv, 'bin', 'litellm'), words, {
    cwd: cache, stdio: ['ignore', output, output],
    env: {
      ...process.env, PYTHONPATH: join(root, 'test', 'harness', 'litellm'), PYTHONDONTWRITEBYTECODE: '1',
      LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_MASTER_KEY: `sk-${randomBytes(24).toString('hex')}`,
      ...(options.traces ? {
        OTEL_EXPORTER: 'otlp_http', OTEL_ENDPOINT: options.traces, OTEL_HEADERS: `Authorization=Bearer ${options.token}`,
        USE_OTEL_LITELLM_REQUEST_SPAN: 'true', OTEL_EXPORTER_OTLP_TIMEOUT: '60',
      } : {}),
    },
  })
  closeSync(output)
  let isOver = false
  const ended = new Promise<void>((done) => {
    child.once('error', () => done())
    child.once('exit', () => done())
  }).then(() => { isOver = true })
  const stop = async (): Promise<void> => {
    const hard = setTimeout(() => child.kill('SIGKILL'), 15_000)
    if (!isOver) child.kill('SIGTERM')
    await ended
    clearTimeout(hard)
    rmSync(config, { force: true })
  }
  options.stops.push(stop)
  const url = `http://127.0.0.1:${port}`
  while (!(await fetch(`${url}/health/liveliness`).catch(() => null))?.ok) {
    if (isOver || Date.now() - began > 180_000) throw new Error(`The proxy did not start: ${log} says why`)
    await sleep(250)
  }
  return { url, startedInMs: Date.now() - began }
}

export type Call = {
  model?: string
  stream?: boolean
  key?: string
  say?: string
  metadata?: Record<string, unknown>
  headers?: Record<string, string>
}
/** `id`: of the response; `cost`: what the proxy says in a header, of an answer that is not streamed. */
export type Called = { status: number; id: string; cost: number | null }

/** A chat completion, as any OpenAI client asks for it. */
export async function complete(proxy: Proxy, call: Call): Promise<Called> {
  const { model = 'known', stream = false, key = 'sk-recipe', say = 'Hello', metadata, headers } = call
  const answer = await fetch(`${proxy.url}/v1/chat/completions`, {
    method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: say }], ...(metadata ? { metadata } : {}) }),
  })
  const text = await answer.text()
  const cost = answer.headers.get('x-litellm-response-cost')
  return { status: answer.status, id: /"id":\s*"([^"]+)"/.exec(text)?.[1] ?? '', cost: cost && !stream ? Number(cost) : null }
}
