#!/bin/sh
# Runs the real LiteLLM proxy against a made-up model and keeps what its callbacks send.
# Usage: ./run.sh VENV OUT, where VENV holds litellm[proxy] and the OpenTelemetry exporter.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
venv=$(cd "$1" && pwd) out=$(cd "$2" && pwd)
cd "$here"
export PYTHONDONTWRITEBYTECODE=1
trap 'kill ${proxy:-} ${model:-} ${capture:-} 2>/dev/null || true' EXIT
"$venv/bin/python" model.py 9701 & model=$!
"$venv/bin/python" capture.py 9702 "$out" & capture=$!
# keys.py says who may call; a master key must be there all the same, and strong.
PYTHONPATH=$here LITELLM_MASTER_KEY=sk-$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n') \
  DEFAULT_FLUSH_INTERVAL_SECONDS=8 LITELLM_LOCAL_MODEL_COST_MAP=True \
  USE_OTEL_LITELLM_REQUEST_SPAN=true \
  OTEL_EXPORTER=otlp_http OTEL_ENDPOINT=http://127.0.0.1:9702/v1/traces \
  "$venv/bin/litellm" --config proxy.yaml --host 127.0.0.1 --port 9700 --telemetry False \
  > "$out/proxy.log" 2>&1 & proxy=$!
tries=0
until curl -fs http://127.0.0.1:9700/health/liveliness > /dev/null; do
  tries=$((tries + 1))
  kill -0 $proxy && [ "$tries" -lt 120 ] || { echo "The proxy did not start: $out/proxy.log"; exit 1; }
  sleep 1
done
"$venv/bin/python" calls.py | tee "$out/calls.txt"
# Two flushes: what was called, and what LiteLLM repeats.
sleep 18
ls "$out"
