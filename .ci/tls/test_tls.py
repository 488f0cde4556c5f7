"""What the built binary writes as `pem` and `pkcs12`, read by OpenSSL, nginx, HAProxy, Python and the JVM.

Run by .ci/run with SECRETFETCH naming the binary; it needs openssl, nginx, haproxy and a JDK (17 or later):

    SECRETFETCH=target/debug/secretfetch python3 -m unittest -v .ci/tls/test_tls.py
"""

import base64
import functools
import hashlib
import itertools
import json
import os
import pathlib
import random
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

BINARY = str(pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True))
HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT_SECONDS = 60

PASSWORD = "p@ss \"w'0rd\\$"
ALIAS = "server-1"

# What `openssl genpkey` is told of each algorithm.
ALGORITHMS = {
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "p521": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "ed25519": ["-algorithm", "ED25519"],
}


def run(*command, **options):
    options = {"check": True, "capture_output": True, "timeout": TIMEOUT_SECONDS, **options}
    return subprocess.run([str(word) for word in command], **options)


def text(*command):
    return run(*command).stdout.decode()


class Authority:
    """A chain of certificates: the leaf, and those that signed it, the root last."""

    def __init__(self, root, algorithm, length):
        self.root = root / f"{algorithm}-{length}-{random.randrange(1 << 32)}"
        self.root.mkdir()
        names = ["leaf", "middle", "root"][:length - 1] + ["root"] if length > 1 else ["leaf"]
        for name, issuer in reversed(list(zip(names, names[1:] + [None]))):
            key, certificate = self.root / f"{name}.key", self.root / f"{name}.crt"
            key.write_text(text("openssl", "genpkey", *ALGORITHMS[algorithm]))
            signer = ["-CA", self.root / f"{issuer}.crt", "-CAkey", self.root / f"{issuer}.key"] if issuer else []
            extension = "subjectAltName=DNS:localhost" if name == "leaf" else "basicConstraints=critical,CA:TRUE"
            run("openssl", "req", "-x509", "-new", "-key", key, "-days", 30, "-subj", f"/CN={name} of {algorithm}",
                "-addext", extension, *signer, "-out", certificate)
        self.leaf, *self.chain = [(self.root / f"{name}.crt").read_text() for name in names]
        self.key = (self.root / "leaf.key").read_text()
        self.certificates = [self.leaf, *self.chain]

    def key_as(self, form):
        key = self.root / "leaf.key"
        return {
            "pkcs8": lambda: self.key,
            "traditional": lambda: text("openssl", "pkey", "-in", key, "-traditional"),
            "version 1": lambda: self.key_with_its_public_key(),
            "der": lambda: base64.b64encode(run("openssl", "pkey", "-in", key, "-outform", "DER").stdout).decode(),
        }[form]()

    def key_with_its_public_key(self):
        """As ring and rcgen write an Ed25519 key (RFC 5958), which OpenSSL 3.0 does not read."""
        private = run("openssl", "pkey", "-in", self.root / "leaf.key", "-outform", "DER").stdout
        public = run("openssl", "pkey", "-in", self.root / "leaf.key", "-pubout", "-outform", "DER").stdout[-32:]
        content = bytes([2, 1, 1]) + private[5:] + bytes([0x81, 33, 0]) + public
        return base64.b64encode(bytes([0x30, len(content)]) + content).decode()

    def trusted(self):
        return self.certificates[-1]


def converted(secret, *options):
    result = run(BINARY, "convert", *options, input=json.dumps(secret).encode(), check=False)
    if result.returncode:
        raise AssertionError(f"exit {result.returncode}: {result.stderr.decode()}")
    return result.stdout


def der(pem):
    body = re.sub(r"-----[A-Z ]+-----|\s", "", pem)
    return base64.b64decode(body)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def blocks(pem):
    return re.findall(r"-----BEGIN [A-Z ]+-----\n.*?-----END [A-Z ]+-----\n", pem, re.S)


def for_each_case(check):
    @functools.wraps(check)
    def test(self):
        for particular, authority, secret in self.cases():
            with self.subTest(**particular):
                check(self, authority, secret)
    return test


class TlsFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.root = pathlib.Path(cls.directory.name)
        cls.root.chmod(0o755)
        cls.authorities = {
            (algorithm, length): Authority(cls.root, algorithm, length)
            for algorithm, length in itertools.product(ALGORITHMS, (1, 2, 3))
        }
        run("javac", "-Xlint:all", "-d", cls.root / "classes", HERE / "KeyStoreReader.java")

    def cases(self):
        """Each authority with a secret of it whose chain is in no particular order, and what is particular of it."""
        order = random.Random(19)
        for (algorithm, length), authority in self.authorities.items():
            chain = [*authority.chain, *authority.chain[:1]]
            order.shuffle(chain)
            # Ed25519 came later than the forms before PKCS#8.
            for form in ("pkcs8", "version 1", "der") if algorithm == "ed25519" else ("pkcs8", "traditional", "der"):
                yield {"algorithm": algorithm, "length": length, "key": form}, authority, {
                    "certificate": authority.leaf,
                    "chain": "".join(chain),
                    "privateKey": authority.key_as(form),
                    "password": PASSWORD,
                    "alias": ALIAS,
                }

    def write(self, name, content):
        path = self.root / name
        path.write_bytes(content)
        return path

    @for_each_case
    def test_openssl_verifies_the_chain_and_the_key(self, authority, secret):
        bundle = converted(secret, "--format", "pem").decode()
        key, *certificates = blocks(bundle)
        self.assertEqual(bundle, key + "".join(certificates))
        self.assertEqual(certificates, authority.certificates)
        self.assertEqual(converted(secret, "--format", "pem", "--dialect", "fullchain").decode(), "".join(certificates))
        self.assertEqual(converted(secret, "--format", "pem", "--dialect", "key").decode(), key)
        path = self.write("bundle.pem", bundle.encode())
        public = text("openssl", "pkey", "-in", path, "-pubout")
        self.assertEqual(public, text("openssl", "x509", "-in", path, "-noout", "-pubkey"))
        run("openssl", "pkey", "-in", path, "-check", "-noout")
        root = self.write("root.pem", authority.trusted().encode())
        run("openssl", "verify", "-CAfile", root, "-untrusted", path, path)

    @for_each_case
    def test_openssl_and_java_read_the_key_store(self, authority, secret):
        path = self.write("store.p12", converted(secret, "--format", "pkcs12"))
        self.assertEqual(path.read_bytes(), converted(secret, "--format", "pkcs12"), "the same twice")
        password = ["-passin", f"pass:{PASSWORD}"]
        read = text("openssl", "pkcs12", "-in", path, "-nodes", *password)
        self.assertIn(f"friendlyName: {ALIAS}", read)
        key = next(block for block in blocks(read) if "PRIVATE KEY" in block)
        self.assertEqual(der(key), der(authority.key))
        certificates = [block for block in blocks(read) if "CERTIFICATE" in block]
        self.assertEqual(sorted(certificates), sorted(authority.certificates))
        info = run("openssl", "pkcs12", "-in", path, "-info", "-noout", *password).stderr.decode()
        self.assertIn("MAC: sha256, Iteration 10000", info)
        self.assertEqual(info.count("PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256"), 2, info)
        java = text("java", "-cp", self.root / "classes", "KeyStoreReader", path, PASSWORD)
        expected = [ALIAS, "PKCS#8", sha256(der(authority.key)), *(sha256(der(pem)) for pem in authority.certificates)]
        self.assertEqual(java.split(), expected)
        wrong = run("openssl", "pkcs12", "-in", path, "-noout", "-passin", "pass:wrong", check=False)
        self.assertIn(b"invalid password", wrong.stderr)

    def test_openssl_takes_apart_what_it_put_together(self):
        """The other way round: what `openssl pkcs12` prints is a bundle with attributes around its blocks."""
        authority = self.authorities["rsa", 3]
        path = self.write("store.p12", converted(
            {"certificate": authority.leaf, "chain": "".join(authority.chain), "privateKey": authority.key,
             "password": PASSWORD}, "--format", "pkcs12"))
        printed = text("openssl", "pkcs12", "-in", path, "-nodes", "-passin", f"pass:{PASSWORD}")
        bundle = converted({"certificate": printed}, "--format", "pem").decode()
        self.assertEqual(blocks(bundle)[1:], authority.certificates)

    @for_each_case
    def test_nginx_takes_the_files(self, authority, secret):
        bundle = self.write("bundle.pem", converted(secret, "--format", "pem"))
        key = self.write("key.pem", converted(secret, "--format", "pem", "--dialect", "key"))
        full = self.write("full.pem", converted(secret, "--format", "pem", "--dialect", "fullchain"))
        for certificate, key in ((full, key), (bundle, bundle)):
            configuration = self.write("nginx.conf", self.nginx(certificate, key).encode())
            run("/usr/sbin/nginx", "-t", "-p", self.root, "-c", configuration, "-e", self.root / "error.log")

    def nginx(self, certificate, key, port=1):
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = " ".join(f"{kind}_temp_path {self.root}/tmp;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return f"""daemon off; worker_processes 1; pid {self.root}/nginx.pid; {user} events {{}}
http {{ access_log off; {temporary}
    server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; }} }}
"""

    def haproxy(self, bundle, port=1):
        return f"""global
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend tls
    bind 127.0.0.1:{port} ssl crt {bundle}
    http-request return status 200
"""

    @for_each_case
    def test_haproxy_takes_the_bundle(self, authority, secret):
        bundle = self.write("bundle.pem", converted(secret, "--format", "pem"))
        configuration = self.write("haproxy.cfg", self.haproxy(bundle).encode())
        run("haproxy", "-c", "-f", configuration)

    def test_what_is_sent_is_the_chain(self):
        """Of a server that is running, over TLS."""
        for algorithm in ALGORITHMS:
            authority = self.authorities[algorithm, 3]
            secret = {"certificate": authority.leaf, "chain": "".join(reversed(authority.chain)), "privateKey": authority.key}
            bundle = self.write("bundle.pem", converted(secret, "--format", "pem"))
            for write, command in (
                (self.nginx, ["/usr/sbin/nginx", "-p", self.root, "-e", self.root / "error.log", "-c"]),
                (self.haproxy, ["haproxy", "-db", "-f"]),
            ):
                with self.subTest(algorithm=algorithm, server=command[0]), socket.socket() as free:
                    free.bind(("127.0.0.1", 0))
                    port = free.getsockname()[1]
                    free.close()
                    arguments = (bundle, bundle, port) if write == self.nginx else (bundle, port)
                    configuration = self.write("server.conf", write(*arguments).encode())
                    self.assert_served([*command, configuration], authority, port)

    def assert_served(self, command, authority, port):
        server = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            root = self.write("root.pem", authority.trusted().encode())
            context = ssl.create_default_context(cafile=root)
            end = time.monotonic() + TIMEOUT_SECONDS
            while True:
                try:
                    with socket.create_connection(("127.0.0.1", port), 1) as plain:
                        with context.wrap_socket(plain, server_hostname="localhost") as secure:
                            self.assertEqual(secure.getpeercert(binary_form=True), der(authority.leaf))
                    break
                except ConnectionRefusedError:
                    if server.poll() is not None or time.monotonic() > end:
                        raise
                    time.sleep(0.05)
            shown = text("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost", "-showcerts")
            self.assertEqual(blocks(shown)[:3], authority.certificates)
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=TIMEOUT_SECONDS)

    @for_each_case
    def test_python_loads_the_bundle(self, authority, secret):
        bundle = self.write("bundle.pem", converted(secret, "--format", "pem"))
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(bundle)

    def test_an_encrypted_key_is_read_with_its_passphrase(self):
        for algorithm in ("rsa", "p256"):
            for options in ([], ["-traditional"]):
                authority = self.authorities[algorithm, 2]
                key = text("openssl", "pkey", "-in", authority.root / "leaf.key", "-aes256", "-passout", "pass:hunter2", *options)
                secret = {"certificate": authority.leaf, "privateKey": key}
                bundle = self.write("bundle.pem", converted(secret, "--format", "pem"))
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(bundle, password="hunter2")
                result = run(BINARY, "convert", "--format", "pem", input=json.dumps(secret).encode())
                self.assertIn(b"`privateKey` is encrypted", result.stderr)

    def test_what_nginx_would_not_start_with_is_refused_before(self):
        for algorithm in ALGORITHMS:
            authority, other = self.authorities[algorithm, 2], self.authorities[algorithm, 3]
            wrong = {"certificate": authority.leaf, "chain": "".join(authority.chain), "privateKey": other.key}
            foreign = {"certificate": authority.leaf, "chain": "".join(other.chain), "privateKey": authority.key}
            for secret, words in ((wrong, "does not belong to"), (foreign, "signed none of the others")):
                for options in (["pem"], ["pkcs12"]):
                    result = run(BINARY, "convert", "--format", *options, input=json.dumps(secret).encode(), check=False)
                    self.assertEqual(result.returncode, 6)
                    self.assertEqual(result.stdout, b"")
                    self.assertIn(words, result.stderr.decode())


if __name__ == "__main__":
    unittest.main(verbosity=2)
