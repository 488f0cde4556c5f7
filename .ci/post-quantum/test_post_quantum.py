"""The built binary against OpenSSL's TLS: servers that know one key exchange only, a proxy, and a path of 1,500 bytes.

Run by .ci/run with SECRETFETCH naming the binary and NODE24 a Node.js 24 (its OpenSSL knows ML-KEM); as root, for the
path needs a network namespace of its own:

    SECRETFETCH=target/debug/secretfetch NODE24=node python3 -m unittest -v .ci/post-quantum/test_post_quantum.py
"""

import json
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import unittest

BINARY = str(pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True))
NODE = os.environ["NODE24"]
SERVER = str(pathlib.Path(__file__).with_name("server.js"))
TIMEOUT_SECONDS = 30
# A long one of an endpoint: the name is in the first message.
HOST = "secretsmanager-fips.us-gov-west-1.amazonaws.com"


class Scene(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.certificate, self.key = self.directory / "certificate.pem", self.directory / "key.pem"
        authority, authority_key = self.directory / "authority.pem", self.directory / "authority-key.pem"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=server", "-keyout", authority_key, "-out", authority])
        # rustls takes no authority's certificate for a server's, so one is made of each.
        run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=server",
             "-keyout", self.key, "-out", self.directory / "request.pem"])
        extensions = self.directory / "extensions"
        extensions.write_text("subjectAltName = IP:127.0.0.1, IP:10.99.0.1, DNS:localhost\n")
        run(["openssl", "x509", "-req", "-in", self.directory / "request.pem", "-CA", authority,
             "-CAkey", authority_key, "-days", "2", "-extfile", extensions, "-out", self.certificate])

    def serve(self, group, address="127.0.0.1", prefix=()):
        process = subprocess.Popen([*prefix, NODE, SERVER, group, self.key, self.certificate, address],
                                   stdout=subprocess.PIPE, text=True)

        def stop():
            process.kill()
            process.wait()
            process.stdout.close()

        self.addCleanup(stop)
        return process, json.loads(process.stdout.readline())["port"]

    def fetch(self, url, prefix=(), **variables):
        return subprocess.run(
            [*prefix, BINARY, "fetch", "--secret-id", "a", "--output", "-", "--timeout", "2s"],
            capture_output=True, timeout=TIMEOUT_SECONDS, check=False,
            env={"AWS_ENDPOINT_URL": url, "AWS_CA_BUNDLE": str(self.directory / "authority.pem"),
                 "AWS_REGION": "ca-central-1", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
                 "PATH": os.environ["PATH"], **variables})

    def assert_fetched(self, done):
        self.assertEqual((done.returncode, done.stdout), (0, b"value of a"), done.stderr.decode())


class KeyExchange(Scene):
    def test_a_server_that_knows_one_group_only_is_understood(self):
        for group in ["X25519MLKEM768", "X25519", "P-256", "P-384"]:
            with self.subTest(group):
                process, port = self.serve(group)
                self.assert_fetched(self.fetch(f"https://127.0.0.1:{port}"))
                seen = json.loads(process.stdout.readline())
                self.assertEqual((seen["target"], seen["protocol"]), ("secretsmanager.GetSecretValue", "TLSv1.3"))

    def test_a_server_of_a_group_that_is_not_offered_is_refused(self):
        process, port = self.serve("P-521")
        done = self.fetch(f"https://127.0.0.1:{port}")
        self.assertEqual(done.returncode, 5, done.stderr.decode())
        self.assertIn("no common TLS version, cipher or key exchange", done.stderr.decode())
        self.assertIn("refused", json.loads(process.stdout.readline()))
        # At once: it would be refused again.
        self.assertNotIn("asking again in", done.stderr.decode())


class Proxy(Scene):
    def test_one_that_speaks_tls_itself_carries_the_tls_of_the_endpoint(self):
        endpoint, port = self.serve("X25519MLKEM768")
        proxy, proxy_port = self.serve("X25519MLKEM768")
        way = f"https://me:hunter2@127.0.0.1:{proxy_port}"
        self.assert_fetched(self.fetch(f"https://localhost:{port}", HTTPS_PROXY=way))
        self.assertEqual(json.loads(proxy.stdout.readline()), {"connect": f"localhost:{port}"})
        self.assertEqual(json.loads(endpoint.stdout.readline())["target"], "secretsmanager.GetSecretValue")

    def test_one_whose_certificate_is_unknown_gets_no_request(self):
        proxy, port = self.serve("X25519MLKEM768")
        done = self.fetch("https://localhost:1", HTTPS_PROXY=f"https://me:hunter2@127.0.0.1:{port}", AWS_CA_BUNDLE="")
        self.assertEqual(done.returncode, 2, done.stderr.decode())
        words = f"the TLS certificate of the proxy 127.0.0.1:{port} (HTTPS_PROXY) is not trusted"
        self.assertIn(words, done.stderr.decode())
        self.assertNotIn("hunter2", done.stderr.decode())
        self.assertIn("refused", json.loads(proxy.stdout.readline()))


class FirstFlight(Scene):
    def test_it_has_a_share_of_the_post_quantum_key_and_fits_into_two_segments(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            records = []

            def read():
                stream, _ = listener.accept()
                with stream:
                    head = stream.recv(5, socket.MSG_WAITALL)
                    records.append(head + stream.recv(int.from_bytes(head[3:5]), socket.MSG_WAITALL))

            reader = threading.Thread(target=read)
            reader.start()
            url = f"https://localhost:{listener.getsockname()[1]}"
            self.fetch(url)
            reader.join(TIMEOUT_SECONDS)
        hello = records[0]
        length = len(hello) - len("localhost") + len(HOST)
        print(f"the first message to {HOST} has {length} bytes")
        self.assertEqual(hello[0], 22, "a handshake")
        self.assertIn(b"\x11\xec\x04\xc0", hello, "a share of X25519MLKEM768: its number, then 1,216 bytes")
        # Two segments of a path of 1,500 bytes, and ten may be sent before anything is acknowledged (RFC 6928).
        self.assertLess(length, 2 * 1448)

    def test_it_goes_through_a_path_of_1500_bytes(self):
        name = f"pq{os.getpid()}"
        inside = ["ip", "netns", "exec", name]
        run(["ip", "netns", "add", name])
        self.addCleanup(run, ["ip", "netns", "del", name])
        run(["ip", "link", "add", f"{name}o", "type", "veth", "peer", "name", f"{name}i", "netns", name])
        run(["ip", "addr", "add", "10.99.0.2/24", "dev", f"{name}o"])
        run(["ip", "link", "set", f"{name}o", "mtu", "1500", "up"])
        run([*inside, "ip", "addr", "add", "10.99.0.1/24", "dev", f"{name}i"])
        run([*inside, "ip", "link", "set", f"{name}i", "mtu", "1500", "up"])
        process, port = self.serve("X25519MLKEM768", "10.99.0.1", inside)
        self.assert_fetched(self.fetch(f"https://10.99.0.1:{port}"))
        self.assertEqual(json.loads(process.stdout.readline())["target"], "secretsmanager.GetSecretValue")


def run(command):
    subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
