/**
 * Builds the page: `npm run ui:build` writes ui/dist, which the api serves; `npm run ui:dev` serves
 * the sources and passes everything else on to a running server.
 */
import tailwind from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig, loadEnv } from 'vite'
import type { ProxyOptions } from 'vite'
import { compressed } from './build/compressed.ts'
import { shell } from './build/shell.ts'

/** Where `npm run ui:dev` finds the server; UI_SERVER names another. */
const { UI_SERVER: server = 'http://127.0.0.1:4400' } = loadEnv('', import.meta.dirname, 'UI_')
const passedOn = ['/api', '/graphql', '/sessions', '/sign-in/', '/sign-out', '/readyz', '/docs',
  '/openapi.json', '/connect', '/manifest.webmanifest']

/** In the first load in any case. */
const vendor = new RegExp(`/node_modules/(${[
  'vue', '@vue', 'vue-router', '@urql', 'wonka', 'graphql-ws', 'gql\\.tada', '@0no-co',
].join('|')})/`)
/** Shared by views: primitives, composables, texts, rules, and what primitives stand on. */
const kit = /\/(ui\/src|domain|sdk|node_modules\/(reka-ui|@floating-ui|@vueuse|@lucide))\//

export default defineConfig({
  root: import.meta.dirname,
  plugins: [vue(), tailwind(), shell(), compressed()],
  build: {
    // What browsers of the last two years run; for older ones all of it would be twice the size.
    target: ['chrome123', 'firefox125', 'safari17.5'],
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // Everything is a file of its own: strict CSP, and the same cache for all of it.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Few files for what every view needs: left alone there would be forty of them, and each
        // costs a request before the first paint. What one view needs stays with that view.
        codeSplitting: {
          groups: [
            { name: 'vendor', test: vendor, priority: 2 },
            { name: 'kit', test: kit, minShareCount: 3, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    // The server answers its own page only: what comes from here is passed on as from there.
    proxy: Object.fromEntries(passedOn.map((path) => [path, {
      target: server, changeOrigin: true, ws: path === '/graphql', rewriteWsOrigin: true,
      configure: (proxy) => proxy.on('proxyReq', (request) => {
        if (request.getHeader('origin')) request.setHeader('origin', server)
      }),
    } satisfies ProxyOptions])),
  },
})
