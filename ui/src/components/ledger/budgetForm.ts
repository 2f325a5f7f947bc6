/** A budget as a form: text as it is typed, and what the server takes of it. Pure. */
import type { BudgetAction, BudgetPeriod, BudgetUnit } from '../../../../domain/budgets.ts'
import { USUAL_LINES, formatUnit } from '../../../../domain/budgets.ts'
import { formatCredits, parseCredits } from '../../../../domain/credits.ts'
import type {
  BudgetScope, CreditsBudgetCreateInput, CreditsBudgetUpdateInput,
} from '../../../../sdk/generated/types.ts'
import type { Budget } from '../../composables/useBudgets.ts'
import type { Failure } from '../../problem.ts'
import { errorAt, errorsOf } from '../../problem.ts'
import { texts } from '../../texts.ts'
import type { Amounts, ScopeKind } from './budgets.ts'
import { amountIn, inUse, scopeOf } from './budgets.ts'

export type BudgetForm = {
  kind: ScopeKind
  agent: string
  task: string
  workstream: string
  unit: BudgetUnit
  period: BudgetPeriod
  limit: string
  action: BudgetAction
  lines: string
}

export const emptyForm = (): BudgetForm => ({
  kind: 'workspace', agent: '', task: '', workstream: '', unit: 'credits', period: 'day',
  limit: '', action: 'block', lines: USUAL_LINES.join(', '),
})

/** The field that says whose it is. */
const fieldOf = (kind: Exclude<ScopeKind, 'workspace'>): 'agent' | 'task' | 'workstream' =>
  (kind === 'subtree' ? 'agent' : kind)

export function formOf(budget: Budget): BudgetForm {
  const { kind, name } = scopeOf(budget)
  const { unit, period, limit, action, warnAt } = budget
  return {
    ...emptyForm(), kind, ...(kind === 'workspace' ? {} : { [fieldOf(kind)]: name }),
    unit: unit as BudgetUnit, period: period as BudgetPeriod,
    limit: unit === 'usd_micros' ? formatCredits(BigInt(limit)) : limit,
    action: action as BudgetForm['action'], lines: warnAt.join(', '),
  }
}

/** Micro-dollars of dollars; other text goes as it is, for the server to say what is wrong. */
function limitOf({ unit, limit }: BudgetForm): string {
  const text = limit.trim()
  const micros = unit === 'usd_micros' ? parseCredits(text.replace(/^\$/, '')) : null
  return micros === null ? text : micros.toString()
}

function linesOf({ lines }: BudgetForm): number[] {
  const texts = new Set(lines.split(/[\s,;%]+/).filter(Boolean))
  return [...texts].map((text) => (/^\d+$/.test(text) ? Number(text) : text as unknown as number))
}

/** Whose it is to be has not been said. */
export const isNobody = (form: BudgetForm): boolean =>
  form.kind !== 'workspace' && !form[fieldOf(form.kind)].trim()

function scopeIn(form: BudgetForm): BudgetScope {
  if (form.kind === 'workspace') return { workspace: true }
  return { [form.kind]: form[fieldOf(form.kind)].trim() } as BudgetScope
}

export const createInput = (form: BudgetForm): CreditsBudgetCreateInput => ({
  scope: scopeIn(form), unit: form.unit, period: form.period, limit: limitOf(form),
  action: form.action, warn_at: linesOf(form),
})

/** Only what is another now than it was; null where nothing is. */
export function updateInput(budget: Budget, form: BudgetForm): CreditsBudgetUpdateInput | null {
  const was = formOf(budget)
  const changed = {
    ...(limitOf(form) === limitOf(was) ? {} : { limit: limitOf(form) }),
    ...(form.action === was.action ? {} : { action: form.action }),
    ...(`${linesOf(form)}` === `${linesOf(was)}` ? {} : { warn_at: linesOf(form) }),
  }
  return Object.keys(changed).length ? { budget: budget.id, ...changed } : null
}

const isMissing = (failure: Failure, pointer: string): boolean =>
  failure.code === 'not_found' && pointer === '/scope'

/** What is wrong with a field of this form, in the server's words. */
export const fieldError = (failure: Failure | null, pointer: string): string | null =>
  (failure && isMissing(failure, pointer) ? failure.message
    : errorAt(errorsOf(failure), pointer))

/** The server counts in micro-dollars; who types dollars is answered in dollars. */
export function limitError(
  failure: Failure | null, form: BudgetForm, amounts: Amounts | null,
): string | null {
  const message = fieldError(failure, '/limit')
  const words = texts.ledger.budgets.form
  if (message === null || form.unit !== 'usd_micros') return message
  const micros = limitOf(form)
  const isAmount = /^\d+$/.test(micros) && BigInt(micros) > 0n
  return amounts && isAmount
    ? words.notBelow(amountIn(form.unit, formatUnit(form.unit, inUse(amounts)))) : words.dollars
}

/** What concerns no field of this form: shown once, below them. */
export const generalOf = (failure: Failure | null, isNew: boolean): Failure | null =>
  (failure && !errorsOf(failure).length && !(isNew && isMissing(failure, '/scope'))
    ? failure : null)
