/** Where each view lives. Every view is a chunk of its own. */
import { createRouter, createWebHistory } from 'vue-router'
import type { RouteLocationNormalized, RouteRecordRaw } from 'vue-router'
import { toast } from './composables/useToasts.ts'
import { texts } from './texts.ts'

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/inbox' },
  { path: '/inbox', name: 'inbox', component: () => import('./views/InboxView.vue') },
  {
    path: '/gates/:id', name: 'gate', component: () => import('./views/InboxView.vue'), props: true,
    meta: { place: 'inbox' },
  },
  { path: '/board', name: 'board', component: () => import('./views/BoardView.vue') },
  {
    path: '/tasks/:id', name: 'task', component: () => import('./views/BoardView.vue'), props: true,
    meta: { place: 'board' },
  },
  { path: '/agents', name: 'agents', component: () => import('./views/AgentsView.vue') },
  {
    path: '/agents/:id', name: 'agent', component: () => import('./views/AgentsView.vue'),
    props: true, meta: { place: 'agents' },
  },
  { path: '/ledger', name: 'ledger', component: () => import('./views/LedgerView.vue') },
  { path: '/activity', name: 'activity', component: () => import('./views/ActivityView.vue') },
  {
    path: '/activity/:id', name: 'event', component: () => import('./views/ActivityView.vue'),
    props: true, meta: { place: 'activity' },
  },
  { path: '/settings', name: 'settings', component: () => import('./views/SettingsView.vue') },
  // Signed out, the page shows how to sign in at any address; signed in, this one leads on.
  { path: '/sign-in', name: 'sign-in', redirect: '/inbox' },
  { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./views/NotFoundView.vue') },
]

/**
 * A view could not be loaded. A newer build has other files: the page begins anew there, with them.
 * A server that is away has none: what is on the screen stays.
 */
async function onMissingView(target: string): Promise<void> {
  const isThere = await fetch('/healthz').then(({ ok }) => ok, () => false)
  if (isThere) location.assign(target)
  else toast(texts.errors.unreachable, { kind: 'bad' })
}

const viewOf = ({ meta, name }: RouteLocationNormalized): unknown => meta.place ?? name

export const router = createRouter({
  history: createWebHistory(),
  routes,
  // A panel beside a list is the same view: the list stays where it is.
  scrollBehavior: (to, from, saved) => saved ?? (viewOf(to) === viewOf(from) ? false : { top: 0 }),
})

router.onError((error: Error, to) => {
  if (/import|module|preload/i.test(error.message)) void onMissingView(to.fullPath)
})
