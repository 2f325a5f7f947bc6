/** The first start makes a workspace with its owner and talent agent; every later one finds it. */
import type { Database } from '../db/database.ts'
import { getActor } from '../db/agents.ts'
import { insertToken } from '../db/credentials.ts'
import { findWorkspace, foundWorkspace } from '../db/workspaces.ts'
import { sha256 } from './vault.ts'

const names = { name: 'main', prefix: 'TASK', owner: 'owner', talent: 'talent' }
const OWNER_TOKEN_DAYS = 3650

export type Founded = { workspaceId: string; workspace: string; ownerId: string }

/** Two processes may start at once: the unique name lets one of them found it. */
export async function firstStart(
  db: Database, { ownerToken }: { ownerToken: string | null },
): Promise<Founded> {
  const workspaceId = await findWorkspace(db, names.name)
    ?? await foundWorkspace(db, names).catch(async (error: unknown) => {
      const other = await findWorkspace(db, names.name)
      if (!other) throw error
      return other
    })
  const owner = (await getActor(db, workspaceId, names.owner))!
  if (ownerToken) {
    await insertToken(db, {
      workspace: workspaceId, actorId: owner.id, sha256: sha256(ownerToken), days: OWNER_TOKEN_DAYS,
    })
  }
  return { workspaceId, workspace: names.name, ownerId: owner.id }
}
