/** Where the page begins: theme, router, service worker, app. */
import { createApp } from 'vue'
import App from './App.vue'
import { applyTheme } from './composables/useTheme.ts'
import { router } from './router.ts'
import './style.css'

applyTheme()
createApp(App).use(router).mount('#app')

// Service workers need TLS or this machine; the page works the same without one.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  addEventListener('load', () => {
    navigator.serviceWorker.register('/sw.js').catch(() => undefined)
  })
}
