/** Ready-made questions with the facts they need: a table of words and reads. */
import type { GetPromptResult, Prompt } from '@modelcontextprotocol/server'
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import { invoke } from '../handlers/invoke.ts'
import { operationsByName } from '../operations/index.ts'
import type { Session } from './tools.ts'

type Given = { task: string; me: string }
type Row = {
  name: string
  title: string
  description: string
  takesTask: boolean
  ask: (given: Given) => string
  /** Which operations answer the facts, with which input. */
  reads: (given: Given) => [operation: string, input: Record<string, unknown>][]
}

const yesterday = (): string => new Date(Date.now() - 86_400_000).toISOString()
const working = ['in_progress', 'review', 'blocked']

const table: readonly Row[] = [
  {
    name: 'standup', title: 'Stand-up', takesTask: false,
    description: 'What you did, what you are doing, and what is in the way.',
    ask: ({ me }) => `Write the stand-up of ${me} from the facts below: what is under way, what `
      + 'waits and for whom, what comes next. Name tasks by key. Add nothing that is not there.',
    reads: ({ me }) => [
      ['task.list', { assignee: me, status: working, limit: 50 }],
      ['event.list', { actor: me, since: yesterday(), limit: 100 }],
      ['gate.list', { state: 'open', limit: 20 }],
    ],
  },
  {
    name: 'handoff', title: 'Hand-off', takesTask: true,
    description: 'Everything that the next one needs to go on with a task.',
    ask: ({ task }) => `Write a hand-off note for ${task} from the facts below: the goal, what was `
      + 'done, what was tried and failed, what is left, and what to watch out for.',
    reads: ({ task }) => [['task.get', { id: task }], ['task.history', { id: task, limit: 50 }]],
  },
  {
    name: 'review', title: 'Review', takesTask: true,
    description: 'Judge a task that waits for review or for a yes.',
    ask: ({ task }) => `Review ${task} by the facts below: does its output do what its description `
      + 'asks for? Answer approve or deny, with the reasons, and what is missing if anything is.',
    reads: ({ task }) => [
      ['task.get', { id: task }], ['gate.list', { task, limit: 10 }],
      ['task.history', { id: task, limit: 50 }],
    ],
  },
]

const taskArgument = { name: 'task', description: 'A task by key or id', required: true }

export const prompts: Prompt[] = table.map(({ name, title, description, takesTask }) => ({
  name, title, description, ...(takesTask ? { arguments: [taskArgument] } : {}),
}))

/** The question with its facts, read as the caller. */
export async function getPrompt(
  session: Session, name: string, given: Record<string, string> = {},
): Promise<GetPromptResult> {
  const row = table.find((one) => one.name === name)
  if (!row) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no prompt ${name}`)
  if (row.takesTask && !given.task) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `${name} needs the argument task`)
  }
  const facts = { task: given.task ?? '', me: session.identity.actor.handle }
  const texts = await Promise.all(row.reads(facts).map(([operation, input]) =>
    read(session, operation, input)))
  return {
    description: row.description,
    messages: [row.ask(facts), ...texts]
      .map((text) => ({ role: 'user', content: { type: 'text', text } })),
  }
}

async function read(
  { context, identity, instance }: Session, name: string, input: Record<string, unknown>,
): Promise<string> {
  const operation = operationsByName.get(name)!
  const reply = await invoke(context, { operation, input, identity, instance })
  if (reply.ok) return `${name}:\n${JSON.stringify(reply.body)}`
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, reply.problem.detail, reply.problem)
}
