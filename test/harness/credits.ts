/** What tests about credits begin and end with. */
import type { World } from './world.ts'

/** Gives every named agent so much. */
export async function fund(world: World, agents: string[], amount: string): Promise<void> {
  await Promise.all(agents.map((agent) =>
    world.owner.do('credits.adjust', { agent, amount, reason: 'To begin with' })))
}

export async function deleteBudgets({ owner }: World): Promise<void> {
  const { items } = await owner.do('credits.budget_list', { limit: 1000 })
  for (const { id } of items) await owner.do('credits.budget_delete', { budget: id })
}

export async function releaseHolds({ owner }: World): Promise<void> {
  const { items } = await owner.do('credits.hold_list', { state: 'open', limit: 1000 })
  for (const { id } of items) await owner.do('credits.release', { hold: id })
}
