/** Making a task, from anywhere. */
import { Plus } from '@lucide/vue'
import { mayChange } from '../components/task/person.ts'
import { router } from '../router.ts'
import { useSession } from '../session.ts'
import { texts } from '../texts.ts'
import type { Source } from './registry.ts'

export const newTask: Source = {
  group: texts.taskForm.make,
  entries: () => {
    const { session } = useSession()
    if (!session.value || !mayChange(session.value.actor)) return []
    return [{
      id: 'new-task', text: texts.taskForm.newTask, icon: Plus, words: 'create add',
      act: () => router.push({ name: 'board', query: { new: 'task' } }),
    }]
  },
}
