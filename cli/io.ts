/** What a command line talks to. */
import type { Environment } from './credentials.ts'

/** The real ones of a process, or those that a test gives. */
export type Io = {
  env: Environment
  out: (text: string) => void
  err: (text: string) => void
  /** Width of the terminal. */
  columns: number
  stdin: AsyncIterable<Uint8Array | string>
}

