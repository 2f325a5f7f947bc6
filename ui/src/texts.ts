/** Every English text of the page, by area. Each area has a file of its own in texts/. */
import { activity } from './texts/activity.ts'
import { agents } from './texts/agents.ts'
import { board } from './texts/board.ts'
import { errors } from './texts/errors.ts'
import { inbox } from './texts/inbox.ts'
import { ledger } from './texts/ledger.ts'
import { palette } from './texts/palette.ts'
import { settings } from './texts/settings.ts'
import { shell } from './texts/shell.ts'
import { signIn } from './texts/signIn.ts'
import { task } from './texts/task.ts'
import { taskForm } from './texts/taskForm.ts'
import { words } from './texts/words.ts'
import { workstreams } from './texts/workstreams.ts'

export const texts = {
  activity, agents, board, errors, inbox, ledger, palette, settings, shell, signIn, task,
  taskForm, words, workstreams,
}
