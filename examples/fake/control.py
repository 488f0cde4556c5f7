"""The control API of secretfetch-fake, which docs/fake.md describes."""

import json
import urllib.request


def ask(url, method, path, body=None):
    """One request to the fake at `url`; `body` is what becomes JSON."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/_secretfetch/{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
