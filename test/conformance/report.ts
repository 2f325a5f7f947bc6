/** Which operations a surface was seen to answer; the last test of a surface reads it. */
const seen = new Map<string, Set<string>>()

export function report(surface: string, operation: string): void {
  seen.set(surface, (seen.get(surface) ?? new Set()).add(operation))
}

/** The operations that a surface did not answer. */
export function holes(surface: string, wanted: readonly { name: string }[]): string[] {
  return wanted.map(({ name }) => name).filter((name) => !seen.get(surface)?.has(name))
}
