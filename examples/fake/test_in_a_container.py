"""A service's test with secretfetch-fake in a container: python -m unittest -v test_in_a_container, in this folder.

Needs boto3 and testcontainers, and the image: docker build -t secretfetch-fake -f examples/fake/Dockerfile . at the top.
"""

import os
import unittest

import boto3
from secretfetch_fake import SecretfetchFake


class ServiceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fake = SecretfetchFake(os.environ.get("FAKE_IMAGE", "secretfetch-fake:latest"))
        cls.fake.start()
        cls.addClassCleanup(cls.fake.stop)

    def setUp(self):
        self.fake.control("POST", "reset")
        self.client = boto3.client(
            "secretsmanager",
            endpoint_url=self.fake.url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def test_what_is_seeded_is_read(self):
        self.fake.control("POST", "seed", {"prod/db": "postgres://db"})
        self.assertEqual(self.client.get_secret_value(SecretId="prod/db")["SecretString"], "postgres://db")
        self.assertEqual(len(self.fake.control("GET", "requests")["requests"]), 1)

    def test_a_fault_fires(self):
        self.fake.control("POST", "seed", {"prod/db": "postgres://db"})
        self.fake.control("POST", "faults", {"fault": "internalError", "times": 1})
        self.client.get_secret_value(SecretId="prod/db")
        self.assertEqual(self.fake.control("GET", "faults")["faults"][0]["timesFired"], 1)


if __name__ == "__main__":
    unittest.main()
