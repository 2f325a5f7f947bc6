/**
 * Runs inside the page, before it, and watches: put there by the browser's debugger, so that the
 * page's policy stays in force. Asked by `page.evaluate('probes.…')`.
 */
const probes = globalThis.probes = { largest: 0, moved: [], shownAt: {} }

new PerformanceObserver((found) => {
  for (const entry of found.getEntries()) probes.largest = entry.startTime
}).observe({ type: 'largest-contentful-paint', buffered: true })

function nameOf(node) {
  const element = node instanceof Element ? node : node?.parentElement
  return element ? [element.tagName.toLowerCase(), ...element.classList].slice(0, 4).join('.') : '?'
}

// What somebody caused (a press, a key) may move things; what came by itself may not.
new PerformanceObserver((found) => {
  for (const { value, hadRecentInput, sources } of found.getEntries()) {
    if (!hadRecentInput) probes.moved.push({ value, by: sources.map(({ node }) => nameOf(node)) })
  }
}).observe({ type: 'layout-shift', buffered: true })

/** Notes when each `Live change n/n.` first stands in the view, by the clock of this machine. */
probes.noteTitles = () => {
  const main = document.querySelector('main')
  new MutationObserver(() => {
    for (const [title] of main.textContent.matchAll(/Live change \d+\/\d+\./g)) {
      probes.shownAt[title] ??= Date.now()
      probes.onTitle?.()
    }
  }).observe(main, { subtree: true, childList: true, characterData: true })
}

/** Answers when it stood there; waits for it. */
probes.whenShown = (title) => new Promise((resolve) => {
  probes.onTitle = () => { if (probes.shownAt[title]) resolve(probes.shownAt[title]) }
  probes.onTitle()
})

probes.paints = () => {
  const [first] = performance.getEntriesByName('first-contentful-paint')
  return { first: first.startTime, largest: probes.largest }
}

probes.shifts = () => ({
  sum: probes.moved.reduce((sum, { value }) => sum + value, 0),
  movers: [...new Set(probes.moved.flatMap(({ by }) => by))].slice(0, 4),
})

/** Answers the page's clock once the board with so many cards is painted. */
probes.boardStands = (total) => new Promise((resolve) => {
  const stands = () => document.querySelectorAll('[data-testid="card"]').length > 10
    && document.querySelector('[data-testid="total"]')?.textContent.includes(total)
  const look = () => {
    if (!stands()) requestAnimationFrame(look)
    else requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
  }
  look()
})

/** Goes to another view as a person does; answers the page's clock at the press. */
probes.press = (selector) => {
  const pressedAt = performance.now()
  document.querySelector(selector).click()
  return pressedAt
}
