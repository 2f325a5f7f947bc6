/** Words that every view needs: of the domain, and of every form. */
export const words = {
  status: {
    backlog: 'Backlog', todo: 'To do', in_progress: 'In progress', review: 'Review', done: 'Done',
    blocked: 'Blocked', cancelled: 'Cancelled',
  },
  priority: { urgent: 'Urgent', high: 'High', normal: 'Normal', low: 'Low' },
  credits: (amount: string) => `${amount} credits`,
  cancel: 'Cancel',
  close: 'Close',
  save: 'Save',
  more: 'More',
  copy: 'Copy',
  copied: 'Copied',
  none: 'None',
  ago: 'just now',
} as const
