"""Calls the proxy in the ways that agents do; prints what each call answered, one line each."""
import json
import urllib.error
import urllib.request

PROXY = "http://127.0.0.1:9700"
SAY = [{"role": "user", "content": "Hello"}]


def call(about, path, body, key="sk-recipe", headers=None):
    request = urllib.request.Request(
        PROXY + path, json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {key}", **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
            print(answer.status, about, answer.headers.get("x-litellm-call-id"))
    except urllib.error.HTTPError as error:
        print(error.code, about, error.read()[:200])


def chat(about, model, key="sk-recipe", headers=None, **more):
    call(about, "/v1/chat/completions", {"model": model, "messages": SAY, **more}, key, headers)


NAMED = {"guildhall_agent": "builder", "guildhall_task": "TASK-42", "guildhall_run": "run-7"}

chat("plain", "known")
chat("named in metadata", "known", metadata=NAMED)
chat("named in spend_logs_metadata", "known", metadata={"spend_logs_metadata": NAMED})
chat("named in tags", "known", metadata={
    "tags": ["guildhall_agent:builder", "guildhall_task:TASK-42", "guildhall_run:run-7"],
})
chat("named in a header", "known",
     headers={"x-litellm-spend-logs-metadata": json.dumps(NAMED)})
chat("streamed", "known", stream=True, user="ada", metadata=NAMED)
chat("streamed with usage", "known", stream=True, stream_options={"include_usage": True})
chat("by a key with an alias", "known", key="sk-builder")
chat("by a user", "known", user="ada")
chat("price unknown", "unknown", metadata=NAMED)
chat("price unknown, streamed", "unknown", stream=True)
chat("price of the proxy", "priced")
chat("free of charge", "free")
chat("the model fails", "broken", metadata=NAMED)
chat("the model fails while streaming", "broken", stream=True)
chat("no such model", "nonsense")
chat("filled into the cache", "known", cache={"use-cache": True})
chat("answered from the cache", "known", cache={"use-cache": True})
call("embedding", "/v1/embeddings", {"model": "embeds", "input": "Hello"})
chat("by a key that names its agent, whatever the caller says", "known", key="sk-pinned",
     metadata=NAMED)
call("responses of OpenAI", "/v1/responses",
     {"model": "known", "input": "Hello", "metadata": NAMED})
call("messages of Anthropic", "/v1/messages",
     {"model": "known", "max_tokens": 50, "messages": SAY, "metadata": {"user_id": "ada"}})
