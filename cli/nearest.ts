/** What someone may have meant. */

/** Edits (a letter more, less or other) from one word to another. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const other = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(other, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row.at(-1)!
}

/** The most similar of some words; null when none is similar enough to be meant. */
export function nearest(word: string, words: readonly string[]): string | null {
  const ranked = words.map((one) => ({ one, edits: distance(word, one) }))
    .toSorted((a, b) => a.edits - b.edits)
  const [best] = ranked
  return best && best.edits <= Math.max(2, word.length / 3) ? best.one : null
}
