/** Going to a view, and how the page looks. */
import { Activity, Bot, Coins, Inbox, Kanban, Settings, SunMoon } from '@lucide/vue'
import { themes, useTheme } from '../composables/useTheme.ts'
import { router } from '../router.ts'
import { texts } from '../texts.ts'
import type { Source } from './registry.ts'

const icons = {
  inbox: Inbox, board: Kanban, agents: Bot, ledger: Coins, activity: Activity, settings: Settings,
}

export const places: Source = {
  group: texts.palette.groups.places,
  entries: () => (Object.keys(icons) as (keyof typeof icons)[]).map((name) => ({
    id: name, text: texts.palette.goTo(texts.shell.views[name]), icon: icons[name],
    act: () => router.push({ name }),
  })),
}

export const appearance: Source = {
  group: texts.palette.groups.actions,
  entries: () => themes.map((theme) => ({
    id: theme, text: texts.palette.theme(texts.settings.themes[theme]), icon: SunMoon,
    words: 'theme dark light', act: () => useTheme().choose(theme),
  })),
}
