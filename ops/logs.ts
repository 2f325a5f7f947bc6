/** Log files in the home, one per process, so that the terminal stays quiet. */
import { existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

const largestBytes = 10 * 1024 * 1024

/** Where the output of the process with this name goes. */
export function logFile(home: string, name: string): string {
  return join(home, 'logs', `${name}.log`)
}

/**
 * Opens the log of one process for appending and answers the file descriptor, which the caller
 * closes. A log above 10 MiB becomes `<name>.log.1` first, in place of the one before.
 */
export function openLog(home: string, name: string): number {
  const file = logFile(home, name)
  if (existsSync(file) && statSync(file).size > largestBytes) renameSync(file, `${file}.1`)
  return openSync(file, 'a', 0o600)
}

/** The last lines of a log, for the words of a failure. */
export function lastLines(file: string, count = 12): string {
  if (!existsSync(file)) return ''
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}
