/** The board in its other shapes, and what one asks it most. */
import { ChartGantt, CircleUser, Hourglass, List, OctagonAlert } from '@lucide/vue'
import { router } from '../router.ts'
import { useSession } from '../session.ts'
import { texts } from '../texts.ts'
import type { Entry, Source } from './registry.ts'

const words = texts.board.palette
const go = (query: Record<string, string>) => () => router.push({ name: 'board', query })

export const board: Source = {
  group: texts.board.views.board,
  entries: () => {
    const own = useSession().session.value?.actor.handle
    const mine: Entry[] = own
      ? [{ id: 'mine', text: words.mine, icon: CircleUser, act: go({ assignee: own }) }] : []
    return [
      ...mine,
      { id: 'urgent', text: words.urgent, icon: OctagonAlert, act: go({ priority: 'urgent' }) },
      { id: 'changed', text: words.changed, icon: Hourglass, act: go({ order: 'changed' }) },
      { id: 'list', text: words.list, icon: List, act: go({ view: 'list' }) },
      { id: 'timeline', text: words.timeline, icon: ChartGantt, act: go({ view: 'timeline' }) },
    ]
  },
}
