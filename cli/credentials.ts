/**
 * Which server, and as whom. First what the flags say, then the environment, then a profile, then
 * the owner of the instance on this machine. A profile's credential goes to its own server only.
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { ConnectionOptions } from '../sdk/connection.ts'
import type { SigningKey } from '../sdk/sign.ts'
import type { Values } from './arguments.ts'
import { UsageError } from './fields.ts'

export type Environment = Record<string, string | undefined>
type Profile = { url?: string; token?: string } & Partial<SigningKey>
type Profiles = { default?: string; profiles?: Record<string, Profile> }
type Credential = Pick<ConnectionOptions, 'token' | 'key'>

/** What the environment can say; for help and the reference. */
export const clientVariables: readonly [name: string, meaning: string][] = [
  ['GUILDHALL_URL', 'the server'],
  ['GUILDHALL_TOKEN', 'a bearer token'],
  ['GUILDHALL_KEYID', 'an agent’s key; every call is signed'],
  ['GUILDHALL_SECRET', 'the secret of that key, in base64'],
  ['GUILDHALL_ALG', 'hmac-sha256 (usually) or ed25519'],
  ['GUILDHALL_HOME', 'the home of an instance on this machine, and a place of profiles.json'],
]

/** What profiles.json looks like. */
export const profilesExample = {
  default: 'work',
  profiles: {
    work: { url: 'https://guildhall.example', token: 'gh_…' },
    ada: { url: 'https://guildhall.example', keyid: 'agt_….k1', secret: '…', alg: 'hmac-sha256' },
  },
}

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Where an instance that was started here keeps what it needs. */
export const homeOf = ({ GUILDHALL_HOME: home }: Environment): string =>
  resolve(home || join(import.meta.dirname, '..', '.guildhall'))

function readProfiles(environment: Environment): Profiles {
  const { GUILDHALL_HOME: home, XDG_CONFIG_HOME: config, HOME: own = homedir() } = environment
  const places = [...(home ? [home] : []), join(config ?? join(own, '.config'), 'guildhall')]
  const file = places.map((place) => join(place, 'profiles.json')).find((path) => existsSync(path))
  if (!file) return {}
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Profiles
  } catch {
    throw new UsageError(`${file} is not JSON`)
  }
}

function keyOf({ keyid, secret, alg }: Partial<SigningKey>): Credential | null {
  return keyid && secret ? { key: { keyid, secret, ...(alg ? { alg } : {}) } } : null
}

const credentialIn = (profile: Profile): Credential | null =>
  keyOf(profile) ?? (profile.token ? { token: profile.token } : null)

const credentialOf = (environment: Environment): Credential | null =>
  (environment.GUILDHALL_TOKEN ? { token: environment.GUILDHALL_TOKEN } : keyOf({
    keyid: environment.GUILDHALL_KEYID, secret: environment.GUILDHALL_SECRET,
    alg: environment.GUILDHALL_ALG as SigningKey['alg'],
  } as Partial<SigningKey>))

function ownerToken(url: string, environment: Environment): Credential | null {
  const file = join(homeOf(environment), 'secrets', 'owner.token')
  if (!loopback.has(new URL(url).hostname) || !existsSync(file)) return null
  return { token: readFileSync(file, 'utf8').trim() }
}

const origin = (url: string): string => {
  if (!URL.canParse(url)) throw new UsageError(`${url} is not an address`)
  return new URL(url).origin
}

/** The connection that flags, environment, profile and home ask for, in this order. */
export function connectionOf(values: Values, environment: Environment): ConnectionOptions {
  const { default: usual, profiles = {} } = readProfiles(environment)
  const name = values.profile === undefined ? usual : String(values.profile)
  const profile = name === undefined ? {} : profiles[name]
  if (!profile) throw new UsageError(`There is no profile ${name} in your profiles.json`)
  const chosen = values.profile === undefined ? undefined : profile.url
  const url = String(values.url || chosen || environment.GUILDHALL_URL || profile.url
    || `http://127.0.0.1:${environment.PORT || 4400}`)
  const isOfProfile = origin(url) === (profile.url ? origin(profile.url) : null)
  const own = isOfProfile ? credentialIn(profile) : null
  const credential = values.token !== undefined ? { token: String(values.token) }
    : values.profile === undefined
      ? credentialOf(environment) ?? own ?? ownerToken(url, environment) : own
  return { url, ...credential }
}
