/** The frame around every view. */
export const shell = {
  product: 'Guildhall',
  skip: 'Skip to the content',
  navigation: 'Views',
  views: {
    inbox: 'Inbox', board: 'Board', agents: 'Agents', ledger: 'Ledger', activity: 'Activity',
    settings: 'Settings',
  },
  waiting: (count: number) => (count === 1 ? '1 waits for you' : `${count} wait for you`),
  search: 'Search or go to …',
  searchShort: 'Search',
  health: {
    offline: 'You are offline. What you see is as it was, and nothing can be changed.',
    unreachable: 'The server does not answer. Trying again …',
    storage: 'The database is not available. Nothing can be changed for the moment.',
    reconnecting: 'Reconnecting … Changes will show as soon as the line is back.',
    engine: 'The workflow engine is away. What you do is kept; pay and timers follow later.',
    unsettled: (count: number, oldest: string) =>
      `${count} unsettled, the oldest for ${oldest}. The engine is catching up.`,
  },
  ended: {
    title: 'Your session ended',
    body: 'Everything on this page stays as you left it. Sign in again, then send it.',
  },
  unreachable: {
    title: 'The server does not answer',
    body: 'The page opened from this device. It goes on as soon as the server is back.',
  },
} as const
