/** What to say when something did not work and the server has no words for it. */
export const errors = {
  unreachable: 'The server does not answer.',
  unreachableHint: 'What you typed is still here. It is tried again as soon as the server is back.',
  sessionEnded: 'Your session ended.',
  forbidden: 'This page may not ask from this address.',
  busy: 'Too much at once. It is tried again in a moment.',
  storage: 'The database is not available. It is tried again in a moment.',
  loading: 'Loading …',
  failed: 'This could not be loaded.',
  again: 'Try again',
  notFound: 'There is nothing at this address.',
  notFoundHint: 'It may have been mistyped, or what was here is gone.',
  toInbox: 'Go to the inbox',
} as const
