"""A machine that has systemd and nothing else: a root directory, and namespaces."""

import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent

SCRIPT_SERVICE = """\
[Service]
Type=oneshot
ExecStart=/bin/sh -u /script
StandardOutput=append:/log/script
StandardError=append:/log/script
ExecStopPost=/usr/bin/systemctl exit
"""
SCRIPT_TARGET = """\
[Unit]
Requires=basic.target
After=basic.target
Wants=script.service
"""
# There is no journal.
LOG = "[Service]\nStandardOutput=append:/log/%p\nStandardError=append:/log/%p\n"


class Machine:
    """Put files into `root`, then run a script."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.root.chmod(0o755)
        for name in ["programs", "log", "usr", "proc", "sys", "run", "tmp", "dev", "root", "home", "etc"]:
            (self.root / name).mkdir()
        for name in ["bin", "sbin", "lib", "lib64"]:
            (self.root / name).symlink_to(f"usr/{name}")
        for name in ["passwd", "group", "nsswitch.conf", "os-release"]:
            shutil.copy(f"/etc/{name}", self.root / "etc")
        (self.root / "etc/machine-id").touch()
        self.unit("script.service", SCRIPT_SERVICE)
        self.unit("script.target", SCRIPT_TARGET)
        self.unit("service.d/log.conf", LOG)
        self.unit("script.service.d/log.conf", "")

    def write(self, name, text, mode=0o644):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def unit(self, name, text):
        self.write(f"etc/systemd/system/{name}", text)

    def run(self, script, timeout):
        """Runs the script when the machine is up, and returns what it has printed."""
        self.write("script", script)
        command = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--uts", "--ipc"]
        command += ["--net", "--cgroup", HERE / "machine", self.root]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"the script has not ended: {self.log('script')}{error.stderr}") from error
        if not (self.root / "log/script").exists():
            raise AssertionError(f"the script was not started: {done.returncode}\n{done.stdout}{done.stderr}")
        return self.log("script")

    def log(self, name):
        """What the service of this name has printed."""
        path = self.root / "log" / name
        return path.read_text() if path.exists() else ""
