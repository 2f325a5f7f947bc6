/** Every English text of the page, by area. Each area has a file of its own in texts/. */
import { activity } from './texts/activity.ts'
import { board } from './texts/board.ts'
import { errors } from './texts/errors.ts'
import { inbox } from './texts/inbox.ts'
import { palette } from './texts/palette.ts'
import { settings } from './texts/settings.ts'
import { shell } from './texts/shell.ts'
import { signIn } from './texts/signIn.ts'
import { task } from './texts/task.ts'
import { taskForm } from './texts/taskForm.ts'
import { words } from './texts/words.ts'

export const texts = {
  activity, board, errors, inbox, palette, settings, shell, signIn, task, taskForm, words,
}
