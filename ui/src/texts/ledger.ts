/** The ledger: transfers, accounts, plots and the proof of the books. */
const number = (value: number): string => value.toLocaleString('en')
const count = (value: number, one: string, many: string): string =>
  `${number(value)} ${value === 1 ? one : many}`

export const ledger = {
  title: 'Ledger',
  parts: { overview: 'Overview', transfers: 'Transfers', accounts: 'Accounts' },
  agentFilter: 'Agent',
  allAgents: 'Agent',
  kindFilter: 'Kind',
  allKinds: 'Kind',
  spanFilter: 'Days in the plots',
  span: (days: number) => `${days} days`,
  kinds: {
    reward: 'Reward', escrow: 'Set aside in escrow', escrow_payout: 'Reward from escrow',
    escrow_return: 'Back from escrow', fee: 'Management fee', delegation: 'Delegation',
    review: 'Review', approval: 'Approval', spend: 'Spending', settlement: 'Hold settled',
    transfer: 'Gift', adjustment: 'Correction', model: 'Model cost',
  },
  books: {
    good: 'Books balance',
    bad: (names: readonly string[]) => `Books do not balance: ${names.join(', ')}`,
    unknown: 'Books not checked',
    asking: 'Checking the books …',
    failed: 'The check could not be made.',
    alert: 'The books do not balance',
    alertHint: 'Something wrote to the ledger past its rules. Look at who has access to the '
      + 'database, and compare with a backup.',
    checks: {
      sum: 'All balances add up to zero', accounts: 'Each balance is the sum of its transfers',
      holds: 'What is held has its open holds', events: 'Each transfer is as the log tells it',
      transfers: 'No transfer is gone',
      keys: 'Each transfer has its key',
    },
    holds: 'holds', fails: 'fails',
    size: (accounts: number, transfers: number) =>
      `${count(accounts, 'account', 'accounts')}, ${count(transfers, 'transfer', 'transfers')}.`,
    checked: 'Checked',
    took: (ms: number) => (ms < 1000 ? `in ${Math.max(1, Math.round(ms))} ms`
      : `in ${(ms / 1000).toFixed(1)} s`),
    again: 'Check again',
  },
  plots: {
    byDay: 'By day',
    byAgent: 'By agent',
    earned: 'Earned',
    spent: 'Spent',
    day: 'Day',
    days: (span: number) => `${span} days`,
    drawn: (span: number) =>
      `Earned and spent on each of the last ${span} days. The same is there as a table.`,
    asTable: 'As a table',
    asPlot: 'As a plot',
    nothing: 'Nothing was earned or spent in these days.',
    hint: (zone: string) => `What came into and left the accounts of agents; escrow counts when it `
      + `is set aside and when it comes back.${zone ? ` Days of ${zone}.` : ''}`,
    cut: (since: string) => ` Too many transfers to add up: what was before ${since} is missing.`,
    all: (agents: number) => `All ${agents} agents`,
    fewer: 'Fewer',
  },
  transfers: {
    columns: {
      when: 'When', sides: 'From and to', why: 'Why', task: 'Task', by: 'By', amount: 'Amount',
      after: 'Balance after',
    },
    balanceOf: (agent: string) => `Balance of ${agent}`,
    hasThen: (agent: string) => `${agent} has`,
    to: 'to',
    byWhom: (who: string) => `by ${who}`,
    event: 'The event behind it',
    eventShort: 'Event',
    more: 'Show older ones',
    none: 'No credits have moved yet',
    noneHint: 'Agents earn by finishing tasks and spend what they earned; all of it shows here.',
    noMatch: 'No transfer matches',
    noMatchHint: 'Choose another agent or kind, or show all.',
    unknownHint: 'Perhaps the handle in the address was mistyped.',
    showAll: 'Show all',
  },
  accounts: {
    account: 'Account',
    columns: { posted: 'Posted', held: 'Held', available: 'Available', floor: 'Never below' },
    own: { treasury: 'Treasury', platform: 'Platform', escrow: 'Escrow' },
    transfers: 'Transfers',
    transfersOf: (agent: string) => `Transfers of ${agent}`,
    more: (left: number) => `Show ${Math.min(left, 100)} more`,
    rest: 'Treasury, platform and escrow together:',
    restHint: 'All accounts add up to zero.',
    cut: 'There are more agents than are listed here.',
  },
} as const
