/**
 * Answers for the page's own files from what this build brought; everything else goes to the server
 * untouched. Pages come from the server where it answers, so that a new build shows at once.
 */
const KEPT = 'guildhall-BUILD'
const FILES = /* files of this build */ []
/** A server that does not answer within this time is taken for away. */
const PATIENCE_MS = 3000

self.addEventListener('install', (event) => {
  self.skipWaiting()
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)))
})

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys()
    await Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)))
    await self.clients.claim()
  })())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate') {
    // Links that sign in, and pages that are not ours, are the server's alone.
    if (isOurs(pathname)) event.respondWith(page(request))
  } else if (FILES.includes(pathname)) event.respondWith(kept(request))
})

const isOurs = (path) => path === '/' || path === '/sign-in'
  || /^\/(inbox|gates|board|tasks|agents|ledger|activity|settings)(\/|$)/.test(path)

/** One file is the same however it is asked for: the server varies its answers by origin, too. */
const anyForm = { ignoreSearch: true, ignoreVary: true }

async function kept(request) {
  return await caches.match(request, anyForm) ?? fetch(request)
}

async function page(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (answer.status < 500) return answer
  } catch {
    // Away: the shell opens and says so.
  }
  return await caches.match('/', anyForm) ?? Response.error()
}
