/** Whether this process lives, whether it can work, and its figures. */
import Router from '@koa/router'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Context, Middleware } from 'koa'
import type { LastProof } from '../db/proofs.ts'
import type { ApiDependencies } from './deps.ts'

export type Metrics = { registry: Registry; measure: Middleware }

/** Request counts and times by route, and what the engine still owes. */
export function createMetrics(deps: Pick<ApiDependencies, 'readiness' | 'proofs'>): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'guildhall_' })
  const seconds = new Histogram({
    name: 'guildhall_http_request_seconds', help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'], registers: [registry],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  })
  const faults = new Counter({
    name: 'guildhall_faults_total', help: 'Answers with a 5xx', registers: [registry],
  })
  new Gauge({
    name: 'guildhall_unsettled_rows', help: 'Rows whose consequences are under way',
    registers: [registry],
    async collect(): Promise<void> {
      this.set((await deps.readiness()).unsettled ?? 0)
    },
  })
  ledgerGauges(registry, deps.proofs)
  return {
    registry,
    measure: async (context, next) => {
      const stop = seconds.startTimer()
      await next()
      if (context.status >= 500) faults.inc()
      const route = (context as Context & { _matchedRoute?: string })._matchedRoute ?? 'other'
      stop({ method: context.method, route: String(route), status: String(context.status) })
    },
  }
}

const ledgerFigures: Record<string, { help: string; of: (proof: LastProof) => number }> = {
  guildhall_ledger_ok: { help: '1 = the books were proven', of: ({ ok }) => Number(ok) },
  guildhall_ledger_proof_seconds: { help: 'How long that took', of: ({ seconds }) => seconds },
  guildhall_ledger_proof_age_seconds: {
    help: 'How long ago it was: stale figures are no proof', of: (proof) => proof.age_seconds,
  },
  guildhall_ledger_unsigned_events: {
    help: 'Ledger events after the last signed head', of: ({ unsigned }) => unsigned,
  },
}

/** Figures of the background proof, read once for all of them. */
function ledgerGauges(registry: Registry, proofs: ApiDependencies['proofs']): void {
  let reading: Promise<LastProof[]> | null = null
  const read = (): Promise<LastProof[]> => {
    reading ??= proofs().finally(() => { reading = null })
    return reading
  }
  for (const [name, { help, of }] of Object.entries(ledgerFigures)) {
    new Gauge({
      name, help, labelNames: ['workspace'], registers: [registry],
      async collect(): Promise<void> {
        const found = await read()
        this.reset()
        for (const proof of found) this.set({ workspace: proof.workspace }, of(proof))
      },
    })
  }
}

export function health(deps: ApiDependencies, { registry }: Metrics): Router {
  const router = new Router()
  router.get('/healthz', (context) => {
    context.body = { status: 'ok', version: deps.version }
  })
  router.get('/readyz', async (context) => {
    const readiness = await deps.readiness()
    context.status = readiness.status === 'unavailable' ? 503 : 200
    context.set('Cache-Control', 'no-store')
    context.body = readiness
  })
  router.get('/metrics', async (context) => {
    context.type = registry.contentType
    context.body = await registry.metrics()
  })
  return router
}
