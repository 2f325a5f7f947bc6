/** The ledger: transfers, accounts, plots and the proof of the books. */
const number = (value: number): string => value.toLocaleString('en')
const count = (value: number, one: string, many: string): string =>
  `${number(value)} ${value === 1 ? one : many}`

export const ledger = {
  title: 'Ledger',
  parts: {
    overview: 'Overview', transfers: 'Transfers', accounts: 'Accounts', profit: 'Profit',
    budgets: 'Budgets', holds: 'Holds',
  },
  agentFilter: 'Agent',
  allAgents: 'Agent',
  kindFilter: 'Kind',
  allKinds: 'Kind',
  spanFilter: 'Days in the plots',
  span: (days: number) => `${days} days`,
  kinds: {
    reward: 'Reward', escrow: 'Set aside in escrow', escrow_payout: 'Reward from escrow',
    escrow_fee: 'Management fee from escrow',
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
      keys: 'Each transfer has its key', windows: 'Budgets keep what open holds keep in them',
      charges: 'Each model call has its transfer', costs: 'Model costs are the sum of their calls',
      closings: 'Archived months are as they were closed', head: 'The log ends where its head says',
      signed: 'The log is the one that was signed', finished: 'The check came to its end',
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
    download: 'Download CSV',
    downloadOf: (agent: string) => `Download CSV of the statement of ${agent}`,
  },
  accounts: {
    account: 'Account',
    columns: { posted: 'Posted', held: 'Held', available: 'Available', floor: 'Never below' },
    own: {
      treasury: 'Treasury', platform: 'Platform', escrow: 'Escrow', model_spend: 'Models',
      fees: 'Fees', host: 'Hosts',
    },
    transfers: 'Transfers',
    transfersOf: (agent: string) => `Transfers of ${agent}`,
    more: (left: number) => `Show ${Math.min(left, 100)} more`,
    rest: 'All other accounts together:',
    restHint: 'All accounts add up to zero.',
    cut: 'There are more agents than are listed here.',
  },
  profit: {
    by: 'Group by',
    groups: {
      agent: 'by agent', team: 'by team', workstream: 'by workstream', model: 'by model',
      day: 'by day', week: 'by week', month: 'by month', total: 'in all',
    },
    columns: {
      name: {
        agent: 'Agent', team: 'Team', workstream: 'Workstream', model: 'Model', day: 'Day',
        week: 'Week', month: 'Month', total: 'Time',
      },
      earned: 'Earned', fees: 'Fees', spent: 'Spent', modelCost: 'Models', margin: 'Margin',
      transfersNet: 'Gifts', rework: 'Rework', waiting: 'Waited', tasksAccepted: 'Tasks done',
      costPerAccepted: 'Cost per task',
    },
    names: {
      week: (day: string) => `Week of ${day}`, total: 'All of it', team: (agent: string) =>
        `Team of ${agent}`,
      noWorkstream: 'No workstream',
    },
    waited: (hours: string) => `${hours} h`,
    legend: { income: 'Earned, with fees', costs: 'Spent, with models', margin: 'Margin' },
    plot: (what: string, bars: number, best: string, worst: string) =>
      `Income, costs and margin ${what}, ${bars} bars. The most: ${best}; the least: ${worst}. `
      + 'The table below has every figure.',
    one: (name: string, margin: string) => `${name} ${margin}`,
    hint: 'Margin is what was earned, with fees, less what was spent and what models cost. Rework '
      + 'is a part of that: what was paid for attempts that were sent back. Gifts are what came '
      + 'from other agents less what was given to them. Waited is the time at gates that people '
      + 'had to decide.',
    first: (shown: number) => `The plot shows the first ${shown}.`,
    more: (left: number) => `Show ${left} more`,
    none: 'Nothing happened in this time',
    noneHint: 'What agents earn by finishing tasks, and what they pay for tools and models, is '
      + 'added up here.',
    table: 'Profit',
    alerts: 'Alerts of credits',
    noAlerts: 'Nothing to worry about: no budget was passed, nobody spent fast.',
  },
  budgets: {
    none: 'Nothing is limited yet',
    noneHint: 'A budget says what the workspace, a workstream, a team, an agent or a task may use '
      + 'in a day, a week, a month or in all. It warns on the way there, and at its limit it stops '
      + 'what would pass it, asks somebody, or only tells.',
    noMatch: (agent: string) => `No budget is for ${agent} or its team`,
    noMatchHint: 'Those of the workspace, of teams above it and of its tasks may limit it, too.',
    workspace: 'The workspace',
    workstreamNamed: (name: string) => `Workstream ${name}`,
    teamOf: (agent: string) => `Team of ${agent}`,
    andTeam: 'and everyone below',
    units: { credits: 'Credits', usd_micros: 'Dollars', tokens: 'Tokens', runs: 'Runs' },
    periods: { day: 'each day', week: 'each week', month: 'each month', once: 'in all' },
    used: (used: string, limit: string) => `${used} of ${limit} used`,
    held: (amount: string) => `${amount} held`,
    left: (amount: string) => `${amount} left`,
    over: (amount: string) => `${amount} over the limit`,
    inUnit: (amount: string, unit: string) =>
      (unit === 'usd_micros' ? amount : `${amount} ${unit}`),
    full: 'Full',
    passed: 'Over its limit',
    reached: (percent: number) => `Past ${percent} %`,
    actions: {
      block: 'Blocks at the limit', gate: 'Asks at the limit', alert: 'Only tells at the limit',
    },
    warnsAt: (lines: readonly number[]) =>
      (lines.length ? `Warns at ${lines.join(', ')} %` : 'Never warns'),
    resets: 'Starts anew',
    never: 'Never starts anew',
    legend: { used: 'Used', held: 'Held', line: 'Warning line', limit: 'Limit' },
    make: 'New budget',
    change: 'Change',
    delete: 'Delete',
    menu: (whose: string) => `What to do with the budget: ${whose}`,
    made: 'The budget was made.',
    changed: 'The budget was changed.',
    deleted: 'The budget was deleted.',
    deleteTitle: (whose: string) => `Delete the budget of ${whose}?`,
    deleteHint: 'It limits nothing from then on, and warns of nothing. What was used stays in the '
      + 'ledger.',
    changeTitle: (whose: string) => `Change the budget of ${whose}`,
    form: {
      scope: 'For',
      scopes: {
        workspace: 'the workspace', workstream: 'one workstream',
        subtree: 'an agent and everyone below', agent: 'one agent', task: 'one task',
      },
      agent: 'Agent', workstream: 'Workstream', task: 'Task',
      taskHint: 'A key, or words of its title.',
      whom: 'Choose whose budget this is.',
      unit: 'Counts', period: 'In', limit: 'Limit',
      limitHints: {
        credits: 'Credits, such as 12.5', usd_micros: 'Dollars, such as 12.50',
        tokens: 'Whole tokens, such as 100000', runs: 'Whole runs',
      },
      dollars: 'Dollars above 0 with at most 6 decimals, such as 12.50',
      notBelow: (amount: string) => `${amount} are used or held already in this period`,
      action: 'At the limit',
      actions: {
        block: 'refuse what would pass it', gate: 'ask for an approval, once for each',
        alert: 'let it pass, and tell',
      },
      lines: 'Warn at (percent of the limit)', linesHint: 'Such as 50, 80, 100; empty: never.',
      periods: { day: 'a day', week: 'a week', month: 'a month', once: 'all time' },
      make: 'Make budget', save: 'Save',
    },
    panel: 'Budgets of its own',
  },
  holds: {
    open: 'Open',
    closed: 'Closed',
    none: 'Nothing is held now',
    noneHint: 'Before an expensive call an agent sets credits aside; they show here until it paid '
      + 'from them, gave them back or their time was up.',
    noneClosed: 'None to show.',
    cut: (count: number) => `The newest ${count} are shown; there are more.`,
    filter: 'Which closed ones',
    all: 'All',
    states: { open: 'Open', settled: 'Settled', released: 'Released', expired: 'Expired' },
    counts: (parts: readonly string[]) => `counts as ${parts.join(' and ')} in budgets`,
    tokens: (amount: string) => `${amount} tokens`,
    paid: (amount: string) => `${amount} paid`,
    ends: 'ends in',
    over: 'its time is up',
    more: 'Show older ones',
    release: 'Release',
    releaseOf: (amount: string, agent: string) => `Release ${amount} credits of ${agent}`,
    releaseTitle: (amount: string, agent: string) =>
      `Give ${amount} credits back to ${agent}?`,
    releaseHint: 'If its call still runs, what that costs cannot be paid from this hold any more.',
    released: 'The credits were given back.',
  },
} as const
