/** Who is above whom in the reports_to chain. */
import type { Database } from '../db/database.ts'

export async function isAbove(
  db: Database, workspace: string, { manager, agent }: { manager: string; agent: string },
): Promise<boolean> {
  const above = await db.call<string[]>('managers_of', [workspace, agent])
  return above.includes(manager)
}
