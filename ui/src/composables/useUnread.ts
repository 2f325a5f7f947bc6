/** How many wait, in the title and on the icon of the tab and of the installed page. */
import type { Ref } from 'vue'
import { watch } from 'vue'

const SIZE = 64

/** The icon with a number on it, drawn here. */
async function drawn(count: number): Promise<string> {
  const icon = new Image()
  icon.src = '/icon.svg'
  await icon.decode()
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIZE
  const pen = canvas.getContext('2d')!
  pen.drawImage(icon, 0, 0, SIZE, SIZE)
  pen.fillStyle = '#d92d20'
  pen.beginPath()
  pen.arc(45, 45, 19, 0, 2 * Math.PI)
  pen.fill()
  pen.fillStyle = '#ffffff'
  pen.font = 'bold 25px system-ui, sans-serif'
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillText(count > 9 ? '9+' : String(count), 45, 47)
  return canvas.toDataURL('image/png')
}

type Badging = { setAppBadge?: (count: number) => Promise<void> }

async function showIcon(count: number): Promise<void> {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  if (!link) return
  const href = count ? await drawn(count).catch(() => '/icon.svg') : '/icon.svg'
  link.type = href === '/icon.svg' ? 'image/svg+xml' : 'image/png'
  link.href = href
  await (navigator as Badging).setAppBadge?.(count).catch(() => undefined)
}

export function useUnread(count: Ref<number>, title: Ref<string>): void {
  watch([count, title], ([now, words]) => {
    document.title = now ? `(${now}) ${words}` : words
  }, { immediate: true })
  watch(count, (now) => void showIcon(now), { immediate: true })
}
