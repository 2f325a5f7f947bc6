/** The OpenAPI document and the page that shows it. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examplesOf } from '../../api/examples.ts'
import { documentOf } from '../../api/openapi.ts'
import { catalogue } from '../../domain/errors.ts'
import { operations } from '../../operations/index.ts'
import { makeGiven, resolve } from '../harness/given.ts'
import type { World } from '../harness/world.ts'
import { openWorld } from '../harness/world.ts'

/* oxlint-disable typescript/no-explicit-any -- a document is looked into, not relied on */
const document = documentOf('0.0.0') as any
const operationAt = ({ route }: { route: { method: string; path: string } }): any =>
  document.paths[`/api/v1${route.path}`][route.method.toLowerCase()]

/** Checks values against a schema of the document. */
const formats = { 'date-time': true, 'int64': true, 'base64': true } as const
const ajv = new Ajv2020({ strict: false, formats })
ajv.addSchema(document, 'openapi')
const check = (pointer: string, value: unknown): string | null => {
  const validate = ajv.getSchema(`openapi#${pointer}`)!
  return validate(value) ? null : ajv.errorsText(validate.errors)
}

describe('the document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document))
    expect(errors ?? []).toEqual([])
    expect(valid).toBe(true)
  })

  test('has each operation once, under the name of its tool', () => {
    const ids = Object.values<any>(document.paths).flatMap((path) =>
      Object.values<any>(path).map(({ operationId }) => operationId))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(operations.map(({ tool }) => tool)))
    expect(ids).toEqual(expect.arrayContaining(['healthz', 'readyz', 'event_stream', 'graphql']))
  })

  test('refers only to what is there, and leaves nothing unused', () => {
    const references = new Set(JSON.stringify(document).match(/#\/components\/[^"]+/g))
    for (const reference of references) {
      const path = reference.slice(2).split('/')
      const found = path.reduce((value: any, name) => value?.[name], document)
      expect(found, reference).toBeDefined()
    }
    const { schemas } = document.components
    const unused = Object.keys(schemas)
      .filter((name) => !references.has(`#/components/schemas/${name}`))
    expect(unused).toEqual([])
  })

  test('says what commands take and give besides their fields', () => {
    const transition = operationAt(operations.find(({ name }) => name === 'task.transition')!)
    expect(Object.keys(transition.responses)).toEqual(expect.arrayContaining([
      '200', '202', '400', '401', '403', '404', '409', '412', '413', '415', '422', '429', '500',
      '503', '504',
    ]))
    expect(Object.keys(transition.responses[200].headers)).toEqual([
      'ETag', 'Idempotency-Key', 'Idempotency-Replayed',
    ])
    const conflict = transition.responses[409].content['application/problem+json'].schema
    expect(conflict.properties.code.enum).toContain('invalid_transition')
    expect(document.components.schemas.Problem.properties.code.enum).toEqual(Object.keys(catalogue))
    // What is in the path is not in the body.
    expect(document.components.schemas.TaskTransitionInput.required).toEqual(['to'])
    expect(document.components.schemas.TaskTransitionInput.properties.id).toBeUndefined()
  })

  test('shows examples that hold, with nothing left open', () => {
    for (const operation of operations) {
      for (const { title, input } of examplesOf(operation)) {
        const name = `${operation.name}: ${title}`
        expect(operation.input.safeParse(input).success, name).toBe(true)
        expect(JSON.stringify(input), name).not.toContain('$')
        if (operation.kind === 'query') continue
        const body = Object.fromEntries(Object.entries(input)
          .filter(([field]) => !operation.params.includes(field)))
        expect(check(`/components/schemas/${operation.input.meta()!.id}`, body), name).toBeNull()
      }
    }
  })
})

describe('the running server', () => {
  let world: World
  beforeAll(async () => { world = await openWorld({ worker: true }) })
  afterAll(() => world.close())

  test('serves it', async () => {
    const served = await (await fetch(`${world.url}/openapi.json`)).json() as any
    expect(Object.keys(served.paths)).toEqual(Object.keys(document.paths))
  })

  const examples = operations.flatMap((operation) => operation.examples.map((example) =>
    [`${operation.name}: ${example.title}`, operation, example] as const))
  test.each(examples)('answers as it says: %s', async (_, operation, example) => {
    const names = await makeGiven(world, example)
    const { as = 'owner' } = example
    const caller = as === 'owner' ? world.owner : world.agents[as]!.client
    const { status, body, headers } = await caller.call(
      operation.name, resolve(example.input ?? {}, names) as object)
    const place = `/paths/${`/api/v1${operation.route.path}`.replaceAll('/', '~1')}`
      + `/${operation.route.method.toLowerCase()}/responses/${status}`
    const media = headers.get('content-type')!.split(';')[0]!
    const described = operationAt(operation).responses[status]?.content[media]
    expect(described, `${status} ${media}`).toBeDefined()
    expect(check(`${place}/content/${media.replaceAll('/', '~1')}/schema`, body)).toBeNull()
  })

  test('the page comes from here alone, and nothing in it is inline', async () => {
    const page = await fetch(`${world.url}/docs`)
    const policy = page.headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    const html = await page.text()
    expect(html).not.toMatch(/https?:|<script>|style=/)
    const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!)
    expect(parts).toEqual(['/docs/reference.css', '/docs/reference.js', '/docs/start.js'])
    for (const path of parts) {
      const answer = await fetch(world.url + path)
      expect(answer.status, path).toBe(200)
      expect(answer.headers.get('content-type'), path).toMatch(/css|javascript/)
    }
  })
})
