/** The connection to Temporal; nothing outside this folder makes one. */
import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'

export type EngineAddress = { address: string | null; namespace: string }

/** Connects lazily: a server that is away is no reason not to start. TLS and keys by envconfig. */
export function connect({ address, namespace }: EngineAddress): Client {
  const loaded = loadClientConnectConfig()
  const connection = Connection.lazy({
    ...loaded.connectionOptions,
    ...(address ? { address } : {}),
    connectTimeout: '5s',
  })
  return new Client({ connection, namespace })
}
