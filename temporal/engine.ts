/** Questions to running workflows, each with a deadline of one second. */
import { WorkflowNotFoundError } from '@temporalio/client'
import type { Client } from '@temporalio/client'
import type { Subject } from '../db/settling.ts'
import { knows } from '../workflows/messages.ts'
import type { Running } from '../activities/reconcile.ts'

const DEADLINE_MS = 1000

export type EngineView = {
  runId: string
  status: string
  settledVersion: number | null
  deadlineAt: string | null
}

export class EngineQueries {
  readonly #client: Client
  readonly #uiUrl: string | null

  constructor(client: Client, uiUrl: string | null) {
    this.#client = client
    this.#uiUrl = uiUrl?.replace(/\/+$/, '') ?? null
  }

  workflowUrl = (workflowId: string): string | null => this.#uiUrl
    && `${this.#uiUrl}/namespaces/${this.#client.options.namespace}/workflows/`
      + encodeURIComponent(workflowId)

  /** What the workflow of a task knows; null when it never ran. */
  describeTask = async (id: string): Promise<EngineView | null> => {
    const handle = this.#client.workflow.getHandle(`task/${id}`)
    return this.#client.withDeadline(Date.now() + DEADLINE_MS, async () => {
      try {
        const [{ runId, status }, { settledVersion, deadlineAt }] = await Promise.all([
          handle.describe(), handle.query(knows),
        ])
        return { runId, status: status.name, settledVersion, deadlineAt }
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null
        throw error
      }
    })
  }

  /** Whether a workflow runs, and what it last found settled. */
  inspect = async ({ kind, id }: Subject): Promise<Running> => {
    const handle = this.#client.workflow.getHandle(`${kind}/${id}`)
    return this.#client.withDeadline(Date.now() + DEADLINE_MS * 5, async () => {
      try {
        const { status } = await handle.describe()
        if (status.name !== 'RUNNING') return null
        const { settledVersion } = await handle.query(knows)
        return { settledVersion }
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null
        throw error
      }
    })
  }

  /** Ends a run that makes no progress; the next wake starts a new one. It holds no state. */
  async terminate({ kind, id }: Subject, reason: string): Promise<void> {
    await this.#client.withDeadline(Date.now() + DEADLINE_MS * 3, async () => {
      try {
        await this.#client.workflow.getHandle(`${kind}/${id}`).terminate(reason)
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      }
    })
  }

  /** The identifier of the engine's namespace: a new database has a new one. Throws when away. */
  async identify(): Promise<string> {
    const { namespace } = this.#client.options
    const { namespaceInfo } = await this.#client.withDeadline(Date.now() + DEADLINE_MS, () =>
      this.#client.workflowService.describeNamespace({ namespace }))
    return namespaceInfo!.id!
  }
}
