"""secretfetch-fake as a container of Testcontainers, with its control API.

    with SecretfetchFake() as fake:
        client = boto3.client("secretsmanager", endpoint_url=fake.url, …)
        fake.control("POST", "seed", {"prod/db": {"password": "not a real one"}})
"""

import time
import urllib.error

import control
from testcontainers.core.container import DockerContainer

PORT = 4566


class SecretfetchFake(DockerContainer):
    """An image of examples/fake/Dockerfile, with no secrets at first."""

    def __init__(self, image="secretfetch-fake:latest", **options):
        super().__init__(image, **options)
        self.with_exposed_ports(PORT)
        # The test is on another machine, as the fake sees it.
        self.with_command("--control anyone")

    @property
    def url(self):
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}"

    def start(self):
        super().start()
        end = time.monotonic() + 30
        while True:
            try:
                self.control("GET", "health")
                return self
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def control(self, method, path, body=None):
        """Asks the control API, which docs/fake.md describes."""
        return control.ask(self.url, method, path, body)
