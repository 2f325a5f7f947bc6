/** A browser's own description of itself in two words: `Chrome on Linux`. */
const browsers: readonly [RegExp, string][] = [
  [/Edg(e|A|iOS)?\//, 'Edge'], [/Firefox\/|FxiOS\//, 'Firefox'], [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'], [/curl\//, 'curl'], [/node/i, 'Node'],
]
const systems: readonly [RegExp, string][] = [
  [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Mac OS X/, 'macOS'], [/Windows/, 'Windows'],
  [/Linux/, 'Linux'],
]

/** Null where it says nothing that we know. */
export function deviceOf(userAgent: string | null): string | null {
  const nameIn = (names: typeof browsers): string | undefined =>
    names.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1]
  const [browser, system] = [nameIn(browsers), nameIn(systems)]
  if (browser && system) return `${browser} on ${system}`
  return browser ?? system ?? null
}
