/** Amounts of credits as text. They are never numbers here: sums are the server's. */

/** `-1234567.5` → `-1,234,567.5`. */
export function grouped(amount: string): string {
  const [whole = '', fraction] = amount.split('.', 2)
  const separated = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction === undefined ? separated : `${separated}.${fraction}`
}
