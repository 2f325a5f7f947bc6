/** Exit codes by class of error, so that scripts can branch without reading words. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9

type Row = { code: ExitCode; meaning: string; statuses: readonly number[] }

/** Shown by `guildhall --help` and the reference. */
export const exitCodes: readonly Row[] = [
  { code: 0, meaning: 'done', statuses: [] },
  { code: 1, meaning: 'something unexpected in the command itself', statuses: [] },
  { code: 2, meaning: 'wrong use, or input that is not valid', statuses: [400, 413, 415] },
  { code: 3, meaning: 'no valid proof of identity', statuses: [401] },
  { code: 4, meaning: 'not allowed', statuses: [403] },
  { code: 5, meaning: 'not found', statuses: [404] },
  {
    code: 6, meaning: 'in conflict with how things are now',
    statuses: [409, 412, 422, 423, 428],
  },
  { code: 7, meaning: 'not enough credits', statuses: [402] },
  { code: 8, meaning: 'too much at once', statuses: [429] },
  { code: 9, meaning: 'the server is away or at fault', statuses: [0, 500, 502, 503, 504] },
]

/** The exit code of a refusal by its HTTP status; 0 stands for no answer at all. */
export const exitCodeOf = (status: number): ExitCode =>
  exitCodes.find(({ statuses }) => statuses.includes(status))?.code ?? 1
