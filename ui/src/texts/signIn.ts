/** Signing in. */
export const signIn = {
  title: 'Sign in to Guildhall',
  how: 'Open a sign-in link. It works once, within ten minutes.',
  ways: [
    { says: 'On the machine that runs Guildhall:', code: 'npx guildhall login' },
    { says: 'Or take the link that this printed when it started:', code: 'npm start' },
  ],
  used: {
    title: 'This link does not work any more',
    body: 'Sign-in links work once, for ten minutes. Somebody used it, or it is too old.',
    way: 'Make a new one:',
  },
  paste: 'Have a link? Paste it here',
  placeholder: 'https://…/sign-in/…',
  submit: 'Sign in',
  notALink: 'That does not look like a sign-in link. It ends with /sign-in/ and a long secret.',
  refused: 'This link was used already or is too old. Make a new one with npx guildhall login.',
  open: 'You can also open the link in another tab; this page notices.',
} as const
