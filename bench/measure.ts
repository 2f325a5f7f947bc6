/** Running a load and what came out of it. */

export type Sample = { milliseconds: number; ok: boolean; code: string }
export type Figures = {
  rate: number
  p50: number
  p95: number
  p99: number
  count: number
  /** Answers that were not a success, by code. */
  failed: Record<string, number>
}

/** `callers` loops at once, each doing `work` until the time is over. */
export async function runLoad(
  callers: number, seconds: number, work: (caller: number, turn: number) => Promise<string>,
): Promise<Figures> {
  const samples: Sample[] = []
  const began = performance.now()
  const until = began + seconds * 1000
  await Promise.all(Array.from({ length: callers }, async (_, caller) => {
    for (let turn = 0; performance.now() < until; turn++) {
      const from = performance.now()
      const code = await work(caller, turn).catch((error: Error) => error.message)
      samples.push({ milliseconds: performance.now() - from, ok: code === 'ok', code })
    }
  }))
  return figuresOf(samples, (performance.now() - began) / 1000)
}

export function figuresOf(samples: Sample[], seconds: number): Figures {
  const times = samples.filter(({ ok }) => ok).map(({ milliseconds }) => milliseconds)
    .sort((a, b) => a - b)
  const failed: Record<string, number> = {}
  for (const { ok, code } of samples) if (!ok) failed[code] = (failed[code] ?? 0) + 1
  return {
    rate: times.length / seconds, count: times.length, failed,
    p50: percentile(times, 0.5), p95: percentile(times, 0.95), p99: percentile(times, 0.99),
  }
}

/** Of an ascending list; NaN where it is empty. */
export function percentile(sorted: number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export function median(values: number[]): number {
  return percentile(values.toSorted((a, b) => a - b), 0.5)
}
