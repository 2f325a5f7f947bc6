/** What the doctor says about each thing. */

/** One thing that was looked at. `remedy` is null when all is well. */
export type Finding = { state: 'ok' | 'warning' | 'fault'; what: string; remedy: string | null }

export const ok = (what: string): Finding => ({ state: 'ok', what, remedy: null })
export const warning = (what: string, remedy: string): Finding =>
  ({ state: 'warning', what, remedy })
export const fault = (what: string, remedy: string): Finding => ({ state: 'fault', what, remedy })
