"""The fake as the clients that others wrote see it: AWS's SDK for Java and the AWS CLI. boto3 is in .ci/moto/parity.py.

Run by .ci/run after .ci/clients/install, with FAKE naming secretfetch-fake; any Python with .ci/requirements.txt will do:

    FAKE=target/debug/secretfetch-fake python -m unittest -v .ci/clients/test_clients.py
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE.parent / ".tools"
FAKE = str(pathlib.Path(os.environ["FAKE"]).resolve(strict=True))
TIMEOUT_SECONDS = 120

# One for each function of Client.java and of cli.sh.
CASES = (
    "values",
    "versions",
    "pages",
    "batch",
    "tags",
    "deletion",
    "rotation",
    "replicas",
    "policies",
    "passwords",
    "errors",
)


class Client:
    """What a client does at a fake that nobody has used before."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.root = holder.name
        fake = subprocess.Popen(
            [FAKE, "--port", "0", "--region", "us-east-1,us-east-2"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={"PATH": "/usr/bin:/bin"},
        )
        self.addCleanup(fake.stdout.close)
        self.addCleanup(fake.wait, TIMEOUT_SECONDS)
        self.addCleanup(fake.terminate)
        self.url = fake.stdout.readline().strip()

    def check(self, case):
        environment = {
            "PATH": f"{pathlib.Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": self.root,
            "LC_ALL": "C.UTF-8",
            "PYTHONUTF8": "1",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        done = subprocess.run(
            self.command(case),
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Java(Client, unittest.TestCase):
    def command(self, case):
        classes = f"{TOOLS}/classes/clients:{TOOLS}/jars/aws-sdk/*"
        return ["java", "-XX:TieredStopAtLevel=1", "-cp", classes, "Client", self.url, case]


class AwsCli(Client, unittest.TestCase):
    def command(self, case):
        return ["bash", str(HERE / "cli.sh"), case]


def add_tests():
    for client in (Java, AwsCli):
        for case in CASES:
            setattr(client, f"test_{case}", lambda self, case=case: self.check(case))


add_tests()


if __name__ == "__main__":
    unittest.main(verbosity=2)
