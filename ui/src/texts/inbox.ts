/** The inbox: what waits for a yes. */
type State = string | null

const states: Record<string, string> = {
  approved: 'approved', denied: 'denied', expired: 'expired', cancelled: 'withdrawn',
}
const asks: Record<string, string> = {
  done: 'asks to finish', in_progress: 'asks to start', review: 'asks to hand in',
  cancelled: 'asks to cancel', blocked: 'asks to block', todo: 'asks to open',
}

export const inbox = {
  title: 'Inbox',
  count: (count: number) => (count === 1 ? '1 waits for you' : `${count} wait for you`),
  empty: 'Nothing waits for you',
  emptyHint: 'When an agent needs a yes, it appears here at once, and in the title of this tab.',
  others: (count: number) => `Waiting for others (${count})`,
  partial: 'These are the newest 500 that are open. Deciding some brings the others.',
  asks: ({ kind, to }: { kind: string; to: string | null }) =>
    (kind === 'spend' ? 'asks to use' : asks[to ?? ''] ?? 'asks for a yes to'),
  move: (from: string, to: string) => `${from} → ${to}`,
  approve: 'Approve',
  deny: 'Deny',
  open: 'Details',
  select: (name: string) => `Select ${name}`,
  selecting: 'Select',
  selected: (count: number) => `${count} selected`,
  alike: (count: number) => `Select all ${count} alike`,
  clear: 'Clear',
  expires: 'Expires',
  overdue: 'Expired',
  asked: 'Asked',
  why: 'Why',
  noReason: 'No reason was given.',
  evidence: 'Evidence',
  cost: 'Cost so far',
  reward: 'Reward when done',
  usualReward: 'the usual rate',
  costUsd: 'Model cost',
  spent: 'Booked on this task',
  nothingSpent: 'Nothing yet',
  behind: (handle: string, count: number) =>
    `${handle} has ${count === 1 ? '1 task' : `${count} tasks`} open`,
  task: 'The task',
  description: 'Description',
  output: 'Result',
  feedback: 'Feedback last time',
  subtasks: 'Subtasks',
  votes: 'Votes',
  noVotes: 'Nobody has voted yet.',
  verdicts: { approve: 'approved', deny: 'denied', abstain: 'abstained' },
  onBehalfOf: (handle: string) => `for ${handle}`,
  approvers: 'Who may decide',
  quorum: (count: number) => (count === 1 ? 'one yes' : `${count} times yes`),
  onExpiry: {
    deny: 'If nobody decides, it is denied.', approve: 'If nobody decides, it is approved.',
    escalate: 'If nobody decides, it goes to the admins.',
  },
  fields: {
    outcome: 'Outcome', assignee: 'Done by', attempt: 'Attempt', rejections: 'Sent back',
    priority: 'Priority', operation: 'Operation', task: 'Task', budget_of: 'Budget of',
    period: 'Period', unit: 'Unit', limit: 'Limit', available: 'Left of it', needed: 'Needed',
    resets_at: 'Resets at',
  } as Record<string, string>,
  times: (count: number) => (count === 1 ? 'once' : `${count} times`),
  state: (state: string) => states[state] ?? state,
  closed: (state: string) => `This is ${states[state] ?? state}.`,
  notYours: 'Your vote is not asked for here.',
  choose: 'Choose one to see what is asked and why.',
  keys: 'j and k move, a approves, d denies, x selects, Enter opens',
  comment: 'Comment',
  optional: '(optional)',
  commentHint: 'Whoever asked reads it.',
  denyHint: 'Say what is missing: it goes back as feedback.',
  sends: 'Ctrl + Enter sends.',
  decide: {
    approve: (count: number) => (count === 1 ? 'Approve' : `Approve ${count}`),
    deny: (count: number) => (count === 1 ? 'Deny' : `Deny ${count}`),
  },
  question: {
    approve: (count: number) => (count === 1 ? 'Approve this?' : `Approve these ${count}?`),
    deny: (count: number) => (count === 1 ? 'Deny this?' : `Deny these ${count}?`),
  },
  once: 'A decision cannot be taken back.',
  gone: (state: State, by: string | null) => (state === null ? 'Somebody decided this meanwhile.'
    : `${by ?? 'Nobody'} ${by ? states[state] : `decided in time: ${states[state]}`}${
      by ? ' this meanwhile.' : '.'}`),
  voted: 'You have voted on this already.',
  decided: (verdict: 'approve' | 'deny', count: number, name: string) => {
    const word = verdict === 'approve' ? 'Approved' : 'Denied'
    return count === 1 ? `${word}: ${name}` : `${word} ${count}`
  },
} as const
