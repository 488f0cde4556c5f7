"""A service's tests in Python against secretfetch-fake, which they start, prepare and ask by its control API.

    FAKE=target/debug/secretfetch-fake python examples/fake/test_service.py -v
"""

import json
import os
import pathlib
import subprocess
import unittest

import boto3
import botocore.config
import botocore.exceptions
import control

HERE = pathlib.Path(__file__).resolve().parent


class Fake:
    """secretfetch-fake on a port of its own, and its control API."""

    def __init__(self):
        command = [os.environ["FAKE"], "--port", "0", "--seed", str(HERE / "seed.json")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()

    def control(self, method, path, body=None):
        return control.ask(self.url, method, path, body)


class Service:
    """What is tested: it keeps the password, and asks again when it is told that it is wrong."""

    def __init__(self, client):
        self.client = client
        self.refresh()

    def refresh(self):
        secret = self.client.get_secret_value(SecretId="prod/db")
        self.password = json.loads(secret["SecretString"])["password"]


class ServiceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fake = Fake()
        cls.addClassCleanup(cls.fake.stop)

    def setUp(self):
        self.fake.control("POST", "reset")
        self.fake.control("POST", "seed", json.loads((HERE / "seed.json").read_text()))
        self.client = boto3.client(
            "secretsmanager",
            endpoint_url=self.fake.url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=botocore.config.Config(retries={"total_max_attempts": 3, "mode": "standard"}),
        )

    def test_a_rotated_password_is_taken(self):
        service = Service(self.client)
        before = service.password
        self.fake.control("POST", "rotate", {"secretId": "prod/db"})
        service.refresh()
        self.assertNotEqual(service.password, before)

    def test_throttling_is_waited_out(self):
        self.fake.control("POST", "faults", {"fault": "throttled", "times": 2})
        Service(self.client)
        self.assertEqual([fault["timesFired"] for fault in self.fake.control("GET", "faults")["faults"]], [2])
        requests = self.fake.control("GET", "requests")["requests"]
        self.assertEqual([request["operation"] for request in requests], ["GetSecretValue"] * 3)

    def test_a_denial_is_no_reason_to_ask_again(self):
        self.fake.control("POST", "faults", {"fault": "accessDenied", "secretId": "prod/db"})
        with self.assertRaises(botocore.exceptions.ClientError) as raised:
            Service(self.client)
        self.assertEqual(raised.exception.response["Error"]["Code"], "AccessDeniedException")
        self.assertEqual(len(self.fake.control("GET", "requests")["requests"]), 1)

    def test_a_version_that_waits_is_there(self):
        pending = self.client.get_secret_value(SecretId="prod/key", VersionStage="AWSPENDING")
        self.assertEqual(pending["SecretString"], "the next key")


if __name__ == "__main__":
    unittest.main()
