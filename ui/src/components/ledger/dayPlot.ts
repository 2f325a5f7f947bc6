/** How a plot of days looks: earned upwards, spent downwards, in the colours of the theme. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export type DayValues = { labels: string[]; earned: number[]; spent: number[] }

const HEIGHT = 220
const FONT = '11px system-ui, sans-serif'

/** What a token is now; canvases know no variables. What is hidden waits for no transition. */
function palette(element: HTMLElement): (token: string) => () => string {
  const probe = element.appendChild(document.createElement('span'))
  probe.hidden = true
  return (token) => () => {
    probe.style.color = `var(--${token})`
    return getComputedStyle(probe).color
  }
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

function options(
  element: HTMLElement, labels: () => string[], onPoint: (index: number | null) => void,
): uPlot.Options {
  const colour = palette(element)
  const bars = uPlot.paths.bars!({ size: [0.7, 28], radius: 0.15 })
  const series = (token: string): uPlot.Series =>
    ({ paths: bars, points: { show: false }, width: 0, fill: colour(token), stroke: colour(token) })
  const axis = {
    font: FONT, stroke: colour('faint'), ticks: { show: false },
    grid: { stroke: colour('line'), width: 1 },
  }
  return {
    width: element.clientWidth, height: HEIGHT, padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: {
      y: false, points: { show: false }, drag: { x: false, y: false }, focus: { prox: -1 },
    },
    scales: { x: { time: false, range: (_, from, to) => [from - 0.5, to + 0.5] } },
    axes: [
      {
        ...axis, grid: { show: false }, size: 26, space: 56, incrs: [1, 2, 5, 7, 10, 14, 30],
        values: (_, ticks) => ticks.map((tick) => labels()[tick] ?? ''),
      },
      { ...axis, size: 44, values: (_, ticks) => ticks.map((tick) => compact.format(tick)) },
    ],
    series: [{}, series('good'), series('warn')],
    hooks: { setCursor: [({ cursor: { idx } }) => onPoint(idx ?? null)] },
  }
}

const dataOf = ({ labels, earned, spent }: DayValues): uPlot.AlignedData =>
  [labels.map((_, index) => index), earned, spent.map((amount) => -amount)]

/** Draws into an element until `end` is called. */
export function drawDays(
  element: HTMLElement, values: DayValues, onPoint: (index: number | null) => void,
) {
  let shown = values
  const plot = new uPlot(options(element, () => shown.labels, onPoint), dataOf(values), element)
  const sizes = new ResizeObserver(() => {
    if (element.clientWidth) plot.setSize({ width: element.clientWidth, height: HEIGHT })
  })
  sizes.observe(element)
  return {
    show: (now: DayValues): void => {
      shown = now
      plot.setData(dataOf(now))
    },
    /** The colours have changed. */
    repaint: (): void => plot.redraw(false, true),
    end: (): void => {
      sizes.disconnect()
      plot.destroy()
    },
  }
}
