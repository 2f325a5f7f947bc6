/**
 * Sends the same spans by both stock exporters to a server of this process, which keeps the
 * bodies: `node export.mjs OUT`. On Node 24, as the exporters want it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { OTLPTraceExporter as Json } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as Protobuf } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

const out = process.argv[2]
mkdirSync(out, { recursive: true })
const server = createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    const isJson = request.headers['content-type'] === 'application/json'
    writeFileSync(join(out, isJson ? 'exporter.json' : 'exporter.pb'), Buffer.concat(parts))
    console.log(request.method, request.url, request.headers['content-type'])
    response.end()
  })
})
await new Promise((done) => { server.listen(9703, '127.0.0.1', done) })
const url = 'http://127.0.0.1:9703/v1/traces'
const provider = new TracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'crew', 'guildhall.agent': 'builder' }),
  spanProcessors: [new Json({ url }), new Protobuf({ url })].map((exporter) => new BatchSpanProcessor({ exporter })),
})
const tracer = provider.getTracer('crew')
/** Current names of the conventions, older ones, whole agents, tools and what is no call. */
const spans = {
  'chat gpt-4o-mini': {
    'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini', 'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
    'gen_ai.response.id': 'chatcmpl-0123456789abcdef0123456789abcdef',
    'gen_ai.usage.input_tokens': 1200, 'gen_ai.usage.output_tokens': 34,
    'gen_ai.usage.cache_read.input_tokens': 1000, 'gen_ai.agent.name': 'Planner',
    'guildhall.task': 'TASK-42', 'guildhall.run': 'run-7',
  },
  'chat claude': {
    'gen_ai.system': 'anthropic', 'gen_ai.request.model': 'claude-sonnet-4-5',
    'gen_ai.usage.prompt_tokens': 50, 'gen_ai.usage.completion_tokens': 5,
    'gen_ai.usage.cost': 0.000225, 'guildhall.agent': 'scout',
    'gen_ai.response.finish_reasons': ['stop'],
  },
  'invoke_agent Planner': {
    'gen_ai.operation.name': 'invoke_agent', 'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini', 'gen_ai.usage.input_tokens': 1250,
    'gen_ai.usage.output_tokens': 39,
  },
  'execute_tool search': { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' },
  'GET /': { 'http.request.method': 'GET' },
}
for (const [name, attributes] of Object.entries(spans)) tracer.startSpan(name, { attributes }).end()
await provider.shutdown()
server.close()
