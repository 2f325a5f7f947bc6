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

/** Somebody else was quicker: who, and how. */
async function explain(line: Line): Promise<void> {
  line.isOver = true
  line.note = texts.inbox.gone(null, null)
  const { data } = await read(outcome, { id: line.gate.id })
  const gate = data?.gate
  if (!gate || gate.state === 'open') return
  const wanted = gate.state === 'approved' ? 'approve' : 'deny'
  const by = gate.votes.findLast((vote) => vote.verdict === wanted)?.by ?? null
  line.note = texts.inbox.gone(gate.state, by)
}

/** Answers whether this vote is in. */
async function decideOne(
  inbox: Inbox, line: Line, verdict: Choice, comment: string | null,
): Promise<boolean> {
  const { id } = line.gate
  line.note = null
  line.failure = null
  const answer = await send('gate.decide', { id, verdict, comment })
  if (answer.ok) {
    if (answer.body.state !== 'open') inbox.leave(id)
    line.isOver = true
    return true
  }
  if (answer.failure.code === 'gate_closed') {
    inbox.leave(id)
    await explain(line)
  } else {
    line.note = answer.failure.message
    line.failure = answer.failure
  }
  return false
}

export function useDeciding() {
  const inbox = useInbox()
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

  watch(() => inbox.mine.value, (mine) => {
    if (!isOpen.value || isBusy.value) return
    const here = new Set(mine.map(({ id }) => id))
    for (const line of open.value) if (!here.has(line.gate.id)) void explain(line)
  })

  /** Answers whether all of it is done: then the comment may go. */
  async function decide(comment: string): Promise<boolean> {
    isBusy.value = true
    const waiting = [...open.value]
    const done: Line[] = []
    const worker = async (): Promise<void> => {
      for (let line = waiting.shift(); line; line = waiting.shift()) {
        if (await decideOne(inbox, line, verdict.value, comment.trim() || null)) done.push(line)
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, worker))
    isBusy.value = false
    inbox.refresh()
    if (done.length) {
      const words = texts.inbox.decided(verdict.value, done.length, nameOf(done[0]!.gate))
      toast(words, { kind: 'good' })
    }
    const isAll = lines.value.every(({ isOver, note }) => isOver && note === null)
    if (isAll) isOpen.value = false
    return isAll
  }

  return { verdict, lines, open, isOpen, isBusy, hint, begin, decide }
}
