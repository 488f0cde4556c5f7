"""The units of examples/systemd, run by systemd.

Run by .ci/run as root, with SECRETFETCH naming the static binary:

    SECRETFETCH=… python3 .ci/examples/test_units.py
"""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

from machine import Machine

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples/systemd"
BINARY = pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True)
TIMEOUT_SECONDS = 60

PASSWORD = 'p@ss w\u00f6rd "$1" \\ %d'
# Prints what it was given, and runs on, as a service does.
APP = """\
#!/bin/sh
for file; do ls -l "$file"; cat "$file"; done
env | grep ^SPRING_
echo "started by $(id -u)"
[ ! -e /fails ] || exit 1
exec sleep 1000
"""
CHANGE = "sed -i 's/p@ss/{}/' /etc/secretfetch/secrets.json"


class Units(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.machine = Machine(directory.name)
        shutil.copy(BINARY, self.machine.root / "programs/secretfetch")
        self.machine.write("programs/app", APP, mode=0o755)
        secret = {"spring.datasource.username": "vinsguru", "spring.datasource.password": PASSWORD}
        self.machine.write("etc/secretfetch/secrets.json", json.dumps({"vinsguru/prod": secret}))
        for path in EXAMPLES.iterdir():
            if path.suffix == ".service":
                self.machine.unit(path.name, path.read_text())
            else:
                # The local store in place of AWS.
                self.machine.write(f"etc/secretfetch/{path.name}", f"store: file:secrets.json\n{path.read_text()}")

    def run_script(self, *lines):
        return self.machine.run("\n".join(lines) + "\n", TIMEOUT_SECONDS)

    def test_the_service_reads_its_credential_and_a_new_one_when_it_is_started_again(self):
        # `start` returns when the command is executed, which may be before it has read.
        wait = "until [ $(grep -c 'started by' /log/app) = {} ]; do sleep 0.1; done"
        printed = self.run_script(
            "systemctl start app && echo started", wait.format(1),
            "ls -ln /run/secretfetch/app | tail -n +2; stat -c %a /run/secretfetch/app",
            CHANGE.format("second"), "systemctl restart app", wait.format(2),
            # As when it crashes.
            "touch /fails", CHANGE.replace("p@ss", "second").format("third"),
            "systemctl kill --signal KILL app", wait.format(3),
            "systemctl stop app",
        )  # fmt: skip
        log = self.machine.log("app").splitlines()
        self.assertIn("started", printed.splitlines())
        self.assertRegex(printed, r"-r-------- 1 0 0 .* application.properties\n700\n")
        passwords = [line for line in log if "password=" in line]
        escaped = PASSWORD.replace("\\", "\\\\").replace("\u00f6", "\\u00f6")
        self.assertEqual(
            [password.split("=", 1)[1] for password in passwords],
            [escaped, escaped.replace("p@ss", "second"), escaped.replace("p@ss", "third")],
        )
        self.assertRegex(log[0], r"^-r-------- 1 app root .* /run/credentials/app.service/application.properties$")
        self.assertNotIn("started by 0", log)

    def test_without_its_secrets_the_service_does_not_start(self):
        printed = self.run_script(
            "rm /etc/secretfetch/secrets.json",
            "systemctl start app || echo refused; systemctl is-active app",
            "systemctl start app-environment || echo refused; systemctl stop app-environment",
        )
        self.assertEqual(printed.splitlines().count("refused"), 2)
        self.assertIn("inactive", printed)
        for name in ["secretfetch", "app-environment"]:
            self.assertIn("secrets.json", self.machine.log(name))
        self.assertNotIn("started by", self.machine.log("app") + self.machine.log("app-environment"))

    def test_the_environment_is_that_of_the_secret_and_the_file_goes_with_the_service(self):
        printed = self.run_script(
            "systemctl start app-environment",
            "until grep -q 'started by' /log/app-environment; do sleep 0.1; done",
            "ls -A /run/app-environment; stat -c %a /run/app-environment /run/app-environment/app.env",
            "systemctl stop app-environment; ls -A /run/app-environment",
        )
        log = self.machine.log("app-environment").splitlines()
        self.assertIn(f"SPRING_DATASOURCE_PASSWORD={PASSWORD}", log)
        self.assertIn("SPRING_DATASOURCE_USERNAME=vinsguru", log)
        self.assertNotIn("started by 0", log)
        self.assertTrue(printed.startswith("app.env\n700\n400\n"), printed)
        self.assertIn("cannot access '/run/app-environment'", printed)


if __name__ == "__main__":
    unittest.main(verbosity=2)
