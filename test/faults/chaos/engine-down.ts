/**
 * Temporal down for minutes under load: create and next answer success or `rate_limited`, every
 * other command succeeds; afterwards everything settles and create resumes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Team } from '../../../bench/scenarios.ts'
import type { Diary } from './clients.ts'
import type { Targets } from './targets.ts'

type Outage = { name: 'temporal'; recoveryMs: number }

async function backlog(url: string): Promise<{ unsettled: number }> {
  const answer = await fetch(`${url}/readyz`)
  return await answer.json() as { unsettled: number }
}

export async function engineDown(
  { kill, start, url }: Targets, team: Team, diary: Diary, seconds: number,
): Promise<Outage[]> {
  await sleep(3000)
  const codes: Record<string, number> = {}
  const count = (name: string, { status, body }: { status: number; body: { code?: string } }): void => {
    const answer = `${name} ${status < 400 ? 'ok' : body.code}`
    codes[answer] = (codes[answer] ?? 0) + 1
    const allowed = status < 400 || (body.code === 'rate_limited' && /create|next/.test(name))
    if (!allowed) diary.surprises.push(`while the engine was down: ${answer}`)
  }
  const mine = await team.lead.do('task.create', { title: 'Before the outage', status: 'todo' })
  await kill('temporal')
  console.error(`Temporal is down for ${seconds} s …`)
  for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(500)) {
    count('task.create', await team.lead.call('task.create', { title: 'Meanwhile' }))
    count('task.next', await team.workers[0]!.call('task.next', { tags: ['nothing-has-this-tag'] }))
    count('task.update', await team.lead.call('task.update', {
      id: mine.id, title: `At ${Date.now()}`,
    }))
    count('task.comment', await team.lead.call('task.comment', { id: mine.id, body: 'Still here' }))
    count('task.list', await team.lead.call('task.list', { limit: 10 }))
  }
  console.log(`while it was down: ${JSON.stringify(codes)}`)
  await start('temporal')
  const back = Date.now()
  let caughtUp: number | null = null
  for (;;) {
    const { unsettled } = await backlog(url)
    const created = await team.lead.call('task.create', { title: 'After' })
    if (unsettled < 200) caughtUp ??= Date.now()
    if (created.status < 400) break
    if (caughtUp !== null && Date.now() - caughtUp > 10_000) {
      diary.surprises.push('create did not resume within 10 s of catching up')
      break
    }
    if (Date.now() - back > 180_000) {
      diary.surprises.push('create did not resume within 3 minutes')
      break
    }
    await sleep(200)
  }
  const recoveryMs = Date.now() - back
  console.log(`create resumed ${recoveryMs} ms after the engine was back`)
  return [{ name: 'temporal', recoveryMs }]
}
