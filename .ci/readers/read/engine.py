"""A container engine's API on a Unix socket that keeps what a client asks it to create, and runs nothing: env files are
read by the client, so this shows what a real engine would have been told."""

import json
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingMixIn, UnixStreamServer
from urllib.parse import parse_qs, urlsplit


class Engine(ThreadingMixIn, UnixStreamServer):
    """`created[name]` is the body of the request that created the container `name`."""

    daemon_threads = True

    def __init__(self, path):
        super().__init__(str(path), Request)
        self.created = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that hangs up before it has read the answer is no failure of ours."""


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        text = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Api-Version", "1.43")
        self.send_header("Libpod-API-Version", "5.4.2")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_HEAD(self):
        self.answer(200, None)

    def do_GET(self):
        path = urlsplit(self.path).path
        if path.endswith("/exists"):
            self.answer(204, None)
        elif "/images/" in path:
            self.answer(200, {"Id": "sha256:" + "0" * 64, "Os": "linux", "Architecture": "amd64", "Config": {}})
        else:
            self.answer(200, {})

    def do_POST(self):
        url = urlsplit(self.path)
        if "Content-Length" in self.headers:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        else:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        if url.path.endswith("/containers/create"):
            asked = json.loads(body)
            name = parse_qs(url.query).get("name", [asked.get("name")])[0]
            self.server.created[name] = asked
            self.answer(201, {"Id": "0" * 64, "Warnings": []})
        else:
            # Podman asks to pull even with --pull=never: the image that we said is there.
            self.answer(200, {"id": "0" * 64, "images": ["0" * 64]})

    def log_message(self, *arguments):
        pass
