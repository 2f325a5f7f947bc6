/**
 * What a storage failure means for the caller. Only these are thrown across the database's border;
 * refusals are values.
 */
export type StorageFailure =
  /** Nothing was written: try again. */
  | 'unavailable'
  /** Another command with the same key still runs. */
  | 'key_busy'
  /** The connection broke after the write was sent: it may or may not have been committed. */
  | 'unknown'

export class StorageError extends Error {
  readonly failure: StorageFailure
  constructor(failure: StorageFailure, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'StorageError'
    this.failure = failure
  }
}

type DriverError = Error & { code?: string; where?: string }

/** Statements that the server cancelled or refused before they could have any effect. */
const nothingHappened = new Set([
  '55P03', '57014', '40P01', '40001', '53100', '53200', '53300', '57P02', '57P03', '25P03',
  'ECONNREFUSED', 'ENOENT', 'EHOSTUNREACH', 'ETIMEDOUT', '57P05',
])
/** The connection ended; what was sent on it may have been committed. */
const connectionLost = new Set(['57P01', '08000', '08003', '08006', 'ECONNRESET', 'EPIPE'])
const lostInWords = /Connection terminated|connection (timeout|was closed)|Client has encountered/i

/** Makes a storage failure of a driver's error; null when it is a fault of ours. */
export function storageErrorOf(cause: unknown, wasWrite: boolean): StorageError | null {
  const error = cause as DriverError
  if (error instanceof StorageError) return error
  if (error.code === '55P03' && error.where?.includes('claim_key')) {
    return new StorageError('key_busy', error)
  }
  if (error.code && nothingHappened.has(error.code)) return new StorageError('unavailable', error)
  const lost = (error.code && connectionLost.has(error.code)) || lostInWords.test(error.message)
  if (lost) {
    // A pool that could not connect in time never sent anything.
    const sent = wasWrite && !/timeout exceeded when trying to connect/i.test(error.message)
    return new StorageError(sent ? 'unknown' : 'unavailable', error)
  }
  return /timeout exceeded when trying to connect/i.test(error.message)
    ? new StorageError('unavailable', error) : null
}
