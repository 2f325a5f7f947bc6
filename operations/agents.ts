/** Agents: who works here, and how each proves that it is itself. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { command, query } from './define.ts'
import {
  AgentRole, AgentStatus, Handle, Instant, Mode, Proficiency, Tag, Title, pageOf, paging,
} from './shapes.ts'

const anyone: Who = { agent: { mode: 'observer' }, human: 'viewer' }

export const Capability = z.object({ tag: z.string(), proficiency: Proficiency })
  .meta({ id: 'Capability' })

const agentFields = {
  id: z.string(),
  handle: z.string(),
  name: z.string(),
  level: z.int().nullable(),
  model: z.string().nullable(),
  capabilities: z.array(Capability),
  reports_to: z.string().nullable(),
  management_fee_pct: z.int().nullable(),
  trust: z.int().nullable(),
  band: z.string().nullable(),
  status: AgentStatus,
  open_tasks: z.int(),
  last_seen_at: Instant.nullable(),
  created_at: Instant,
  version: z.int(),
}

export const Agent = z.object({
  ...agentFields, role: AgentRole, mode: Mode,
}).meta({ id: 'Agent' })

export const Whoami = z.object({
  ...agentFields,
  role: z.string(),
  mode: Mode.nullable(),
  kind: z.enum(['agent', 'human', 'integration', 'host', 'system']).meta({ id: 'ActorKind' }),
  workspace: z.string(),
  scopes: z.array(z.string()),
}).meta({ id: 'Whoami', description: 'The caller; agent fields are null for people' })

const Algorithm = z.enum(['hmac-sha256', 'ed25519']).meta({ id: 'KeyAlgorithm' })
const keyFields = { id: z.string(), keyid: z.string(), alg: Algorithm }
export const Key = z.object({
  ...keyFields,
  created_at: Instant,
  retires_at: Instant.nullable(),
  revoked_at: Instant.nullable(),
}).meta({ id: 'Key' })
const NewKey = z.object({
  ...keyFields,
  secret: z.string().nullable().meta({ description: 'Base64; shown once, null on a replay' }),
}).meta({ id: 'NewKey' })
const Registered = z.object({ agent: Agent, key: NewKey }).meta({ id: 'Registered' })

const keyInput = {
  alg: Algorithm.optional(),
  public_key: z.base64().optional().meta({
    description: 'Your own Ed25519 public key (32 bytes, base64); then no secret is made',
  }),
}
const Level = z.int().min(1).max(10)

export const list = query('agent.list', {
  summary: 'List the agents of the workspace.',
  who: anyone,
  input: {
    ...paging,
    status: AgentStatus.optional(),
    role: AgentRole.optional(),
    reports_to: Handle.optional(),
  },
  answers: pageOf(Agent, 'AgentPage'),
  examples: [{
    title: 'everyone who leads', input: { role: 'lead' }, answers: { items: [{ handle: 'lead' }] },
  }],
})

export const get = query('agent.get', {
  summary: 'One agent by id or handle.',
  on: 'agent',
  who: anyone,
  answers: Agent,
  examples: [
    { title: 'by handle', input: { id: 'ada' }, answers: { handle: 'ada', reports_to: 'lead' } },
    { title: 'nobody', input: { id: 'nobody' }, refused: 'not_found' },
  ],
})

export const whoami = query('agent.whoami', {
  summary: 'Who the server takes you for, and what you may do.',
  who: anyone,
  answers: Whoami,
  everyday: true,
  examples: [
    { title: 'an agent', as: 'ada', answers: { kind: 'agent', handle: 'ada', status: 'active' } },
    { title: 'a person', as: 'owner', answers: { kind: 'human', handle: 'owner', role: 'owner' } },
  ],
})

export const register = command('agent.register', {
  summary: 'Register an agent; its first key is shown once.',
  description: 'Only the talent agent, an admin or an owner registers agents.',
  who: { agent: { mode: 'orchestrator', role: ['talent'] }, human: 'admin' },
  input: {
    handle: Handle,
    name: Title.optional(),
    role: AgentRole.optional(),
    mode: Mode.optional(),
    level: Level.optional(),
    model: z.string().trim().min(1).max(100).optional(),
    capabilities: z.array(z.strictObject({
      tag: Tag, proficiency: Proficiency.default('standard'),
    }).meta({ id: 'CapabilityInput' })).max(64).optional(),
    reports_to: Handle.optional(),
    management_fee_pct: z.int().min(0).max(100).optional(),
    ...keyInput,
  },
  answers: Registered,
  errors: ['duplicate', 'not_found'],
  secret: ['key', 'secret'],
  examples: [
    {
      title: 'a worker', as: 'talent',
      input: {
        handle: 'grace', level: 3, capabilities: [{ tag: 'typescript' }], reports_to: 'lead',
      },
      answers: { agent: { handle: 'grace', level: 3, trust: 50, status: 'active' } },
    },
    { title: 'a handle that is taken', input: { handle: 'ada' }, refused: 'duplicate' },
    { title: 'not by a worker', as: 'ada', input: { handle: 'eve' }, refused: 'forbidden' },
  ],
})

export const keyCreate = command('agent.key_create', {
  summary: 'Make a signing key for an agent; its secret is shown once.',
  description: 'At most 5 live keys. `retire` names the key that this one replaces: it keeps '
    + 'working for the overlap set in the workspace (24 h).',
  on: 'agent',
  who: { agent: { mode: 'observer' }, human: 'admin' },
  input: { ...keyInput, retire: z.string().max(64).optional() },
  answers: NewKey,
  errors: ['limit_reached'],
  secret: ['secret'],
  examples: [
    { title: 'a second key', as: 'ada', input: { id: 'ada' }, answers: { alg: 'hmac-sha256' } },
    { title: 'not for someone else', as: 'ada', input: { id: 'bob' }, refused: 'forbidden' },
  ],
})

export const keyList = query('agent.key_list', {
  summary: 'The keys of an agent, without their secrets.',
  description: 'Its own, or any for an admin.',
  on: 'agent',
  who: { agent: { mode: 'observer' }, human: 'admin' },
  input: { ...paging },
  answers: pageOf(Key, 'KeyPage'),
  examples: [{
    title: 'its own', as: 'ada', input: { id: 'ada' }, answers: { items: [{ alg: 'hmac-sha256' }] },
  }],
})

export const keyRevoke = command('agent.key_revoke', {
  summary: 'Revoke a key; what it signed is refused from now on.',
  on: 'agent',
  who: { agent: { mode: 'observer' }, human: 'admin' },
  answers: Key,
  destructive: true,
  examples: [
    {
      title: 'a key of its own', as: 'ada', given: { key: 'ada' },
      input: { id: 'ada', key: '$key' }, answers: { keyid: '$key' },
    },
    { title: 'no such key', input: { id: 'ada', key: 'agt_none.k9' }, refused: 'not_found' },
  ],
})

const Token = z.object({
  id: z.string(),
  token: z.string().nullable().meta({ description: 'Shown once, null on a replay' }),
  scopes: z.array(z.string()),
  expires_at: Instant,
}).meta({ id: 'Token' })

export const tokenCreate = command('agent.token_create', {
  summary: 'Make a bearer token for an agent; it is shown once.',
  description: 'An agent makes one for itself, by a signed request, for at most 15 minutes; an '
    + 'admin makes longer ones. Scopes are operations (`task.claim`), nouns (`task.*`), `read` '
    + 'or `*`.',
  on: 'agent',
  who: { agent: { mode: 'observer' }, human: 'admin' },
  input: {
    scopes: z.array(z.string().regex(/^(\*|read|[a-z]+\.(\*|[a-z_]+))$/, 'Such as task.claim'))
      .min(1).max(64).optional(),
    ttl_seconds: z.int().min(1).max(366 * 86_400).optional(),
  },
  answers: Token,
  secret: ['token'],
  examples: [
    {
      title: 'by an admin', input: { id: 'ada', scopes: ['task.*'], ttl_seconds: 3600 },
      answers: { scopes: ['task.*'] },
    },
    { title: 'not for someone else', as: 'ada', input: { id: 'bob' }, refused: 'forbidden' },
  ],
})

const TokenView = z.object({
  id: z.string(),
  scopes: z.array(z.string()),
  created_by: z.string().nullable().meta({ description: 'The handle of who made it' }),
  reason: z.string().nullable(),
  created_at: Instant,
  expires_at: Instant,
  revoked_at: Instant.nullable(),
}).meta({ id: 'TokenView' })

export const tokenList = query('agent.token_list', {
  summary: 'The bearer tokens of an agent, newest first, without their secrets.',
  description: 'Its own, or any for an admin.',
  on: 'agent',
  who: { agent: { mode: 'observer' }, human: 'admin' },
  input: { ...paging, live: z.boolean().optional().meta({ description: 'Only those that work' }) },
  answers: pageOf(TokenView, 'TokenPage'),
  examples: [{
    title: 'those that work', given: { token: 'ada' }, input: { id: 'ada', live: true },
    answers: { items: [{ id: '$token', revoked_at: null }] },
  }],
})

export const tokenRevoke = command('agent.token_revoke', {
  summary: 'Revoke a bearer token of an agent.',
  on: 'agent',
  who: { agent: { mode: 'observer' }, human: 'admin' },
  answers: z.object({ id: z.string(), revoked_at: Instant }).meta({ id: 'RevokedToken' }),
  destructive: true,
  examples: [
    {
      title: 'a token', given: { token: 'ada' },
      input: { id: 'ada', token: '$token' }, answers: {},
    },
    {
      title: 'no such token', refused: 'not_found',
      input: { id: 'ada', token: '01900000-0000-7000-8000-000000000000' },
    },
  ],
})
