/** The command palette. */
export const palette = {
  title: 'Search or go to',
  placeholder: 'Search tasks and agents, or go to …',
  none: 'Nothing matches.',
  noneHint: 'Try a key such as TASK-1, a handle, or a word from a title.',
  searching: 'Searching …',
  groups: { places: 'Go to', tasks: 'Tasks', agents: 'Agents', actions: 'Do' },
  goTo: (view: string) => `Go to ${view}`,
  theme: (theme: string) => `Appearance: ${theme}`,
} as const
