"""What the tests of the built binary against servers of others have in common."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

BINARY = str(pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True))
REGION = "ca-central-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "testing"}
TIMEOUT_SECONDS = 30


class Case(unittest.TestCase):
    """A fresh directory, a clean environment, and the binary."""

    maxDiff = None
    endpoint = None

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.root = pathlib.Path(holder.name)
        self.out = self.root / "out"
        self.out.mkdir()

    def environment(self, **more):
        home = self.root / "home"
        home.mkdir(exist_ok=True)
        base = {"PATH": "/usr/bin:/bin", "HOME": str(home), "AWS_ENDPOINT_URL": self.endpoint, "AWS_EC2_METADATA_DISABLED": "true"}
        return base | CREDENTIALS | more

    def run_binary(self, *args, stdin=b"", **more):
        return subprocess.run(
            [BINARY, *map(str, args)],
            input=stdin,
            env=self.environment(**more),
            cwd=self.root,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
        )

    def succeed(self, *args, **more):
        done = self.run_binary(*args, **more)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done

    def fail_with(self, code, *args, names=(), **more):
        done = self.run_binary(*args, **more)
        message = done.stderr.decode()
        self.assertEqual(done.returncode, code, message)
        for name in names:
            self.assertIn(name, message)
        self.assertNothingWritten()
        return message

    def fetch(self, secret_id, *options, name="file", region=REGION):
        target = self.out / name
        regional = ["--region", region] if region else []
        done = self.succeed("fetch", "--secret-id", secret_id, *regional, "--output", target, *options)
        self.assertEqual(done.stdout, b"", "the report belongs on stderr")
        self.assertEqual([path.name for path in self.out.iterdir()], [name], "and nothing else is left")
        return target.read_bytes()

    def config(self, *files, **top):
        path = self.root / "config.json"
        path.write_text(json.dumps({"version": 1, "region": REGION, "directory": str(self.out), **top, "files": list(files)}))
        return path

    def assertNothingWritten(self):
        self.assertEqual(list(self.out.iterdir()), [])
