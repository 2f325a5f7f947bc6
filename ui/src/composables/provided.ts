/** One thing for a view and all that is in it: made once above, asked for below. */
import type { InjectionKey } from 'vue'
import { inject, provide } from 'vue'

/** Answers how to provide it and how to ask for it. */
export function provided<Thing>(
  name: string, make: () => Thing,
): [provideIt: () => Thing, useIt: () => Thing] {
  const key: InjectionKey<Thing> = Symbol(name)
  const provideIt = (): Thing => {
    const made = make()
    provide(key, made)
    return made
  }
  return [provideIt, () => inject(key)!]
}
