/** Settings: this person, these devices. */
export const settings = {
  title: 'Settings',
  you: 'You',
  signedInAs: (name: string, role: string, workspace: string) =>
    `${name}, ${role} of ${workspace}`,
  signOut: 'Sign out',
  signOutFailed: 'You could not be signed out: the server does not answer.',
  theme: 'Appearance',
  themes: { system: 'Like the system', light: 'Light', dark: 'Dark' },
  sessions: 'Sessions',
  sessionsHint: 'Where you are signed in. Ending one closes what is open there within a second.',
  thisOne: 'This one',
  end: 'End',
  endLabel: (where: string) => `End the session on ${where}`,
  ended: 'The session was ended.',
  lastSeen: 'Last used',
  expires: 'Ends by itself',
  unknownDevice: 'Unknown device',
  install: 'Install',
  installReady:
    'Guildhall can be installed from the menu of your browser; then it opens like an app.',
  installNeedsTls:
    'Installing needs TLS: browsers install pages from https addresses and from this '
    + 'machine only. Everything else works over this address.',
  links: 'Also here',
  reference: 'API reference',
  temporal: 'Temporal UI',
  version: (version: string) => `Guildhall ${version}`,
} as const
