"""Writes each body it is sent to DIR/<last part of the path>-<n>.body, its headers beside it.

Usage: python capture.py 9702 DIR. The first body on /array is answered 503 after it was
written, to see what LiteLLM repeats.
"""
import pathlib
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
lock = threading.Lock()
counts = {}


class Capture(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        name = self.path.rsplit("/", 1)[-1]
        with lock:
            number = counts[name] = counts.get(name, 0) + 1
        (folder / f"{name}-{number:03}.body").write_bytes(body)
        (folder / f"{name}-{number:03}.headers").write_text(f"{self.path}\n{self.headers}")
        self.send_response(503 if name == "array" and number == 1 else 200)
        self.send_header("content-length", "0")
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Capture).serve_forever()
