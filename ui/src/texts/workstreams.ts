/** Workstreams: what tasks and budgets can be put under. */
const numbers = new Intl.NumberFormat('en')

export const workstreams = {
  title: 'Workstreams',
  hint: 'Tasks that belong together. A task names its workstream, and a budget may limit what all '
    + 'of its tasks use.',
  none: 'There are none yet.',
  statuses: {
    active: 'Active', paused: 'Paused', completed: 'Completed', archived: 'Archived',
  },
  make: 'New workstream',
  changeTitle: (name: string) => `Change ${name}`,
  made: 'The workstream was made.',
  changed: 'The workstream was changed.',
  tasks: (done: number, all: number) =>
    (all ? `${numbers.format(done)} of ${numbers.format(all)} tasks over` : 'No tasks'),
  fields: {
    name: 'Name', description: 'Description', priority: 'Priority', status: 'Status',
  },
  nameHint: 'Lower-case letters, digits and -.',
  statusHint: 'What is completed or archived takes no more tasks.',
  save: 'Save',
} as const
