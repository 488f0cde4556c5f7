"""The image of examples/fake, and the Testcontainers test there: podman answers as Docker does.

Run by .ci/run as root, with FAKE naming a static secretfetch-fake. No image is pulled: the Dockerfile's last stage is
built around the binary.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from settings import CONTAINERS_CONF

TOP = pathlib.Path(__file__).resolve().parents[2]
FAKE = pathlib.Path(os.environ["FAKE"]).resolve(strict=True)
IMAGE = "localhost/secretfetch-fake:latest"


class FakeImage(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="secretfetch-fake-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        (self.work / "containers.conf").write_text(CONTAINERS_CONF)
        stage = self.work / "build-stage"
        stage.mkdir()
        shutil.copy(FAKE, stage / "secretfetch-fake")
        self.podman(
            "build", "--pull=never", "--build-context", f"build={stage}", "--tag", IMAGE,
            "--file", TOP / "examples/fake/Dockerfile", stage,
        )  # fmt: skip

    def command(self, *args):
        podman = ["podman", "--root", self.work / "storage", "--runroot", self.work / "run", "--storage-driver", "vfs"]
        return list(map(str, [*podman, *args]))

    def environment(self):
        return os.environ | {"CONTAINERS_CONF": str(self.work / "containers.conf")}

    def podman(self, *args):
        done = subprocess.run(self.command(*args), env=self.environment(), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_example_for_testcontainers_passes(self):
        socket = self.work / "podman.sock"
        service = subprocess.Popen(
            self.command("system", "service", "--time", "0", f"unix://{socket}"), env=self.environment()
        )
        self.addCleanup(service.wait, 30)
        self.addCleanup(service.terminate)
        end = time.monotonic() + 30
        while not socket.exists():
            self.assertLess(time.monotonic(), end, "podman does not listen")
            time.sleep(0.05)
        # Without Ryuk, an image that removes what is left; and this may be a container itself.
        settings = {
            "DOCKER_HOST": f"unix://{socket}",
            "FAKE_IMAGE": IMAGE,
            "TESTCONTAINERS_CONNECTION_MODE": "docker_host",
            "TESTCONTAINERS_RYUK_DISABLED": "true",
        }
        done = subprocess.run(
            [sys.executable, "-m", "unittest", "-v", "test_in_a_container"],
            cwd=TOP / "examples/fake", env=os.environ | settings, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("Ran 2 tests", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
