"""`secretfetch exec` before real programs: what a shell, the JVM, node, Python and Perl find in their environment, and the
program as the first process of a container, without an init beside it.

Run by .ci/run as root with SECRETFETCH naming the static binary, and podman, runc, busybox-static, a JDK and node installed:

    SECRETFETCH=… python3 .ci/exec/test_exec.py
"""

import base64
import functools
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "readers"), str(HERE.parent / "pod")]

import corpus  # noqa: E402
from containers import Podman  # noqa: E402

BINARY = pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True)
TIMEOUT_SECONDS = 60
# All that a program needs besides: what is in the locale's charset, the JVM decodes.
SURROUNDINGS = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def values():
    """What the readers of files are tried with, and as much from a generator; no variable holds a NUL."""
    random_ = random.Random(1)
    texts = list(corpus.VALUES.values()) + [corpus.random_value(random_) for _ in range(400)]
    texts += ["", "x" * (32 * os.sysconf("SC_PAGE_SIZE") - 1 - len("V9999="))]
    return [text for text in texts if "\0" not in text and is_unicode(text)]


def is_unicode(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


SECRET = {f"V{n}": value for n, value in enumerate(values())}
# Names that a shell has no way to say, and execve(2) takes all the same.
ODD = {"a.b-c": "1", "ä ö": "2", "1": "3", "x\ny": "4", "%": "5", "-": "6", "'": '7', "a[0]": "8"}


def nul_separated(output):
    pairs = (line.partition(b"=") for line in output.split(b"\0") if line)
    return {name.decode(): value.decode() for name, _, value in pairs}


def printed_by_a_shell(output):
    return dict(zip(SECRET, (value.decode() for value in output.split(b"\0")), strict=False))


def from_json(output):
    return json.loads(output)


def from_base64_lines(output):
    pairs = (line.split(b" ") for line in output.splitlines())
    decode = lambda text: base64.b64decode(text).decode()  # noqa: E731
    return {decode(name): decode(value) for name, value in pairs}


SHELL_SCRIPT = "printf '%s\\0' " + " ".join(f'"${{{name}}}"' for name in SECRET)
PERL_SCRIPT = 'print map { "$_=$ENV{$_}\\0" } keys %ENV'
PYTHON_SCRIPT = "import os, sys\nfor k, v in os.environb.items(): sys.stdout.buffer.write(k + b'=' + v + b'\\0')"
NODE_SCRIPT = "process.stdout.write(JSON.stringify(process.env))"


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="secretfetch-exec-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        (cls.work / "secrets.json").write_text(json.dumps({"all": SECRET, "odd": ODD}))
        subprocess.run(["javac", "-d", cls.work, HERE / "Environment.java"], check=True)

    def found(self, secret, program, read):
        command = [BINARY, "exec", "-q", "--store", f"file:{self.work}/secrets.json", "--secret-id", secret, "--"]
        done = subprocess.run(
            [*map(str, command), *map(str, program)],
            env=SURROUNDINGS, cwd=self.work, capture_output=True, timeout=TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return read(done.stdout)

    def assert_finds(self, program, read, secret="all", expected=None):
        found = self.found(secret, program, read)
        for name, value in (expected or SECRET).items():
            self.assertEqual(found.get(name), value, f"{name} in {program[0]}")

    def test_env(self):
        self.assert_finds(["env", "-0"], nul_separated)
        self.assert_finds(["env", "-0"], nul_separated, "odd", ODD)

    def test_dash(self):
        self.assert_finds(["/bin/dash", "-c", SHELL_SCRIPT], printed_by_a_shell)

    def test_bash(self):
        self.assert_finds(["/bin/bash", "-c", SHELL_SCRIPT], printed_by_a_shell)

    def test_busybox(self):
        self.assert_finds(["/bin/busybox", "sh", "-c", SHELL_SCRIPT], printed_by_a_shell)

    def test_perl(self):
        self.assert_finds(["perl", "-e", PERL_SCRIPT], nul_separated)
        self.assert_finds(["perl", "-e", PERL_SCRIPT], nul_separated, "odd", ODD)

    def test_python(self):
        self.assert_finds([sys.executable, "-c", PYTHON_SCRIPT], nul_separated)
        self.assert_finds([sys.executable, "-c", PYTHON_SCRIPT], nul_separated, "odd", ODD)

    def test_node(self):
        self.assert_finds([node(), "-e", NODE_SCRIPT], from_json)
        # An array index is no name to JavaScript.
        odd = {name: value for name, value in ODD.items() if name != "1"}
        self.assert_finds([node(), "-e", NODE_SCRIPT], from_json, "odd", odd)

    def test_the_jvm(self):
        self.assert_finds(["java", "-cp", ".", "Environment"], from_base64_lines)
        self.assert_finds(["java", "-cp", ".", "Environment"], from_base64_lines, "odd", ODD)


def node():
    found = shutil.which("node") or os.environ.get("NODE24")
    if not found:
        raise AssertionError("there is no node on this machine")
    return found


class Containers(unittest.TestCase):
    """`exec` as the entry point of an image FROM scratch that has nothing but a program beside it."""

    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="secretfetch-exec-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        cls.podman = functools.partial(Podman(cls.work), timeout=TIMEOUT_SECONDS, text=False)
        image = cls.work / "image"
        image.mkdir()
        shutil.copy(BINARY, image / "secretfetch")
        shutil.copy("/bin/busybox", image / "busybox")
        (image / "secrets.json").write_text(json.dumps({"all": SECRET}))
        (image / "Dockerfile").write_text(
            "FROM scratch\nCOPY secretfetch busybox secrets.json /\n"
            'ENTRYPOINT ["/secretfetch", "exec", "-q", "--store", "file:/secrets.json", "--secret-id", "all", "--"]\n'
        )
        cls.podman("build", "--pull=never", "--tag", "localhost/exec", image)

    def run_program(self, *program, check=True):
        flags = ["run", "--rm", "--network", "none", "--user", "65532:65532", "--read-only"]
        return self.podman(*flags, "localhost/exec", *program, check=check)

    def test_the_environment_is_exact(self):
        found = nul_separated(self.run_program("/busybox", "env", "-0").stdout)
        self.assertEqual({name: found.get(name) for name in SECRET}, SECRET)

    def test_the_program_is_the_first_process_and_its_exit_code_the_containers(self):
        done = self.run_program("/busybox", "sh", "-c", "echo $$; exit 42", check=False)
        self.assertEqual((done.returncode, done.stdout), (42, b"1\n"))

    def test_a_program_that_is_not_there_has_the_code_of_env(self):
        self.assertEqual(self.run_program("/no/such/program", check=False).returncode, 127)
        self.assertEqual(self.run_program("/secrets.json", check=False).returncode, 126)

    def test_it_is_stopped_as_any_other(self):
        script = "trap 'exit 7' TERM; echo ready; while :; do /busybox sleep 0.1; done"
        self.podman("run", "--detach", "--name", "stopped", "--network", "none", "localhost/exec", "/busybox", "sh", "-c", script)
        self.addCleanup(self.podman, "rm", "--force", "stopped")
        until = time.monotonic() + TIMEOUT_SECONDS
        while b"ready" not in self.podman("logs", "stopped").stdout:
            self.assertLess(time.monotonic(), until, "the program did not start")
            time.sleep(0.1)
        self.podman("stop", "--time", "20", "stopped")
        state = json.loads(self.podman("inspect", "--type", "container", "stopped").stdout)[0]["State"]
        self.assertEqual(state["ExitCode"], 7)


if __name__ == "__main__":
    unittest.main(verbosity=2)
