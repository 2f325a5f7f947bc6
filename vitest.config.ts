import { defineConfig } from 'vitest/config'

const common = {
  pool: 'forks' as const,
  testTimeout: 30_000,
  hookTimeout: 60_000,
}

export default defineConfig({
  // The same builds of packages as Node loads: two copies of graphql refuse each other's errors.
  ssr: { resolve: { conditions: ['module-sync', 'module', 'node'] } },
  test: {
    globalSetup: ['test/harness/engines.ts'],
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          ...common, name: 'rules', sequence: { groupOrder: 0 },
          include: ['domain/**/*.test.ts', 'ui/src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['test/faults/**', 'test/browser/**'],
        },
      },
      {
        extends: true,
        test: {
          // A browser at a time: it takes as much as a test file and its engines together.
          ...common, name: 'browser', sequence: { groupOrder: 1 }, maxWorkers: 1,
          include: ['test/browser/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          // After all others and one at a time: these hold the product to times on the clock.
          ...common, name: 'faults', sequence: { groupOrder: 2 }, maxWorkers: 1,
          include: ['test/faults/**/*.test.ts'],
        },
      },
    ],
  },
})
