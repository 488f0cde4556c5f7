"""Podman on storage of its own, which needs neither overlayfs nor what the machine's podman has; and the two images."""

import os
import pathlib
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]

CONTAINERS_CONF = """
[containers]
# Root without CAP_SYS_RESOURCE cannot raise its limits, and podman's own defaults are high.
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
# crun refuses a machine that has cgroup v1 and v2 side by side.
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


class Podman:
    def __init__(self, work):
        """`work` is a directory that is nobody else's."""
        self.work = pathlib.Path(work)
        (self.work / "containers.conf").write_text(CONTAINERS_CONF)
        self.environment = os.environ | {"CONTAINERS_CONF": str(self.work / "containers.conf")}

    def command(self, *args):
        podman = ["podman", "--root", self.work / "storage", "--runroot", self.work / "run", "--storage-driver", "vfs"]
        return list(map(str, [*podman, *args]))

    def __call__(self, *args, check=True, timeout=120, text=True):
        command = self.command(*args)
        done = subprocess.run(command, env=self.environment, capture_output=True, text=text, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"podman {' '.join(map(str, args))}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def serve(self, socket):
        """A process that answers at `socket` as Docker does."""
        command = self.command("system", "service", "--time", "0", f"unix://{socket}")
        return subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)

    def build_from_last_stage(self, dockerfile, tag, binary, name):
        """No image is pulled: the last stage of `dockerfile` is built around the `binary` that the first would make."""
        stage = self.work / "build-stage"
        stage.mkdir(exist_ok=True)
        shutil.copy(binary, stage / name)
        self(
            "build", "--pull=never", "--build-context", f"build={stage}", "--tag", tag, "--file", TOP / dockerfile, stage,
        )  # fmt: skip

    def build_busybox(self, tag):
        """Debian's busybox with all of its names. The directory that it is built from is the answer."""
        directory = self.work / "busybox"
        (directory / "bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", directory / "bin")
        applets = subprocess.run(["/bin/busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
        for applet in applets:
            if applet != "busybox":
                (directory / "bin" / applet).symlink_to("busybox")
        (directory / "Dockerfile").write_text("FROM scratch\nCOPY bin /bin\n")
        self("build", "--pull=never", "--tag", tag, directory)
        return directory
