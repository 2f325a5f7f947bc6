import type { Actor, Who } from './agents.ts'
import { authorize, bandOf, isOperator, lackOf, unmet } from './agents.ts'
import { cases, isValue, refuses } from '../test/harness/cases.ts'
import { actor, lead, person } from '../test/harness/facts.ts'

const workers: Who = { agent: { mode: 'worker' }, human: 'operator' }
const makers: Who = { agent: { mode: 'orchestrator' }, human: 'operator' }
const hirers: Who = { agent: { mode: 'orchestrator', role: ['talent', 'founder'] }, human: 'admin' }
const seniors: Who = { agent: { mode: 'observer', level: 5 } }
const system: Actor = { ...person(), kind: 'system', handle: 'system' }

cases('authorize', authorize, [
  ['a worker', [workers, actor(), false], isValue(null)],
  ['an observer only looks', [workers, actor({ mode: 'observer' }), false],
    refuses('forbidden', { required: { mode: 'worker' } })],
  ['a worker may do what an orchestrator may', [makers, actor(), false], isValue(null)],
  ['an orchestrator does not execute', [workers, lead, false], refuses('forbidden', { required: { mode: 'worker' } })],
  ['not in the role', [hirers, lead, false], refuses('forbidden', { required: { role: 'talent or founder' } })],
  ['in the role', [hirers, actor({ role: 'talent', mode: 'orchestrator' }), false], isValue(null)],
  ['not of the level', [seniors, actor(), false], refuses('forbidden', { required: { level: 5 } })],
  ['of the level', [seniors, lead, false], isValue(null)],
  ['a person where only agents may', [seniors, person('owner'), false], refuses('forbidden', { required: { kind: 'agent' } })],
  ['an operator', [workers, person(), false], isValue(null)],
  ['a viewer', [workers, person('viewer'), false], refuses('forbidden', { required: { role: 'operator' } })],
  ['an unknown role has no rights', [workers, person('wizard'), false], refuses('forbidden')],
  ['a host, which nothing names', [workers, actor({ kind: 'host' }), false], refuses('forbidden')],
  ['the system', [hirers, system, false], isValue(null)],
  ['revoked', [workers, actor({ status: 'revoked' }), true], refuses('unauthenticated')],
  ['pending', [workers, actor({ status: 'pending' }), true], refuses('unauthenticated')],
  ['paused: commands', [workers, actor({ status: 'paused' }), false], refuses('frozen', { scope: { agent: 'ada' } })],
  ['paused: reads pass', [workers, actor({ status: 'paused' }), true], isValue(null)],
])

cases('lack', lackOf, [
  ['an agent without a mode counts as an observer', [workers, actor({ mode: null })], isValue({ mode: 'worker' })],
  ['an agent without a level has none', [seniors, actor({ level: null })], isValue({ level: 5 })],
  ['an agent where only people may', [{ human: 'admin' }, actor()], isValue({ role: 'admin' })],
])

cases('operator', isOperator, [
  ['an operator', [person()], isValue(true)],
  ['an owner', [person('owner')], isValue(true)],
  ['a viewer', [person('viewer')], isValue(false)],
  ['an agent, whatever its role is called', [actor({ role: 'owner' as 'worker' })], isValue(false)],
  ['the system', [system], isValue(true)],
])

const wants = (required: Parameters<typeof unmet>[1]['required_capabilities'], min_trust: number | null = null) =>
  ({ required_capabilities: required, min_trust })
const typescript = (proficiency: 'basic' | 'standard' | 'expert' | null) => ({ tag: 'typescript', proficiency })

cases('eligible', unmet, [
  ['nothing asked', [actor(), wants([]), null], isValue(null)],
  ['the capability', [actor(), wants([typescript(null)]), null], isValue(null)],
  ['as good as asked', [actor(), wants([typescript('standard')]), null], isValue(null)],
  ['better than asked', [actor(), wants([typescript('basic')]), null], isValue(null)],
  ['not as good', [actor(), wants([typescript('expert')]), null], isValue({ capability: typescript('expert') })],
  ['another capability', [actor(), wants([{ tag: 'rust', proficiency: null }]), null], isValue({ capability: 'rust' })],
  ['trust enough', [actor(), wants([], 50), 40], isValue(null)],
  ['too little trust for the task', [actor(), wants([], 51), null], isValue({ trust: 51 })],
  ['too little for its priority', [actor(), wants([], 10), 60], isValue({ trust: 60 })],
  ['no trust known is none', [actor({ trust: null }), wants([], 1), null], isValue({ trust: 1 })],
])

cases('band', bandOf, [
  ['0', [0], isValue('new')], ['30', [30], isValue('new')],
  ['31', [31], isValue('probation')], ['50', [50], isValue('probation')],
  ['51', [51], isValue('trusted')], ['70', [70], isValue('trusted')],
  ['71', [71], isValue('veteran')], ['85', [85], isValue('veteran')],
  ['86', [86], isValue('elite')], ['100', [100], isValue('elite')],
])
