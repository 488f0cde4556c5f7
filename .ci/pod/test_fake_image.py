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

from containers import Podman

TOP = pathlib.Path(__file__).resolve().parents[2]
FAKE = pathlib.Path(os.environ["FAKE"]).resolve(strict=True)
IMAGE = "localhost/secretfetch-fake:latest"


class FakeImage(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="secretfetch-fake-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.podman = Podman(self.work)
        self.podman.build_from_last_stage("examples/fake/Dockerfile", IMAGE, FAKE, "secretfetch-fake")

    def test_the_example_for_testcontainers_passes(self):
        socket = self.work / "podman.sock"
        service = self.podman.serve(socket)
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
