/** The workflow of the yardstick: it only counts. */
import { condition, defineUpdate, setHandler } from '@temporalio/workflow'

export const count = defineUpdate<number>('count')

export async function counter(): Promise<void> {
  let total = 0
  setHandler(count, () => ++total)
  await condition(() => false)
}
