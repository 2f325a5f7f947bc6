/**
 * uPlot asks how numbers are written in the browser's language while it loads. Browsers that were
 * started without a locale name one that is none (`en-US@posix`), and it would not load at all.
 */
export function nameLanguage(): void {
  try {
    Intl.getCanonicalLocales(navigator.language)
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true })
  }
}
