"""Turns what capture.py kept into test/fixtures: drops bulk, secrets and places of a machine.

Usage: python fixtures.py OUT ../../fixtures
"""
import json
import pathlib
import re
import sys

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

out, fixtures = map(pathlib.Path, sys.argv[1:3])
(fixtures / "litellm").mkdir(parents=True, exist_ok=True)
(fixtures / "otlp").mkdir(parents=True, exist_ok=True)
# Pages of prices and abilities of a model, and stack traces: most of a record, and never read.
BULK = {"model_map_value": None, "traceback": ""}
SECRET = {"user_api_key_hash": "0" * 64, "cache_key": None, "model_id": "0" * 64}


def clean(value):
    if isinstance(value, list):
        return [clean(part) for part in value]
    if isinstance(value, dict):
        return {
            name: BULK[name] if name in BULK
            else SECRET[name] if name in SECRET and part else clean(part)
            for name, part in value.items()
        }
    if isinstance(value, str):
        return re.sub(r"/[\w./-]*(site-packages|lib/python)[\w./-]*", "PATH", value)
    return value


def save(name, text):
    (fixtures / "litellm" / name).write_text(text + "\n")


records = json.loads((out / "array-001.body").read_text())
save("array.json", json.dumps(clean(records), indent=1))
lines = (out / "lines-001.body").read_text().split("\n")
save("lines.ndjson", "\n".join(json.dumps(clean(json.loads(line))) for line in lines[:3]))
save("single.json", json.dumps(clean(json.loads((out / "single-001.body").read_text()))))

# The traces of the same run: LiteLLM's own spans, and one of the web server.
traces = ExportTraceServiceRequest()
for body in sorted(out.glob("traces-*.body")):
    traces.MergeFromString(body.read_bytes())
KEPT = re.compile(r"gen_ai\.(?!input|output|system_ins)|litellm\.|llm\.|metadata\.user_api_key_alias")
for resource in traces.resource_spans:
    for attribute in resource.resource.attributes:
        if attribute.key == "service.instance.id":
            attribute.value.string_value = "instance"
    for scope in resource.scope_spans:
        kept = scope.spans[:1] if scope.scope.name == "fastapi" else list(scope.spans)
        for span in kept:
            attributes = [one for one in span.attributes if KEPT.match(one.key)]
            del span.attributes[:]
            span.attributes.extend(attributes)
            del span.events[:]
        copies = [type(span).FromString(span.SerializeToString()) for span in kept]
        del scope.spans[:]
        scope.spans.extend(copies)
(fixtures / "otlp" / "litellm.pb").write_bytes(traces.SerializeToString())
