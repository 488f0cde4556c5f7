"""`secretfetch watch` beside services that hold a secret in memory: nginx with a certificate, which is told by a signal, and a
service of Spring Boot with a password, which is told by a request. A secret rotates at moto; both have the new one.

Run by .ci/run with SECRETFETCH naming the binary, after .ci/reload/install, in the environment of .ci/requirements.txt; it
needs nginx, openssl and a JRE.
"""

import contextlib
import json
import logging
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.request

import boto3
from moto.server import ThreadedMotoServer

TOOLS = pathlib.Path(__file__).resolve().parents[1] / ".tools"
BINARY = str(pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True))
NGINX = "/usr/sbin/nginx"
REGION = "eu-central-1"
CANARY = "c4n4ry-"
PATIENCE_SECONDS = 60

NGINX_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {root}/nginx.pid;
error_log {root}/error.log;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {root}/tmp; proxy_temp_path {root}/tmp; fastcgi_temp_path {root}/tmp;
    uwsgi_temp_path {root}/tmp; scgi_temp_path {root}/tmp;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {root}/secret/tls.crt;
        ssl_certificate_key {root}/secret/tls.key;
    }}
}}
"""

# The certificate and its key are two keys of one secret: they change together.
NGINX_SECRETS = """
directory: {root}/secret
layout: generation
files:
  - {{path: tls.crt, secretId: tls, key: certificate}}
  - {{path: tls.key, secretId: tls, key: privateKey}}
watch:
  interval: 1s
  onChange:
    - signal: {{name: HUP, pidFile: {root}/nginx.pid}}
"""

SPRING_SECRETS = """
directory: {root}/secret
files:
  - {{path: application.properties, format: properties, dialect: spring, secretId: app}}
watch:
  interval: 1s
  onChange:
    - http: {{url: "http://127.0.0.1:{port}/actuator/refresh", method: POST}}
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def certificate(directory, name):
    """A certificate and its key, as a secret has them."""
    paths = directory / f"{name}.crt", directory / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-out", paths[0], "-keyout", paths[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    return json.dumps({"certificate": paths[0].read_text(), "privateKey": paths[1].read_text()})


class Reload(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        cls.addClassCleanup(server.stop)
        host, port = server.get_host_and_port()
        cls.environment = {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
        }
        cls.client = boto3.client(
            "secretsmanager", region_name=REGION, endpoint_url=cls.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="testing", aws_secret_access_key="testing",
        )  # fmt: skip

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="secretfetch-reload-"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.root.chmod(0o755)

    def started(self, name, command, environment=None):
        """A process that ends with the test; its output is in a file."""
        with open(self.root / f"{name}.log", "wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=self.root)
        self.addCleanup(self.ended, process)
        return process

    def ended(self, process):
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self, name):
        return (self.root / f"{name}.log").read_text()

    def wait_for(self, what, condition):
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(OSError):
                if condition():
                    return
            if time.monotonic() > until:
                logs = "\n".join(f"{path.name}:\n{path.read_text()}" for path in self.root.glob("*.log"))
                self.fail(f"not within {PATIENCE_SECONDS} s: {what}\n{logs}")
            time.sleep(0.1)

    def watching(self, config):
        path = self.root / "secretfetch.yaml"
        path.write_text(config)
        watch = self.started("watch", [BINARY, "watch", "-v", "--config", str(path)], self.environment)
        secret = self.root / "secret"
        self.wait_for("the first set", lambda: secret.is_dir() and any(secret.iterdir()))
        return watch

    def assert_stopped(self, watch):
        """It ends at once, well, and has told no value."""
        started = time.monotonic()
        watch.send_signal(signal.SIGTERM)
        self.assertEqual(watch.wait(10), 0)
        self.assertLess(time.monotonic() - started, 5)
        self.assertNotIn(CANARY, self.log("watch"))
        self.assertNotIn("PRIVATE KEY", self.log("watch"))

    def test_nginx_has_the_new_certificate(self):
        self.client.create_secret(Name="tls", SecretString=certificate(self.root, "first"))
        port = free_port()
        watch = self.watching(NGINX_SECRETS.format(root=self.root))
        user = "user root;" if os.geteuid() == 0 else ""
        (self.root / "nginx.conf").write_text(NGINX_CONFIGURATION.format(root=self.root, port=port, user=user))
        self.started("nginx", [NGINX, "-p", str(self.root), "-c", str(self.root / "nginx.conf")])

        def served():
            pem = ssl.get_server_certificate(("127.0.0.1", port))
            show = ["openssl", "x509", "-noout", "-subject"]
            return subprocess.run(show, input=pem, capture_output=True, text=True, check=True).stdout.split("=")[-1].strip()

        self.wait_for("nginx", lambda: served() == "first")
        self.client.put_secret_value(SecretId="tls", SecretString=certificate(self.root, "second"))
        self.wait_for("the second certificate", lambda: served() == "second")
        self.assert_stopped(watch)

    def test_spring_boot_has_the_new_password(self):
        first, second = CANARY + "first", CANARY + "sécond\\ 'n' \"quoted\""
        self.client.create_secret(Name="app", SecretString=json.dumps({"app.password": first}))
        port = free_port()
        watch = self.watching(SPRING_SECRETS.format(root=self.root, port=port))
        classes = f"{TOOLS}/classes/reload:{TOOLS}/jars/spring-cloud/*"
        arguments = [
            "reload.Service", "--server.address=127.0.0.1", f"--server.port={port}",
            "--management.endpoints.web.exposure.include=refresh",
            f"--spring.config.import=file:{self.root}/secret/application.properties",
        ]  # fmt: skip
        self.started("service", ["java", "-cp", classes, *arguments])

        def password():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/password", timeout=5) as answer:
                return answer.read().decode()

        self.wait_for("the service", lambda: password() == first)
        self.client.put_secret_value(SecretId="app", SecretString=json.dumps({"app.password": second}))
        self.wait_for("the second password", lambda: password() == second)
        self.assert_stopped(watch)


if __name__ == "__main__":
    unittest.main(verbosity=2)
