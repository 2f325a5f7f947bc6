"""A model that always answers the same: enough of the OpenAI API for LiteLLM to call it.

Usage: python model.py 9701. The model name chooses the behaviour: "broken" answers 500.
"""
import json
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USAGE = {
    "prompt_tokens": 1200, "completion_tokens": 34, "total_tokens": 1234,
    "prompt_tokens_details": {"cached_tokens": 1000},
}


def response(model):
    """The same answer in the form of OpenAI's Responses API."""
    said = {"type": "output_text", "text": "Hello", "annotations": []}
    return {
        "id": f"resp_{uuid.uuid4().hex}{uuid.uuid4().hex[:16]}", "object": "response",
        "created_at": 1790000000, "status": "completed", "model": model, "error": None,
        "incomplete_details": None, "instructions": None, "metadata": {}, "temperature": 1.0,
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "output": [{
            "id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
            "content": [said],
        }],
        "usage": {
            "input_tokens": 1200, "output_tokens": 34, "total_tokens": 1234,
            "input_tokens_details": {"cached_tokens": 1000},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        model = asked.get("model", "")
        if "broken" in model:
            error = {"error": {"message": "The model is down", "type": "server_error"}}
            return self.answer(500, json.dumps(error).encode())
        if self.path.endswith("/embeddings"):
            return self.answer(200, json.dumps({
                "object": "list", "model": model,
                "data": [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}],
                "usage": {"prompt_tokens": 8, "total_tokens": 8},
            }).encode())
        if self.path.endswith("/responses"):
            return self.answer(200, json.dumps(response(model)).encode())
        call = f"chatcmpl-{uuid.uuid4().hex}"
        if asked.get("stream"):
            return self.stream(call, model)
        self.answer(200, json.dumps({
            "id": call, "object": "chat.completion", "created": 1790000000, "model": model,
            "choices": [{
                "index": 0, "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Hello"},
            }],
            "usage": USAGE,
        }).encode())

    def stream(self, call, model):
        head = {
            "id": call, "object": "chat.completion.chunk", "created": 1790000000, "model": model,
        }
        chunks = [
            {**head, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hel"}}]},
            {**head, "choices": [{"index": 0, "delta": {"content": "lo"}}]},
            {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {**head, "choices": [], "usage": USAGE},
        ]
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]
        self.answer(200, "".join(lines).encode(), "text/event-stream")


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
