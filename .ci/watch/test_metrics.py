"""What a watch answers on its port, read by Prometheus: its linter, its server, its rules.

Run with SECRETFETCH naming the binary; it needs Debian's package prometheus (or PROMTOOL and PROMETHEUS naming its
programs):

    SECRETFETCH=target/debug/secretfetch python3 .ci/watch/test_metrics.py
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

BINARY = str(pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True))
PROMTOOL = os.environ.get("PROMTOOL", "/usr/bin/promtool")
PROMETHEUS = os.environ.get("PROMETHEUS", "/usr/bin/prometheus")
PAGE = pathlib.Path(__file__).parents[2] / "docs/watch.md"
TIMEOUT_SECONDS = 30

CANARY = "canary-4Tn9"
# What a label must escape, and what it need not.
DIRECTORY = 'a "quoted" \\ back\\nslash\nline é {x="y"} #'
SECRETS = {"prod/db": {"PASSWORD": CANARY, "USER": "app"}, "prod/url": CANARY}
CONFIGURATION = {
    "store": "file:secrets.json",
    "files": [
        {"path": "app.env", "format": "env", "from": [
            {"secretId": "prod/db", "keys": {"A": "PASSWORD"}},
            {"secretId": "prod/db", "keys": {"B": "USER"}},
        ]},
        {"path": "url", "secretId": "prod/url"},
    ],
}


def wait_for(what, condition):
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {TIMEOUT_SECONDS} s: {what}")
        time.sleep(0.05)


class Metrics(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.write_secrets(json.dumps(SECRETS))
        (self.root / "config.yaml").write_text(json.dumps(CONFIGURATION | {"directory": DIRECTORY}))
        log = self.root / "log"
        with log.open("w") as stderr:
            watch = self.start([BINARY, "watch", "--config", "config.yaml", "--interval", "1s", "--listen", "127.0.0.1:0"],
                               stderr=stderr, env={})
        self.watch = watch
        line = wait_for("the address", lambda: re.search(r"listening on (\S+)", log.read_text()))
        self.address = line[1]
        wait_for("ready", lambda: self.status("/readyz") == 200)

    def start(self, command, **options):
        process = subprocess.Popen(command, cwd=self.root, **options)

        def stop():
            process.send_signal(signal.SIGTERM)
            process.wait(TIMEOUT_SECONDS)

        self.addCleanup(stop)
        return process

    def write_secrets(self, text):
        (self.root / "new").write_text(text)
        (self.root / "new").rename(self.root / "secrets.json")

    def status(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def metrics(self):
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=5) as answer:
            return answer.read()

    def lint(self, text):
        linter = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True)
        return linter.returncode, (linter.stdout + linter.stderr).decode()

    def test_the_linter_has_nothing_to_say(self):
        text = self.metrics()
        self.assertNotIn(CANARY.encode(), text)
        self.assertEqual(self.lint(text), (0, ""))
        self.write_secrets("{")
        wait_for("a failure", lambda: b'secretfetch_rounds_total{outcome="failed"} 0' not in self.metrics())
        self.assertEqual(self.lint(self.metrics()), (0, ""))

    def test_the_linter_would_say_it(self):
        text = self.metrics()
        for spoilt in [text.replace(b'\\"', b'"', 1), text.replace(b"_total", b""), text.replace(b"\n# HELP", b"# HELP", 1)]:
            code, said = self.lint(spoilt)
            self.assertTrue(code != 0 and said, spoilt.decode())

    def test_a_server_scrapes_it_and_evaluates_the_rules_of_the_guide(self):
        rules = re.search(r"```yaml\n(groups:.*?)```", PAGE.read_text(), re.DOTALL)[1]
        (self.root / "rules.yaml").write_text(rules)
        subprocess.run([PROMTOOL, "check", "rules", self.root / "rules.yaml"], check=True, capture_output=True)
        (self.root / "prometheus.yaml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": "watch", "static_configs": [{"targets": [self.address]}]}],
        }))
        server = self.root / "server.log"
        with server.open("w") as log:
            self.start([PROMETHEUS, "--config.file=prometheus.yaml", "--storage.tsdb.path=data",
                        "--web.listen-address=127.0.0.1:0"], stderr=log)
        port = wait_for("the server", lambda: re.search(r'msg="Listening on" address=(\S+)', server.read_text()))[1]

        def query(path, **parameters):
            try:
                with urllib.request.urlopen(f"http://{port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}") as answer:
                    return json.load(answer)["data"]
            except (urllib.error.URLError, ConnectionError):
                return None

        def samples(query_text):
            data = query("query", query=query_text)
            return [(sample["metric"], float(sample["value"][1])) for sample in data["result"]] if data else []

        up = 'sum_over_time(up{job="watch"}[1m])'
        wait_for("three scrapes", lambda: any(value >= 3 for _, value in samples(up)))
        self.assertEqual([value for _, value in samples('min_over_time(up{job="watch"}[1m])')], [1.0])
        paths = {metric["path"] for metric, _ in samples("secretfetch_file_last_change_timestamp_seconds")}
        self.assertEqual(paths, {f"{DIRECTORY}/{name}" for name in ["app.env", "url"]})
        sources = [(metric["path"].split("/")[-1], metric["secret_id"]) for metric, _ in samples("secretfetch_source_info")]
        self.assertCountEqual(sources, [("app.env", "prod/db"), ("url", "prod/url")])
        rules = query("rules")["groups"][0]["rules"]
        wait_for("the rules", lambda: all(rule["health"] == "ok" for rule in query("rules")["groups"][0]["rules"]))
        self.assertEqual({rule["state"] for rule in rules}, {"inactive"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
