/** Protobuf by hand: fields as bytes, right or wrong. */
const lengthOf = (value: bigint | number): Buffer => {
  const out: number[] = []
  let rest = BigInt(value)
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128)
  return Buffer.from([...out, Number(rest)])
}
const tag = (field: number, wireType: number): Buffer => lengthOf(field * 8 + wireType)

export const varint = (field: number, value: bigint | number): Buffer =>
  Buffer.concat([tag(field, 0), lengthOf(value)])
export const bytes = (field: number, value: Uint8Array): Buffer =>
  Buffer.concat([tag(field, 2), lengthOf(value.length), value])
export const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value))
export const message = (field: number, ...parts: Buffer[]): Buffer => bytes(field, Buffer.concat(parts))

export function doubleOf(field: number, value: number): Buffer {
  const eight = Buffer.alloc(8)
  eight.writeDoubleLE(value)
  return Buffer.concat([tag(field, 1), eight])
}
