/**
 * What the command palette offers. A source is a file in this folder, named in sources.ts: entries
 * that are always there, or a search that answers some for what was typed.
 */
import type { Component } from 'vue'

export type Entry = {
  /** Unique within its source. */
  id: string
  text: string
  /** Said beside it, smaller. */
  detail?: string
  icon?: Component
  /** More words it is found by. */
  words?: string
  act: () => void | Promise<unknown>
}

export type Source = {
  group: string
  /** Those that are always there; the palette filters them by what was typed. */
  entries?: () => Entry[]
  /** Asked when something was typed; a newer question aborts an older one. */
  search?: (text: string) => Promise<Entry[]>
}

/** Whether every word that was typed is somewhere in an entry. */
export function isFound({ text, detail = '', words = '' }: Entry, typed: string): boolean {
  const all = `${text} ${detail} ${words}`.toLowerCase()
  return typed.toLowerCase().split(/\s+/).every((word) => all.includes(word))
}
