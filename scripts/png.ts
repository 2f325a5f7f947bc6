/** Smaller pictures: a PNG again, with a palette of 256 colours in place of one per pixel. */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
const MAX_COLOURS = 256

type Picture = { width: number; height: number; channels: number; pixels: Buffer }

/** What Chromium writes: 8 bits, RGB or RGBA, not interlaced. */
function decode(png: Buffer): Picture {
  const parts: Buffer[] = []
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
      parts.push(png.subarray(at + 8, at + 8 + length))
    }
    at += length + 12
  }
  const [width, height, depth, kind] = [
    png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25],
  ]
  if (depth !== 8 || (kind !== 2 && kind !== 6)) throw new Error(`unknown PNG: ${depth}, ${kind}`)
  const channels = kind === 2 ? 3 : 4
  const pixels = unfilter(inflateSync(Buffer.concat(parts)), { width, height, channels })
  return { width, height, channels, pixels }
}

/** Each line says how it was written: as differences to the left, above or both. */
function unfilter(raw: Buffer, { width, height, channels }: Omit<Picture, 'pixels'>): Buffer {
  const stride = width * channels
  const out = Buffer.alloc(stride * height)
  for (let row = 0; row < height; row++) {
    const filter = raw[row * (stride + 1)]!
    for (let x = 0; x < stride; x++) {
      const at = row * stride + x
      const left = x >= channels ? out[at - channels]! : 0
      const above = row ? out[at - stride]! : 0
      const corner = row && x >= channels ? out[at - stride - channels]! : 0
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter]!
      out[at] = (raw[row * (stride + 1) + 1 + x]! + guess) & 255
    }
  }
  return out
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? above : corner
}

type Colour = { rgb: number; count: number }
const parts = [16, 8, 0] as const
const partOf = (rgb: number, shift: number): number => (rgb >> shift) & 255

/** Median cut: the box that differs most is halved until there are enough. */
function paletteOf(colours: Colour[]): Map<number, number> {
  const boxes = [colours]
  while (boxes.length < MAX_COLOURS) {
    const widest = boxes.map((box, index) => ({ index, ...spread(box) }))
      .filter(({ index }) => boxes[index]!.length > 1).sort((a, b) => b.weight - a.weight)[0]
    if (!widest) break
    const box = boxes[widest.index]!.sort((a, b) =>
      partOf(a.rgb, widest.shift) - partOf(b.rgb, widest.shift))
    boxes.splice(widest.index, 1, ...halves(box))
  }
  return new Map(boxes.flatMap((box) => {
    const mean = meanOf(box)
    return box.map(({ rgb }) => [rgb, mean] as const)
  }))
}

/** Along which part a box differs most; what many pixels have counts for more. */
function spread(box: Colour[]): { shift: number; weight: number } {
  const count = box.reduce((sum, one) => sum + one.count, 0)
  const ranges = parts.map((shift) => {
    let [least, most] = [255, 0]
    for (const { rgb } of box) {
      least = Math.min(least, partOf(rgb, shift))
      most = Math.max(most, partOf(rgb, shift))
    }
    return { shift, range: most - least }
  }).sort((a, b) => b.range - a.range)
  return { shift: ranges[0]!.shift, weight: ranges[0]!.range * Math.sqrt(count) }
}

function halves(box: Colour[]): [Colour[], Colour[]] {
  const total = box.reduce((sum, { count }) => sum + count, 0)
  let sum = 0
  const middle = box.findIndex(({ count }) => (sum += count) >= total / 2)
  const at = Math.min(Math.max(middle, 1), box.length - 1)
  return [box.slice(0, at), box.slice(at)]
}

/** The commonest where it is by far the commonest: plain surfaces keep their exact colour. */
function meanOf(box: Colour[]): number {
  const total = box.reduce((sum, { count }) => sum + count, 0)
  const common = box.reduce((a, b) => (b.count > a.count ? b : a))
  if (common.count > total / 2) return common.rgb
  return parts.reduce<number>((rgb, shift) => rgb | Math.round(
    box.reduce((sum, one) => sum + partOf(one.rgb, shift) * one.count, 0) / total) << shift, 0)
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/** The same picture, smaller; transparency is dropped, for a screen has none. */
export function inFewColours(png: Buffer): Buffer {
  const { width, height, channels, pixels } = decode(png)
  const counts = new Map<number, number>()
  const rgbAt = (at: number): number =>
    pixels[at]! << 16 | pixels[at + 1]! << 8 | pixels[at + 2]!
  for (let at = 0; at < pixels.length; at += channels) {
    const rgb = rgbAt(at)
    counts.set(rgb, (counts.get(rgb) ?? 0) + 1)
  }
  const becomes = paletteOf([...counts].map(([rgb, count]) => ({ rgb, count })))
  const palette = [...new Set(becomes.values())]
  const index = new Map(palette.map((rgb, place) => [rgb, place]))
  const lines = Buffer.alloc((width + 1) * height)
  for (let at = 0, pixel = 0; at < pixels.length; at += channels, pixel++) {
    const row = Math.floor(pixel / width)
    lines[pixel + row + 1] = index.get(becomes.get(rgbAt(at))!)!
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    SIGNATURE, chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap((rgb) => parts.map((shift) => partOf(rgb, shift))))),
    chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0)),
  ])
}
