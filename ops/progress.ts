/** Tells what takes long: silent below a second. */

/**
 * Runs a step and says its name when it takes longer than a second, then the time every ten, then
 * how long it took. Answers and throws what the step does.
 */
export async function step<T>(
  name: string, say: (text: string) => void, run: () => Promise<T>,
): Promise<T> {
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  let told = false
  const ticks = setInterval(() => {
    if (!told) say(`${name} …`)
    else if (seconds() % 10 === 0) say(`  … ${seconds()} s`)
    told = true
  }, 1_000)
  try {
    const answer = await run()
    if (told) say(`${name} took ${seconds()} s.`)
    return answer
  } finally {
    clearInterval(ticks)
  }
}
