/** What `guildhall doctor` asks Temporal. */
import { connect } from '../temporal/connection.ts'
import { fault, ok, warning, type Finding } from './findings.ts'
import { searchAttributes, temporalFault } from './temporal.ts'

/** `address` is host:port; null when there is no server yet. */
export async function engineFindings(
  address: string | null, namespace: string,
): Promise<Finding[]> {
  if (!address) return [fault('There is no Temporal server yet.', 'Start Guildhall: npm start')]
  const unreachable = await temporalFault(address, namespace, 0)
  if (unreachable) {
    return [fault(`Temporal at ${unreachable}.`,
      'Start Guildhall (npm start), or correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.')]
  }
  const { connection } = connect({ address, namespace })
  try {
    return await connection.withDeadline(Date.now() + 5_000, async () => {
      const { serverVersion } = await connection.workflowService.getSystemInfo({})
      const found = await connection.operatorService.listSearchAttributes({ namespace })
      const missing = searchAttributes.filter((name) => !(name in (found.customAttributes ?? {})))
      return [
        ok(`Temporal ${serverVersion} answers at ${address} for namespace ${namespace}.`),
        missing.length
          ? fault(`The namespace ${namespace} lacks the search attributes ${missing.join(', ')}.`,
            `For each: temporal operator search-attribute create --address ${address} `
              + `-n ${namespace} --type Keyword --name …`)
          : ok('The namespace has the search attributes.'),
      ]
    })
  } catch (error) {
    return [warning(`Temporal at ${address} answers only in part: ${(error as Error).message}.`,
      'Read its log.')]
  } finally {
    await connection.close()
  }
}
