/** Light, dark, or what the system says; remembered on this device. */
import { readonly, ref } from 'vue'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const KEY = 'guildhall-theme'

function remembered(): Theme {
  try {
    const value = localStorage.getItem(KEY)
    return themes.find((theme) => theme === value) ?? 'system'
  } catch {
    return 'system'
  }
}

const theme = ref<Theme>(remembered())

export function applyTheme(): void {
  if (theme.value === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.value
}

export function useTheme() {
  const choose = (wanted: Theme): void => {
    theme.value = wanted
    applyTheme()
    try {
      localStorage.setItem(KEY, wanted)
    } catch {
      // A private window: it holds until the page closes.
    }
  }
  return { theme: readonly(theme), choose }
}
