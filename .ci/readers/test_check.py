#!/usr/bin/env python3
"""That the harness finds what it looks for: converters that are wrong in known ways, and the real readers.

    python3 .ci/readers/test_check.py
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
CONVERTER = """#!{python}
import json, sys
secret = json.loads(sys.stdin.buffer.read())
name, value = next(iter(secret.items()))
{body}
"""


class Harness(unittest.TestCase):
    def check(self, body, pair, only):
        """What `check.py` prints of a converter that knows one string value."""
        with tempfile.TemporaryDirectory() as directory:
            converter = pathlib.Path(directory) / "converter"
            converter.write_text(CONVERTER.format(python=sys.executable, body=body))
            converter.chmod(0o755)
            command = [HERE / "check.py", "--binary", converter, "--count", "0", "--pair", pair, "--only", only]
            done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, done.stdout

    def test_an_exact_file_passes(self):
        status, printed = self.check("print(f'{name}={value}')", "env/docker", "value: space inside")
        self.assertEqual(status, 0, printed)
        self.assertIn("1 passed, 0 failed", printed)

    def test_a_value_that_reads_back_otherwise_is_wrong(self):
        status, printed = self.check("print(f'{name}=\"{value}\"')", "env/posix", "value: dollar name")
        self.assertEqual(status, 1)
        self.assertRegex(printed, "WRONG: env/posix: value: dollar name: dash: 'VALUE' reads 'a'")

    def test_an_extra_variable_is_wrong(self):
        status, printed = self.check("print(f'{name}={value}')", "env/docker", "value: newline assignment")
        self.assertEqual(status, 1)
        self.assertIn("WRONG", printed)

    def test_a_refusal_of_what_the_reader_holds_is_over_refused(self):
        body = "print('key VALUE: no', file=sys.stderr); sys.exit(6)"
        status, printed = self.check(body, "env/dotenv", "value: dollar name")
        self.assertEqual(status, 1)
        self.assertIn("OVER-REFUSED: env/dotenv: value: dollar name", printed)

    def test_a_refusal_of_what_no_reader_holds_passes(self):
        body = "print('key VALUE: no', file=sys.stderr); sys.exit(6)"
        status, printed = self.check(body, "env/dotenv", "value: both quotes")
        self.assertEqual(status, 0, printed)

    def test_a_refusal_that_names_no_key_is_wrong(self):
        status, printed = self.check("print('no', file=sys.stderr); sys.exit(6)", "env/docker", "value: newline first")
        self.assertEqual(status, 1)
        self.assertIn("does not name ['VALUE']", printed)

    def test_a_refusal_that_shows_the_value_is_wrong(self):
        body = "print('key VALUE:', value, file=sys.stderr); sys.exit(6)"
        status, printed = self.check(body, "env/docker", "value: PEM with CR LF")
        self.assertEqual(status, 1)
        self.assertIn("shows a value", printed)

    def test_output_beside_a_refusal_is_wrong(self):
        body = "print(name); print('key VALUE: no', file=sys.stderr); sys.exit(6)"
        status, printed = self.check(body, "env/docker", "value: newline first")
        self.assertEqual(status, 1)
        self.assertIn("output on stdout", printed)

    def test_another_exit_code_is_wrong(self):
        status, printed = self.check("sys.exit(2)", "json", "object: two keys")
        self.assertEqual(status, 1)
        self.assertIn("exit 2", printed)

    def test_a_number_that_was_rewritten_is_wrong(self):
        status, printed = self.check("print(json.dumps(secret))", "json", "object: exponents")
        self.assertEqual(status, 1)
        self.assertIn("python-json", printed)

    def test_what_must_be_refused_is_wrong_when_written(self):
        status, printed = self.check("print(json.dumps(secret))", "json", "object: duplicate")
        self.assertEqual(status, 1)
        self.assertIn("accepted, but must be refused: duplicate key", printed)


class Readers(unittest.TestCase):
    """Every reader of the manifest reads a plain file, and says so when it cannot read one."""

    MANIFEST = json.loads((HERE / "readers.json").read_text())

    def read(self, name, *contents):
        command, *options = self.MANIFEST["readers"][name]["command"]
        with tempfile.TemporaryDirectory() as directory:
            paths = []
            for number, content in enumerate(contents):
                path = pathlib.Path(directory) / str(number)
                if isinstance(content, dict):
                    path.mkdir()
                    for file, data in content.items():
                        (path / file).write_bytes(data)
                else:
                    path.write_bytes(content)
                paths.append(path)
            done = subprocess.run([HERE / "read" / command, *options, *paths], capture_output=True)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    LOGINS = {
        "pgpass": (
            [b"h:1:d:u:p\n", b"# h:1:d:u:p\n*:*:*:v:q\n"],
            [{"host": "h", "port": "1", "dbname": "d", "username": "u", "password": "p"}, {"username": "v", "password": "q"}],
        ),
        "mycnf": ([b"[client]\nuser=u # c\n", b"[mysql]\ndatabase='d#'\n"], [{"username": "u"}, {"dbname": "d#"}]),
        "netrc": (
            [f"machine h.example.com login u password {password}\n".encode() for password in ("p", '"p q"')],
            [{"host": "h.example.com", "username": "u", "password": password} for password in ("p", "p q")],
        ),
        "dockerconfigjson": (
            [b'{"auths":{"r.example.com":{"auth":"%s"}}}' % auth for auth in (b"dTpw", b"djpx")],
            [{"registry": "r.example.com", "username": u, "password": p} for u, p in ("up", "vq")],
        ),
    }

    def test_each_reads_two_files_in_order(self):
        for pair, names in self.MANIFEST["pairs"].items():
            for name in names:
                with self.subTest(reader=name):
                    if pair in ("json", "yaml"):
                        files = [b'{"A": "1"}\n', b'{"B": "2"}\n']
                        wanted = [["m", [[["s", key], ["s", value]]]] for key, value in (("A", "1"), ("B", "2"))]
                    elif pair == "toml":
                        files = [b'A = "1"\n', b'B = "2"\n']
                        wanted = [["m", [[["s", key], ["s", value]]]] for key, value in (("A", "1"), ("B", "2"))]
                    elif pair in self.LOGINS:
                        files, wanted = self.LOGINS[pair]
                    elif pair.startswith("files/"):
                        files, wanted = [{"A": b"1"}, {"B": b"2"}], [{"A": "1"}, {"B": "2"}]
                    elif pair == "yaml/spring":
                        files, wanted = [b'"A": "1"\n', b'"B": "2"\n'], [{"A": "1"}, {"B": "2"}]
                    else:
                        quote = b"'" if pair == "env/kubernetes" else b""
                        files = [b"A=" + quote + b"1" + quote + b"\n", b"B=" + quote + b"2" + quote + b"\n"]
                        wanted = [{"A": "1"}, {"B": "2"}]
                    self.assertEqual(self.read(name, *files), (0, wanted))

    def test_a_file_that_cannot_be_read_is_null(self):
        broken = {"kubelet": b"A=x\n", "kubectl": b"a b=1\n", "docker": b"a b=1\n", "podman": b"=1\n", "dotenvy": b"A='1\n",
                  "compose-2.26": b"A='1\n", "compose-go": b"A='1\n", "dash": b"A='1\n", "systemd-252": b"A=\xff\n",
                  "java-properties": b"A=\\u12\n", "spring-4.1": b"A=${b}\n", "smallrye-3.17": b"A=\n",
                  "phpdotenv": b"a b=1\n", "python-json": b"{", "psych": b'{"a": "b', "snakeyaml-2": b'{"a": "b',
                  "spring-yaml-4.1": b'"a": "#{"\n', "jackson-yaml": b'{"a": "b', "tomllib": b"a = \n", "rust-toml": b"a = \n", "smol-toml": b"a = \n",
                  "go-toml-2": b"a = \n", "burntsushi-toml": b"a = \n", "mariadb": b"user=u\n",
                  "python-netrc": b"machine h pass\n", "docker-logins": b"{", "podman-logins": b"{", "kubelet-logins": b"{"}
        for name, content in broken.items():
            with self.subTest(reader=name):
                self.assertEqual(self.read(name, content), (1, [None]))


if __name__ == "__main__":
    unittest.main()
