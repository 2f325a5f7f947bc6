/** What every field says of itself. */
export type FieldWords = {
  label: string
  hint?: string | null
  error?: string | null
  /** Said beside the label of what may stay empty. */
  optional?: string
  /** Only for who cannot see the row that the field stands in. */
  hiddenLabel?: boolean
}
