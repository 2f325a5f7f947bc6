import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The same builds of packages as Node loads: two copies of graphql refuse each other's errors.
  ssr: { resolve: { conditions: ['module-sync', 'module', 'node'] } },
  test: {
    include: ['domain/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/harness/engines.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
