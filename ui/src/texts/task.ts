/** The task panel, and making and editing tasks. What events say is in texts/events.ts. */
const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

export const task = {
  title: 'Task',
  missing: (id: string) => `There is no task ${id} here`,
  missingHint: 'It may be mistyped, or belong to another workspace. Keys look like TASK-12.',
  toBoard: 'Go to the board',
  copyLink: 'Copy link',
  linkCopied: 'The link was copied.',
  notCopied: 'The browser did not allow copying.',
  engine: 'Workflow in Temporal',
  engineHint: 'Opens in a new tab',
  refused: (key: string, why: string) => `${key} stays as it was: ${why}`,
  held: (key: string) => `Asked for. ${key} moves by itself as soon as its gate says yes.`,
  readOnly: 'You may look at tasks, not change them: that takes an operator.',

  moveTo: 'Move to …',
  notFrom: (status: string) => `Not possible from ${status}.`,
  more: 'More actions',
  acts: {
    'to:backlog': 'Back to the backlog', 'to:todo': 'Ready to be taken', 'to:in_progress': 'Start',
    'to:review': 'Hand in for review', 'to:done': 'Accept', 'to:blocked': 'Block',
    'to:cancelled': 'Cancel the task',
    claim: 'Take it yourself', release: 'Give it back', complete: 'Complete',
  },
  /** Where the same move means something else. */
  actsFrom: {
    review: { 'to:in_progress': 'Send back' },
    blocked: { 'to:in_progress': 'Resume', 'to:todo': 'Unblock' },
  } as Record<string, Record<string, string>>,
  edit: 'Edit',
  addSubtask: 'New subtask',

  move: {
    reason: 'Reason',
    optional: '(optional)',
    hints: {
      'to:blocked': 'What it waits for: everybody reads it with the task.',
      'to:in_progress': 'What is missing: it goes back to who did it as feedback.',
    } as Record<string, string>,
    hint: 'Kept in the history.',
    outcome: 'Outcome',
    outcomes: {
      completed: 'Completed', completed_with_issues: 'Completed, with issues', failed: 'Failed',
      abandoned: 'Abandoned',
    },
    output: 'Result as JSON',
    final: 'This cannot be taken back.',
  },

  waiting: 'Waiting',
  suspended: 'paused while its gate is open',
  gate: {
    title: 'Needs a yes',
    asks: (status: string) => `asks to move this to ${status}`,
    policy: (approvers: string, quorum: number, votes: number) => {
      const needed = quorum === 1 ? 'One yes is needed' : `${quorum} times yes is needed`
      return `Asked: ${approvers}. ${needed}, ${votes || 'none'} so far.`
    },
    comment: 'Comment',
    approve: 'Approve',
    deny: 'Deny',
    withdraw: 'Withdraw',
    approved: (key: string) => `${key}: approved`,
    denied: (key: string) => `${key}: denied`,
    voted: (key: string) => `${key}: your vote is counted; others are still asked.`,
    withdrawn: (key: string) => `${key}: the request was withdrawn`,
    open: 'Open in the inbox',
  },
  settling: {
    title: 'Still under way',
    plain: 'What follows from the last change, such as pay, is being done.',
    state: (settled: number, version: number) =>
      `Version ${version} is written; what follows is done up to version ${settled}.`,
    engine: (status: string) => `Its workflow is ${status.toLowerCase().replaceAll('_', ' ')}.`,
    away: 'Nothing is lost: it goes on as soon as the workflow engine answers.',
    parked: (step: string) => `Set aside: ${step}`,
    retry: 'Tried again',
  },

  facts: 'Details',
  fields: {
    title: 'Title', description: 'Description', status: 'Status', priority: 'Priority',
    assignee: 'Assignee', creator: 'Created by', parent: 'Parent',
    workstream: 'Workstream', tags: 'Tags',
    required_capabilities: 'Needs', min_trust: 'Least trust', due_at: 'Due', estimate: 'Estimate',
    reward: 'Reward', input: 'Input', output: 'Output', gates: 'Gates', lease: 'Lease',
    cost: 'Model cost', attempt: 'Attempt', rejections: 'Sent back', outcome: 'Outcome',
    created: 'Created', finished: 'Finished',
  },
  nobody: 'Nobody',
  noDescription: 'No description.',
  usualReward: 'the usual rate',
  overdue: 'overdue',
  proficiency: { basic: 'basic', standard: 'standard', expert: 'expert' },
  times: (count: number) => (count === 1 ? 'once' : `${count} times`),
  lease: {
    left: (time: string) => `${time} left`,
    over: 'Has run out; the task goes back within seconds.',
  },
  feedback: 'Feedback',
  blocked: 'Blocked because',

  showAll: 'Show all of it',
  showLess: 'Show less',
  json: {
    copy: (name: string) => `Copy ${name.toLowerCase()} as JSON`,
    copied: 'Copied.',
    items: (count: number) => counted(count, 'item', 'items'),
    keys: (count: number) => counted(count, 'field', 'fields'),
    more: (count: number) => `Show ${count} more`,
  },

  subtasks: 'Subtasks',
  subtasksDone: (done: number, all: number) => `${done} of ${all} finished`,
  moreSubtasks: 'There are more than the 100 newest shown here.',

  money: 'Credits booked',
  moreMoney: 'The newest 50 are shown; the ledger has all.',
  flow: (from: string, to: string) => `${from} → ${to}`,
  kinds: {
    reward: 'Reward', fee: 'Management fee', delegation: 'For delegating', review: 'For reviewing',
    approval: 'For approving', escrow: 'Set aside', escrow_return: 'Given back',
    escrow_payout: 'Paid from escrow', escrow_fee: 'Management fee from escrow', spend: 'Spent',
  } as Record<string, string>,

  timeline: 'Activity',
  olderEvents: 'Show older events',
  thisTask: 'this task',
  onBehalfOf: (handle: string) => `on behalf of ${handle}`,
  because: 'Reason:',
  permalink: 'Open this event',
  comment: {
    label: 'Comment',
    placeholder: 'Write a comment. Markdown works.',
    send: 'Comment',
    keys: 'Ctrl + Enter sends',
    sending: 'Sending …',
    unknown: 'It is not known whether it arrived. Send it again: it will be there once.',
    bytes: (used: number) => `${used.toLocaleString('en')} of 65,536 bytes`,
  },
} as const
