/** Everything the command palette asks, in the order in which it is shown. */
import { agents } from './agents.ts'
import { board } from './board.ts'
import { appearance, places } from './places.ts'
import { newTask } from './newTask.ts'
import type { Source } from './registry.ts'
import { tasks } from './tasks.ts'

export const sources: readonly Source[] = [places, tasks, agents, newTask, board, appearance]
