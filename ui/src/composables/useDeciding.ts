/**
 * Voting on gates, one or several alike, with one comment. Each is a command of its own; what is
 * refused stays with its reason, what somebody else decided meanwhile is said and left out.
 */
import { computed, ref, watch } from 'vue'
import type { Verdict } from '../../../domain/gates.ts'
import { read } from '../graphql/client.ts'
import { graphql } from '../graphql/graphql.ts'
import type { OpenGate } from '../inbox.ts'
import { nameOf } from '../inbox.ts'
import type { Failure } from '../problem.ts'
import { isPassing } from '../problem.ts'
import { useSession } from '../session.ts'
import { texts } from '../texts.ts'
import { send } from './useCommand.ts'
import type { Inbox } from './useInbox.ts'
import { useInbox } from './useInbox.ts'
import { toast } from './useToasts.ts'

const outcome = graphql(`
  query GateOutcome($id: ID!) {
    gate(id: $id) { state decisionComment votes { by verdict } }
  }
`)

export type Choice = Exclude<Verdict, 'abstain'>
export type Line = {
  gate: OpenGate
  /** Why it is not decided by this. */
  note: string | null
  failure: Failure | null
  /** It is not open any more: by this, or by somebody else. */
  isOver: boolean
}

const AT_A_TIME = 4

/** It waits for this person no more: who decided it, and how; or this vote is in after all. */
async function explain(line: Line, handle: string): Promise<void> {
  const wasTried = line.failure !== null && isPassing(line.failure)
  line.isOver = true
  line.failure = null
  line.note = texts.inbox.gone(null, null)
  const { data } = await read(outcome, { id: line.gate.id })
  const gate = data?.gate
  if (!gate) return
  if (gate.votes.some(({ by }) => by === handle)) {
    line.note = wasTried ? null : texts.inbox.voted
    return
  }
  const wanted = gate.state === 'approved' ? 'approve' : 'deny'
  const by = gate.votes.findLast((vote) => vote.verdict === wanted)?.by ?? null
  line.note = texts.inbox.gone(gate.state, by)
}

/** Sends one vote; what became of it stands in the line. */
async function decideOne(
  inbox: Inbox, line: Line, verdict: Choice, comment: string | null,
): Promise<void> {
  const { id } = line.gate
  line.note = null
  line.failure = null
  const answer = await send('gate.decide', { id, verdict, comment })
  if (answer.ok) {
    line.isOver = true
    if (answer.body.state !== 'open') inbox.leave(id)
    return
  }
  line.note = answer.failure.message
  line.failure = answer.failure
  if (answer.failure.code === 'gate_closed') inbox.leave(id)
}

/** `onDone` is called when every vote is in: then the comment may go. */
export function useDeciding(onDone: () => void) {
  const inbox = useInbox()
  const { session } = useSession()
  const verdict = ref<Choice>('approve')
  const lines = ref<Line[]>([])
  const isOpen = ref(false)
  const isBusy = ref(false)
  const open = computed(() => lines.value.filter(({ isOver }) => !isOver))
  const hint = computed(() => lines.value.find(({ failure }) => failure)?.failure?.hint ?? null)

  function begin(wanted: Choice, gates: readonly OpenGate[]): void {
    verdict.value = wanted
    lines.value = gates.map((gate) => ({ gate, note: null, failure: null, isOver: false }))
    isOpen.value = gates.length > 0
  }

  /** Looks after those that have left the inbox, and ends when nothing is left to do or to say. */
  async function settle(): Promise<void> {
    const here = new Set(inbox.mine.value.map(({ id }) => id))
    await Promise.all(open.value.filter(({ gate }) => !here.has(gate.id))
      .map((line) => explain(line, session.value?.actor.handle ?? '')))
    if (!isOpen.value || lines.value.some(({ isOver, note }) => !isOver || note !== null)) return
    isOpen.value = false
    const { length, 0: first } = lines.value
    toast(texts.inbox.decided(verdict.value, length, nameOf(first!.gate)), { kind: 'good' })
    onDone()
  }

  watch(() => inbox.mine.value, () => {
    if (isOpen.value && !isBusy.value) void settle()
  })

  async function decide(comment: string): Promise<void> {
    isBusy.value = true
    const waiting = [...open.value]
    const worker = async (): Promise<void> => {
      for (let line = waiting.shift(); line; line = waiting.shift()) {
        await decideOne(inbox, line, verdict.value, comment.trim() || null)
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, worker))
    isBusy.value = false
    inbox.refresh()
    await settle()
  }

  return { verdict, lines, open, isOpen, isBusy, hint, begin, decide }
}
