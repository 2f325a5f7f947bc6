import { describe } from 'vitest'
import { becomes, cases, decides, happens, isValue, refuses } from '../test/harness/cases.ts'
import { actor, facts, lead, person, task, working } from '../test/harness/facts.ts'
import { settingsOf } from './settings.ts'
import type { CreateFacts, NewTask } from './edits.ts'
import { decideCreate, decideUpdate } from './edits.ts'
import type { Workstream } from './workstreams.ts'
import { changedFields, refuseEntry } from './workstreams.ts'

const docs: Workstream = { id: 'docs-id', name: 'docs', status: 'active' }
const launch: Workstream = { id: 'launch-id', name: 'launch', status: 'paused' }
const over = (status: Workstream['status']): Workstream => ({ ...docs, status })

const refused = refuses('forbidden', { required: { workstream: 'docs', status: ['active', 'paused'] } })

cases('entry', refuseEntry, [
  ['nowhere is open to all', [null], isValue(null)],
  ['active', [docs], isValue(null)],
  ['paused', [launch], isValue(null)],
  ['completed', [over('completed')], refused],
  ['archived', [over('archived')], refused],
])

const fields = { name: 'docs', description: '', priority: 'normal', status: 'active' } as const
cases('what changes', changedFields, [
  ['what is another', [fields, { name: 'guides', priority: 'high' }], isValue({ name: 'guides', priority: 'high' })],
  ['what is as it was', [fields, { name: 'docs', status: 'active' }], isValue({})],
  ['a text that is taken away', [{ ...fields, description: 'x' }, { description: '' }], isValue({ description: '' })],
])

describe('tasks in workstreams', () => {
  const creates: CreateFacts = {
    now: facts().now, actor: lead, settings: settingsOf({}), fresh_id: 'new-id', gate_ids: [], assignee: null,
    manages_assignee: false, workstream: docs,
  }
  const wanted: NewTask = {
    title: 'x', description: '', priority: 'normal', tags: [], required_capabilities: [], min_trust: null, due_at: null,
    estimate: null, reward: null, input: null, status: 'todo', parent_id: null, gates: [],
  }
  cases('create', decideCreate, [
    ['in one', [creates, wanted], becomes({ workstream_id: 'docs-id' })],
    ['its event names it', [creates, wanted], decides({ events: [{ data: { workstream: 'docs' } }] })],
    ['in none', [{ ...creates, workstream: null }, wanted], becomes({ workstream_id: null })],
    ['in one that is over', [{ ...creates, workstream: over('archived') }, wanted], refused],
  ])

  const inDocs = task({ workstream_id: 'docs-id', workstream: 'docs' })
  const byOperator = (over_: Parameters<typeof facts>[0] = {}) => facts({ actor: person(), task: inDocs, ...over_ })
  cases('update', decideUpdate, [
    ['into another', [byOperator(), { workstream: launch }], becomes({ workstream_id: 'launch-id' })],
    ['the event says from where to where', [byOperator(), { workstream: launch }], decides({
      events: [{ data: { fields: ['workstream'], before: { workstream: 'docs' }, after: { workstream: 'launch' } } }],
    })],
    ['out of it', [byOperator(), { workstream: null }], becomes({ workstream_id: null })],
    ['where it is already', [byOperator(), { workstream: docs }], happens()],
    ['where it is, though that is over', [byOperator(), { workstream: over('archived'), title: 'y' }], becomes({ title: 'y' })],
    ['nothing said', [byOperator(), { title: 'y' }], (decided) => {
      becomes({ title: 'y' })(decided)
      decides({ events: [{ data: { fields: ['title'] } }] })(decided)
    }],
    ['into one that is over', [facts({ actor: person() }), { workstream: over('completed') }], refused],
    ['by a stranger', [facts({ actor: actor(), task: working({ assignee_id: 'bob-id', creator_id: 'lead-id' }) }),
      { workstream: docs }], refuses('forbidden', { required: { relation: ['assignee', 'manager', 'operator'] } })],
    ['a final one stays', [byOperator({ task: { ...inDocs, status: 'done', outcome: 'completed' } }), { workstream: null }],
      refuses('invalid_transition')],
  ])
})
