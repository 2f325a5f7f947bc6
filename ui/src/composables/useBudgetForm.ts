/** Making a budget, or changing one: what was typed stays until the server took it. */
import { computed, ref, shallowRef } from 'vue'
import {
  createInput, emptyForm, fieldError, formOf, generalOf, isNobody, limitError, updateInput,
} from '../components/ledger/budgetForm.ts'
import { texts } from '../texts.ts'
import type { Budget } from './useBudgets.ts'
import { useCommand } from './useCommand.ts'

export function useBudgetForm(budget: Budget | null) {
  const { run, state, failure } = useCommand()
  const form = ref(budget ? formOf(budget) : emptyForm())
  const isUnnamed = shallowRef(false)

  /** Answers whether the server has it. */
  async function submit(): Promise<boolean> {
    isUnnamed.value = isNobody(form.value)
    if (isUnnamed.value) return false
    if (!budget) return (await run('credits.budget_create', createInput(form.value))).ok
    const input = updateInput(budget, form.value)
    return input === null || (await run('credits.budget_update', input)).ok
  }

  const errors = computed(() => ({
    scope: isUnnamed.value && isNobody(form.value)
      ? texts.ledger.budgets.form.whom : budget ? null : fieldError(failure.value, '/scope'),
    limit: limitError(failure.value, form.value, budget),
    lines: fieldError(failure.value, '/warn_at'),
  }))
  const general = computed(() => generalOf(failure.value, budget === null))
  const isBusy = computed(() => state.value === 'loading')
  return { form, errors, general, isBusy, submit }
}
