/** Who reports to whom, as a forest. Pure. */

type Reporting = { handle: string; reportsTo: string | null }
export type Branch<Row> = {
  row: Row
  branches: Branch<Row>[]
  /** Everyone below, at any depth. */
  below: number
}

/**
 * Each under the one they report to; whoever reports to nobody here is a root. A circle, which the
 * server refuses, would be cut at its first member, so that nobody goes missing.
 */
export function forestOf<Row extends Reporting>(rows: readonly Row[]): Branch<Row>[] {
  const known = new Set(rows.map(({ handle }) => handle))
  const reports = Map.groupBy(rows, ({ reportsTo }) =>
    (reportsTo !== null && known.has(reportsTo) ? reportsTo : null))
  const placed = new Set<string>()
  const branchOf = (row: Row): Branch<Row> => {
    placed.add(row.handle)
    const branches = (reports.get(row.handle) ?? [])
      .filter(({ handle }) => !placed.has(handle)).map(branchOf)
    return { row, branches, below: branches.reduce((sum, { below }) => sum + below + 1, 0) }
  }
  const roots = (reports.get(null) ?? []).map(branchOf)
  for (const row of rows) if (!placed.has(row.handle)) roots.push(branchOf(row))
  return roots
}

/** The branches that lead to something wanted, without the others. */
export function leadingTo<Row>(
  forest: readonly Branch<Row>[], isWanted: (row: Row) => boolean,
): Branch<Row>[] {
  return forest.flatMap((branch) => {
    const branches = leadingTo(branch.branches, isWanted)
    return branches.length || isWanted(branch.row) ? [{ ...branch, branches }] : []
  })
}
