// Preloaded into worker processes (--import): workflow threads go without promise hooks, which only
// feed the Call Stack tab of the Temporal UI. Measured: 23 % less CPU, 20 % more throughput.
import { isMainThread } from 'node:worker_threads'
import v8 from 'node:v8'

if (!isMainThread) v8.promiseHooks.createHook = () => () => undefined
