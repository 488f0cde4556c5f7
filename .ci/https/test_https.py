"""The built binary against nginx: files over TLS, with passwords, tokens, client certificates, redirects and ETags.

Run by .ci/run with SECRETFETCH naming the binary; it needs nginx and openssl:

    SECRETFETCH=target/debug/secretfetch python3 -m unittest -v .ci/https/test_https.py
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import unittest

BINARY = str(pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True))
NGINX = "/usr/sbin/nginx"
TIMEOUT_SECONDS = 30

TOKEN = "t0ken-of-a-robot"
PASSWORD = "p@ss:wörd"
TEXT = '{"user": "app",  "ratio": 1.0}\r\n'.encode()
BYTES = bytes(range(256)) * 40

# All that nginx writes stays in the directory. It compresses whatever it is allowed to.
CONFIGURATION = """
daemon off;
worker_processes 1;
pid {root}/nginx.pid;
error_log {root}/error.log;
{user}
events {{}}
http {{
    log_format tagged '$status $request_uri';
    access_log {root}/access.log tagged;
    client_body_temp_path {root}/tmp; proxy_temp_path {root}/tmp; fastcgi_temp_path {root}/tmp;
    uwsgi_temp_path {root}/tmp; scgi_temp_path {root}/tmp;
    types {{ application/json json; text/html html; }}
    default_type application/octet-stream;
    gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any;
    root {root}/files;
    ssl_certificate {root}/server.pem;
    ssl_certificate_key {root}/server-key.pem;
    server {{
        listen 127.0.0.1:{open} ssl;
        location /basic/ {{ alias {root}/files/; auth_basic files; auth_basic_user_file {root}/passwords; }}
        location /token/ {{ alias {root}/files/; if ($http_authorization != "Bearer {token}") {{ return 401; }} }}
        location /here/ {{ rewrite ^/here/(.*)$ /$1 redirect; }}
        location /elsewhere/ {{ return 301 https://localhost:{closed}$request_uri; }}
        location /circle {{ return 302 /circle; }}
        location /slow/ {{ alias {root}/files/; limit_rate 1k; }}
        location /limited {{ add_header retry-after 1 always; return 429; }}
        location /login {{ default_type text/html; return 200 "<!DOCTYPE html><title>log in</title>"; }}
        location /secret/ {{ deny all; }}
    }}
    server {{
        listen 127.0.0.1:{closed} ssl;
        ssl_client_certificate {root}/authority.pem;
        ssl_verify_client on;
    }}
}}
"""

root = None
nginx = None
ports = {}


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True, **options).stdout


def certify(name, common_name):
    """A certificate of the authority, and its key."""
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={common_name}",
            "-keyout", root / f"{name}-key.pem", "-out", root / "request.pem")
    extensions = root / "extensions"
    extensions.write_text("subjectAltName = DNS:localhost\n")
    openssl("x509", "-req", "-in", root / "request.pem", "-CA", root / "authority.pem", "-CAkey",
            root / "authority-key.pem", "-days", "2", "-extfile", extensions, "-out", root / f"{name}.pem")


def setUpModule():
    global root, nginx
    holder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(holder.cleanup)
    root = pathlib.Path(holder.name)
    (root / "tmp").mkdir()
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=authority", "-keyout", root / "authority-key.pem", "-out", root / "authority.pem")
    certify("server", "localhost")
    certify("client", "app")
    hashed = openssl("passwd", "-apr1", "-stdin", input=PASSWORD)
    (root / "passwords").write_text(f"app:{hashed}")
    files = root / "files"
    (files / "a b").mkdir(parents=True)
    (files / "secret").mkdir()
    for name, content in {"app.json": TEXT, "bytes": BYTES, "empty": b"", "a b/ü.json": TEXT,
                          "secret/x": b"x", "large": b"x" * (1 << 20), "larger": b"x" * ((1 << 20) + 1)}.items():
        (files / name).write_bytes(content)
    for name in ("open", "closed"):
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports[name] = free.getsockname()[1]
    user = "user root;" if os.getuid() == 0 else ""
    (root / "nginx.conf").write_text(CONFIGURATION.format(root=root, user=user, token=TOKEN, **ports))
    nginx = subprocess.Popen([NGINX, "-p", str(root), "-c", str(root / "nginx.conf"), "-e", str(root / "error.log")])
    unittest.addModuleCleanup(stop)
    until(lambda: all(is_open(port) for port in ports.values()))


def stop():
    nginx.send_signal(signal.SIGTERM)
    nginx.wait(timeout=TIMEOUT_SECONDS)


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition):
    end = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert nginx.poll() is None, (root / "error.log").read_text()
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)


class Https(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.directory = pathlib.Path(holder.name)
        self.keep_secrets(token=TOKEN)

    def keep_secrets(self, **more):
        """The store that has the secrets of the store that is tested."""
        client = {"certificate": (root / "client.pem").read_text(), "key": (root / "client-key.pem").read_text()}
        secrets = {"client": json.dumps(client), "login": json.dumps({"user": "app", "password": PASSWORD}), **more}
        new = self.directory / "new.json"
        new.write_text(json.dumps(secrets))
        new.rename(self.directory / "secrets.json")

    def secret(self, name, key=None):
        return {"secretId": name, "store": "file:secrets.json"} | ({"key": key} if key else {})

    def configure(self, secret_id, file=None, port="open", path="", **settings):
        store = {"url": f"https://localhost:{ports[port]}/{path}", "caBundle": str(root / "authority.pem"), **settings}
        store = {name: setting for name, setting in store.items() if setting is not None}
        config = {"directory": "out", "stores": {"web": {"https": store}}, "store": "web", "timeout": "8s",
                  "files": [{"path": "file", "secretId": secret_id, **(file or {})}]}
        (self.directory / "config.json").write_text(json.dumps(config))

    def run_binary(self, command, *arguments):
        return subprocess.run([BINARY, command, "--config", "config.json", *arguments], cwd=self.directory,
                              capture_output=True, timeout=TIMEOUT_SECONDS, env={"HOME": str(self.directory)})

    def fetch(self, secret_id, **settings):
        self.configure(secret_id, **settings)
        done = self.run_binary("fetch")
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return (self.directory / "out" / "file").read_bytes()

    def remove(self):
        (self.directory / "out" / "file").unlink()

    def fail_with(self, code, words, secret_id, **settings):
        self.configure(secret_id, **settings)
        done = self.run_binary("fetch")
        message = done.stderr.decode()
        self.assertEqual(done.returncode, code, message)
        for word in words:
            self.assertIn(word, message)
        for private in (TOKEN, PASSWORD, "PRIVATE KEY"):
            self.assertNotIn(private, message)
        self.assertFalse((self.directory / "out" / "file").exists())
        return message

    def test_a_file_is_written_byte_for_byte(self):
        for name, content in (("app.json", TEXT), ("bytes", BYTES), ("empty", b""), ("a b/ü.json", TEXT),
                              ("a%20b/%C3%BC.json?x=y", TEXT), ("/app.json", TEXT), ("large", b"x" * (1 << 20))):
            self.assertEqual(self.fetch(name), content, name)

    def test_a_file_is_converted(self):
        text = self.fetch("app.json", file={"format": "env", "keys": {"USER_NAME": "user", "RATIO": "ratio"}})
        self.assertEqual(text, b"USER_NAME=app\nRATIO=1.0\n")

    def test_who_asks_is_known_by_a_token(self):
        self.assertEqual(self.fetch("app.json", path="token", bearer=self.secret("token")), TEXT)
        self.remove()
        self.fail_with(4, ["HTTP status 401", "`bearer`"], "app.json", path="token")
        self.keep_secrets(token="another")
        self.fail_with(4, ["HTTP status 401", "secret `token`"], "app.json", path="token", bearer=self.secret("token"))
        self.keep_secrets(token=TOKEN + "\n")
        self.fail_with(4, ["ends with a line break", "secret `token`"], "app.json", path="token",
                       bearer=self.secret("token"))

    def test_who_asks_is_known_by_a_user_and_a_password(self):
        password = self.secret("login", "password")
        for username in ("app", self.secret("login", "user")):
            basic = {"username": username, "password": password}
            self.assertEqual(self.fetch("app.json", path="basic/", basic=basic), TEXT)
        self.remove()
        self.fail_with(4, ["HTTP status 401"], "app.json", path="basic/", basic={"username": "else", "password": password})

    def test_who_asks_is_known_by_a_certificate(self):
        identity = {"certificate": self.secret("client", "certificate"), "privateKey": self.secret("client", "key")}
        self.assertEqual(self.fetch("app.json", port="closed", clientCertificate=identity), TEXT)
        self.remove()
        # nginx says it in an answer, not by an alert.
        self.fail_with(5, ["HTTP status 400", "`clientCertificate`"], "app.json", port="closed")

    def test_an_authority_that_is_not_named_is_not_trusted(self):
        self.fail_with(2, ["unknown authority", "`caBundle`"], "app.json", caBundle=None)

    def test_what_is_not_there_or_not_to_be_read_is_told(self):
        self.fail_with(3, ["HTTP status 404"], "absent")
        self.fail_with(4, ["HTTP status 403"], "secret/x")
        self.fail_with(6, ["larger than 1 MiB"], "larger")
        self.fail_with(6, ["larger than 10 bytes", "`maxBytes`"], "app.json", maxBytes=10)
        self.fail_with(6, ["HTML"], "login", file={"format": "json"})
        self.fail_with(5, ["HTTP status 429"], "limited")
        self.fail_with(2, ["leads out of"], "../passwords")

    def test_a_file_that_comes_too_slowly_is_given_up_in_time(self):
        begun = time.monotonic()
        self.fail_with(5, ["was not complete"], "slow/large")
        self.assertLess(time.monotonic() - begun, 10)

    def test_a_redirect_is_followed_on_the_same_server_alone(self):
        self.assertEqual(self.fetch("here/app.json"), TEXT)
        self.remove()
        message = self.fail_with(5, ["redirects to", f"https://localhost:{ports['closed']}"], "elsewhere/app.json")
        self.assertNotIn("VPC", message)
        self.fail_with(5, ["more than 5 times"], "circle")

    def test_what_has_not_changed_is_not_sent_again(self):
        name = root / "files" / "watched"
        name.write_bytes(b"old")
        self.configure("watched")
        arguments = [BINARY, "watch", "--config", "config.json", "--interval", "1s"]
        watch = subprocess.Popen(arguments, cwd=self.directory, stderr=subprocess.PIPE, env={"HOME": str(self.directory)})
        self.addCleanup(watch.stderr.close)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.kill)
        written = self.directory / "out" / "file"
        asked = lambda: [line.split()[0] for line in (root / "access.log").read_text().splitlines() if "/watched" in line]
        until(lambda: asked().count("304") >= 2)
        self.assertEqual(asked()[0], "200")
        self.assertEqual(asked().count("200"), 1)
        self.assertEqual(written.read_bytes(), b"old")
        name.write_bytes(b"newer")
        until(lambda: written.read_bytes() == b"newer")
        self.assertEqual(asked().count("200"), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
