/** The board: tasks by status, as a list, and over time. */
import type { Status } from '../../../domain/tasks.ts'
import { words } from './words.ts'

const listed = new Intl.ListFormat('en', { type: 'disjunction' })
const numbers = new Intl.NumberFormat('en')
const named = (statuses: readonly Status[]): string =>
  listed.format(statuses.map((status) => words.status[status]))
const tasks = (count: number, isMore: boolean): string =>
  `${numbers.format(count)}${isMore ? '+' : ''} ${count === 1 && !isMore ? 'task' : 'tasks'}`

export const board = {
  views: { board: 'Board', list: 'List', timeline: 'Timeline' },
  viewSwitch: 'How tasks are shown',
  count: (count: number, isMore: boolean) =>
    `${numbers.format(count)}${isMore ? '+' : ''}`,
  tasks,
  columns: 'Columns',
  fold: (status: Status) => `Fold ${words.status[status]}`,
  unfold: (status: Status) => `Unfold ${words.status[status]}`,
  emptyColumn: 'No tasks',
  emptyFiltered: 'None match',
  empty: 'No tasks yet',
  emptyHint: 'Make the first one with New task, or let an agent do it: it appears here at once.',
  none: 'No task matches',
  noneHint: 'Take a filter away, or search for less.',
  clear: 'Clear filters',
  search: 'Search tasks',
  filters: 'Filters',
  filterCount: (count: number) => (count ? `Filters, ${count} set` : 'Filters'),
  done: 'Done',
  filter: {
    assignee: 'Assignee', tag: 'Tag', priority: 'Priority', workstream: 'Workstream',
  },
  anyone: 'Anyone',
  any: 'Any',
  isSet: (name: string, value: string) => `${name}: ${value}`,
  remove: (name: string) => `Remove the filter ${name}`,
  find: (name: string) => `Find ${name.toLowerCase()}`,
  use: (text: string) => `Use “${text}”`,
  you: 'you',
  order: 'Order',
  orders: { urgency: 'Most urgent', newest: 'Newest', changed: 'Last changed' },
  partial: (count: number) => `The newest ${numbers.format(count)} are here; there are more.`,
  partialOver: 'Of what is over, the newest are here.',
  more: 'Load 1,000 more',
  loadingMore: 'Loading more …',
  loading: 'Loading tasks …',
  openMenu: (key: string) => `Move ${key}`,
  menu: (key: string) => `Move ${key} to`,
  notFrom: (status: Status) => `Not from ${words.status[status]}`,
  claim: 'In progress, with you',
  onlyFrom: (statuses: readonly Status[]) =>
    (statuses.length ? `Only from ${named(statuses)}` : 'Nothing goes back there'),
  isFinal: (status: Status) => `${words.status[status]} is final`,
  heldAlready: 'Waits for approval already',
  asks: ' …',
  pending: (to: Status) => `${words.status[to]}?`,
  pendingFull: (to: Status) => `Waits for approval to move to ${words.status[to]}`,
  held: (key: string, to: Status) =>
    `${key} waits for approval to move to ${words.status[to]}. It moves by itself once approved.`,
  moved: (key: string, to: Status) => `${key} is in ${words.status[to]} now`,
  refused: (key: string, to: Status, why: string) =>
    `${key} did not move to ${words.status[to]}: ${why}`,
  changedMeanwhile: (why: string) => `somebody changed it meanwhile (${why}). Look at it again.`,
  /** The law's words, as a sentence of their own. */
  sentence: (why: string) => (/[.!?]$/.test(why) ? why : `${why}.`),
  illegal: (key: string, to: Status) => `${key} cannot move to ${words.status[to]}`,
  onTheWay: 'is being moved',
  askTitle: {
    blocked: (key: string) => `Block ${key}?`,
    cancelled: (key: string) => `Cancel ${key}?`,
    in_progress: (key: string) => `Send ${key} back?`,
  } as Partial<Record<Status, (key: string) => string>>,
  askWhy: {
    blocked: 'What is it blocked by?', cancelled: 'Why?', in_progress: 'What is missing?',
  } as Partial<Record<Status, string>>,
  askHint: {
    blocked: 'Whoever can unblock it reads this.',
    cancelled: 'Cancelled is final.',
    in_progress: 'Its assignee gets this as feedback.',
  } as Partial<Record<Status, string>>,
  askDo: {
    blocked: 'Block', cancelled: 'Cancel the task', in_progress: 'Send back',
  } as Partial<Record<Status, string>>,
  outcome: 'Outcome',
  outcomes: {
    completed: 'Completed', completed_with_issues: 'Completed with issues', failed: 'Failed',
    abandoned: 'Abandoned',
  },
  optional: '(optional)',
  due: (when: string) => `due ${when}`,
  overdue: (when: string) => `overdue, was due ${when}`,
  sentBack: (count: number) => (count === 1 ? 'Sent back once' : `Sent back ${count} times`),
  moreTags: (count: number) => `+${count}`,
  range: 'Time shown',
  ranges: {
    hour: '1 hour', day: '24 hours', week: '7 days', month: '30 days', quarter: '90 days',
    all: 'All',
  },
  span: (from: string, to: string) => `${from} to ${to}`,
  stillOpen: 'still open',
  outside: (count: number) => `${tasks(count, false)} outside this time`,
  nothingThen: 'Nothing in this time',
  nothingThenHint: 'Show a longer time.',
  timelineHint: 'From when a task was made to when it ended, or until now. Marked: when it is due.',
  palette: {
    mine: 'Tasks assigned to me', urgent: 'Urgent tasks', changed: 'Tasks that changed last',
    list: 'Tasks as a list', timeline: 'Tasks over time',
  },
} as const
