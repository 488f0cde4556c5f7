"""The built binary against moto: the Secrets Manager protocol as somebody else wrote it, driven by boto3.

Run by .ci/run with SECRETFETCH naming the binary; any Python with .ci/requirements.txt will do:

    SECRETFETCH=target/debug/secretfetch python -m unittest -v .ci/moto/test_moto.py
"""

import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import boto3
from case import CREDENTIALS, REGION, TIMEOUT_SECONDS, Case
from moto.server import ThreadedMotoServer

AWS_CLI = str(pathlib.Path(sys.executable).parent / "aws")

# Every class of value that the portable dotenv can hold, in an order that is not the alphabet's.
PROD = {
    "username": "vinsguru",
    "password": "p@ss w#rd",
    "quote": "it's",
    "dollar": "a$x",
    "path": "C:\\new",
    "city": "Montr\u00e9al",
    "url": "jdbc:postgresql://db:5432/app?ssl=true&x=1",
    "lines": "one\ntwo",
    "empty": "",
    "port": 5432,
    "active": True,
}
# Written by hand, so that number tokens and spacing are those of a person's secret and not json.dumps's.
PROD_TEXT = json.dumps(PROD, ensure_ascii=False)[:-1] + ',  "ratio": 1.0, "big": 12345678901234567890 }'

PROD_PROPERTIES = rb"""username=vinsguru
password=p@ss w#rd
quote=it's
dollar=a$x
path=C:\\new
city=Montr\u00e9al
url=jdbc:postgresql://db:5432/app?ssl=true&x=1
lines=one\ntwo
empty=
port=5432
active=true
ratio=1.0
big=12345678901234567890
"""

PROD_DOTENV = """username=vinsguru
password='p@ss w#rd'
quote="it's"
dollar='a$x'
path='C:\\new'
city='Montréal'
url='jdbc:postgresql://db:5432/app?ssl=true&x=1'
lines='one
two'
empty=
port=5432
active=true
ratio=1.0
big=12345678901234567890
""".encode()

PROD_JSON = (
    '{"username":"vinsguru","password":"p@ss w#rd","quote":"it\'s","dollar":"a$x","path":"C:\\\\new","city":"Montréal",'
    '"url":"jdbc:postgresql://db:5432/app?ssl=true&x=1","lines":"one\\ntwo","empty":"","port":5432,"active":true,'
    '"ratio":1.0,"big":12345678901234567890}\n'
).encode()

DOCKER_KEYS = ("username", "password", "quote", "dollar", "path", "city", "url", "empty", "port", "active")
DOCKER_TEXT = json.dumps({key: PROD[key] for key in DOCKER_KEYS})
DOCKER_ENV = """username=vinsguru
password=p@ss w#rd
quote=it's
dollar=a$x
path=C:\\new
city=Montréal
url=jdbc:postgresql://db:5432/app?ssl=true&x=1
empty=
port=5432
active=true
""".encode()

# Values that need posix quoting which dotenv cannot express.
SHELL = {"MIXED": "a'b\"c`d$e\\", "BRACES": "${HOME}", "PLAIN": "abc-1.2"}
SHELL_POSIX = b"""MIXED='a'\\''b"c`d$e\\'
BRACES='${HOME}'
PLAIN=abc-1.2
"""

NESTED_TEXT = '{"db":{"host":"h","ports":[1,2]},"name":"x"}'
NESTED_PROPERTIES = b"db.host=h\ndb.ports[0]=1\ndb.ports[1]=2\nname=x\n"

BINARY_VALUE = bytes(range(256)) + b"\x00\n\r\n\xff\xfe" + os.urandom(4096) + b"\n"
FLEET = [f"fleet/{number:02}" for number in range(25)]

server = None
endpoint = None
client = None
arns = {}
versions = {}


def setUpModule():
    global server, endpoint, client
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
    server.start()
    host, port = server.get_host_and_port()
    endpoint = Case.endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "secretsmanager",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )

    def create(name, **value):
        answer = client.create_secret(Name=name, **value)
        arns[name] = answer["ARN"]
        versions[name] = [answer["VersionId"]]

    create("vinsguru/prod", SecretString=PROD_TEXT)
    create("vinsguru/docker", SecretString=DOCKER_TEXT)
    create("vinsguru/shell", SecretString=json.dumps(SHELL))
    create("vinsguru/nested", SecretString=NESTED_TEXT)
    create("vinsguru/plain", SecretString="no newline at the end, \u00e9\u4e16")
    create("vinsguru/newline", SecretString="two newlines at the end\n\n")
    create("vinsguru/list", SecretString="[1,2]")
    create("vinsguru/binary", SecretBinary=BINARY_VALUE)
    create("vinsguru/rotated", SecretString='{"n":1}')
    for number in (2, 3):
        answer = client.put_secret_value(SecretId="vinsguru/rotated", SecretString=json.dumps({"n": number}))
        versions["vinsguru/rotated"].append(answer["VersionId"])
    create("vinsguru/deleted", SecretString="{}")
    client.delete_secret(SecretId="vinsguru/deleted", RecoveryWindowInDays=7)
    for name in FLEET:
        create(name, SecretString=json.dumps({"NAME": name, "VALUE": f"value of {name}"}))


def tearDownModule():
    server.stop()


class Raw(Case):
    def aws_cli_text(self, secret_id):
        """What the shell line that this program replaces gives, less the newline that the AWS CLI adds."""
        done = subprocess.run(
            [AWS_CLI, "secretsmanager", "get-secret-value", "--secret-id", secret_id]
            + ["--query", "SecretString", "--output", "text"],
            env=self.environment(AWS_DEFAULT_REGION=REGION, PYTHONUTF8="1", LC_ALL="C.UTF-8"),
            capture_output=True,
            check=True,
            timeout=TIMEOUT_SECONDS,
        )
        self.assertTrue(done.stdout.endswith(b"\n"))
        return done.stdout[:-1]

    def test_raw_is_what_the_aws_cli_prints_without_its_final_newline(self):
        for secret_id in ("vinsguru/prod", "vinsguru/plain", "vinsguru/newline"):
            with self.subTest(secret_id):
                written = self.fetch(secret_id, "--format", "raw")
                self.assertEqual(written, self.aws_cli_text(secret_id))
                (self.out / "file").unlink()

    def test_raw_is_the_secret_string_as_boto3_put_it(self):
        self.assertEqual(self.fetch("vinsguru/prod", "--format", "raw"), PROD_TEXT.encode())

    def test_raw_is_the_default_format(self):
        self.assertEqual(self.fetch("vinsguru/plain"), "no newline at the end, é世".encode())

    def test_a_binary_secret_is_written_byte_for_byte(self):
        self.assertEqual(self.fetch("vinsguru/binary", "--format", "raw"), BINARY_VALUE)

    def test_one_key_is_written_without_quotes(self):
        path = self.config({"path": "password", "secretId": "vinsguru/prod", "key": "password"})
        self.succeed("fetch", "--config", path)
        self.assertEqual((self.out / "password").read_bytes(), b"p@ss w#rd")

    def test_stdout_gets_the_bytes_and_nothing_else(self):
        done = self.succeed("fetch", "--secret-id", "vinsguru/binary", "--region", REGION, "--output", "-")
        self.assertEqual(done.stdout, BINARY_VALUE)
        self.assertNothingWritten()

    def test_the_file_is_readable_by_owner_and_group_only(self):
        self.fetch("vinsguru/plain")
        self.assertEqual((self.out / "file").stat().st_mode & 0o7777, 0o440)


class Formats(Case):
    def test_properties(self):
        self.assertEqual(self.fetch("vinsguru/prod", "--format", "properties"), PROD_PROPERTIES)

    def test_properties_flatten_nested_values(self):
        self.assertEqual(self.fetch("vinsguru/nested", "--format", "properties"), NESTED_PROPERTIES)

    def test_env_is_dotenv_by_default(self):
        self.assertEqual(self.fetch("vinsguru/prod", "--format", "env"), PROD_DOTENV)

    def test_env_dotenv(self):
        self.assertEqual(self.fetch("vinsguru/prod", "--format", "env", "--dialect", "dotenv"), PROD_DOTENV)

    def test_env_docker(self):
        self.assertEqual(self.fetch("vinsguru/docker", "--format", "env", "--dialect", "docker"), DOCKER_ENV)

    def test_env_docker_refuses_a_newline_and_names_the_key(self):
        target = self.out / "file"
        message = self.fail_with(
            6, "fetch", "--secret-id", "vinsguru/prod", "--region", REGION, "--output", target,
            "--format", "env", "--dialect", "docker", names=["vinsguru/prod", "lines", "docker"],
        )  # fmt: skip
        self.assertNotIn("two", message, "a message has no value in it")

    def test_env_posix(self):
        written = self.fetch("vinsguru/shell", "--format", "env", "--dialect", "posix")
        self.assertEqual(written, SHELL_POSIX)

    def test_env_posix_gives_a_shell_the_values(self):
        self.fetch("vinsguru/shell", "--format", "env", "--dialect", "posix", name="app.env")
        for shell in ("sh", "bash"):
            script = 'set -a; . "$1"; printf "%s\\n" "$MIXED" "$BRACES" "$PLAIN"'
            done = subprocess.run([shell, "-c", script, shell, self.out / "app.env"], capture_output=True, check=True)
            self.assertEqual(done.stdout.decode().splitlines(), list(SHELL.values()))

    def test_json(self):
        self.assertEqual(self.fetch("vinsguru/prod", "--format", "json"), PROD_JSON)

    def test_a_selected_key_is_renamed(self):
        written = self.fetch("vinsguru/prod", "--format", "env", "--key", "DB_USER=username", "--key", "port")
        self.assertEqual(written, b"DB_USER=vinsguru\nport=5432\n")

    def test_a_list_is_no_properties_file(self):
        self.fail_with(
            6, "fetch", "--secret-id", "vinsguru/list", "--region", REGION, "--output", self.out / "file",
            "--format", "properties", names=["vinsguru/list"],
        )  # fmt: skip

    def test_a_missing_key_is_named(self):
        path = self.config({"path": "password", "secretId": "vinsguru/prod", "key": "pasword"})
        self.fail_with(3, "fetch", "--config", path, names=["vinsguru/prod", "pasword", "password"])


class Identity(Case):
    def test_an_arn_brings_its_own_region(self):
        self.assertEqual(self.fetch(arns["vinsguru/prod"], region=None), PROD_TEXT.encode())

    def test_an_arn_wins_over_the_default_region(self):
        self.assertEqual(self.fetch(arns["vinsguru/prod"], region="us-east-1"), PROD_TEXT.encode())

    def test_a_partial_arn_finds_the_secret(self):
        partial, suffix = arns["vinsguru/prod"].rsplit("-", 1)
        self.assertEqual(len(suffix), 6)
        self.assertEqual(self.fetch(partial, region=None), PROD_TEXT.encode())

    def test_the_region_is_taken_from_the_environment(self):
        done = self.succeed("fetch", "--secret-id", "vinsguru/plain", "--output", "-", AWS_REGION=REGION)
        self.assertEqual(done.stdout.decode(), "no newline at the end, é世")

    def test_a_version_stage(self):
        self.assertEqual(self.fetch("vinsguru/rotated", "--version-stage", "AWSPREVIOUS"), b'{"n": 2}')

    def test_without_a_version_it_is_the_current_one(self):
        self.assertEqual(self.fetch("vinsguru/rotated"), b'{"n": 3}')

    def test_a_version_id(self):
        for number, version in enumerate(versions["vinsguru/rotated"][1:], start=2):
            with self.subTest(number):
                written = self.fetch("vinsguru/rotated", "--version-id", version)
                self.assertEqual(json.loads(written), {"n": number})
                (self.out / "file").unlink()

    def test_a_version_id_that_does_not_exist(self):
        version = "00000000-0000-0000-0000-000000000000"
        self.fail_with(
            3, "fetch", "--secret-id", "vinsguru/rotated", "--region", REGION, "--output", self.out / "file",
            "--version-id", version, names=["vinsguru/rotated", version],
        )  # fmt: skip


class Many(Case):
    def fleet_config(self, names, **top):
        files = [{"path": f"{number}.env", "format": "env", "secretId": name} for number, name in enumerate(names)]
        return self.config(*files, **top)

    def assertFleetWritten(self):
        for number, name in enumerate(FLEET):
            expected = f"NAME={name}\nVALUE='value of {name}'\n"
            self.assertEqual((self.out / f"{number}.env").read_text(), expected)
        self.assertEqual(len(list(self.out.iterdir())), len(FLEET))

    def test_twenty_five_secrets_in_one_config(self):
        self.succeed("fetch", "--config", self.fleet_config(FLEET))
        self.assertFleetWritten()

    def test_twenty_five_secrets_one_request_each(self):
        self.succeed("fetch", "--config", self.fleet_config(FLEET, batch="never"))
        self.assertFleetWritten()

    def test_the_config_may_come_in_a_variable(self):
        inline = self.fleet_config(FLEET).read_text()
        self.succeed("fetch", SECRETFETCH_CONFIG_INLINE=inline)
        self.assertFleetWritten()

    def test_one_missing_among_twenty_five_writes_nothing(self):
        path = self.fleet_config([*FLEET[:12], "fleet/missing", *FLEET[12:]])
        self.fail_with(3, "fetch", "--config", path, names=["fleet/missing", REGION])

    def test_every_missing_secret_is_named_at_once(self):
        path = self.fleet_config([*FLEET, "fleet/missing-a", "vinsguru/deleted", "fleet/missing-b"])
        self.fail_with(3, "fetch", "--config", path, names=["fleet/missing-a", "fleet/missing-b", "vinsguru/deleted"])

    def test_a_second_run_leaves_unchanged_files_alone(self):
        path = self.fleet_config(FLEET)
        self.succeed("fetch", "--config", path)
        before = {entry.name: (entry.stat().st_ino, entry.stat().st_mtime_ns) for entry in self.out.iterdir()}
        self.succeed("fetch", "--config", path)
        after = {entry.name: (entry.stat().st_ino, entry.stat().st_mtime_ns) for entry in self.out.iterdir()}
        self.assertEqual(before, after)

    def test_several_secrets_versions_and_kinds_side_by_side(self):
        path = self.config(
            {"path": "binary", "secretId": "vinsguru/binary"},
            {"path": "old.json", "secretId": "vinsguru/rotated", "versionStage": "AWSPREVIOUS"},
            {"path": "new.json", "secretId": "vinsguru/rotated"},
            {"path": "by-arn", "secretId": arns["vinsguru/plain"]},
            {
                "path": "one.env",
                "format": "env",
                "from": [
                    {"secretId": "fleet/00", "prefix": "A_"},
                    {"secretId": "fleet/01", "prefix": "B_", "keys": {"V": "VALUE"}},
                    {"secretId": "fleet/missing", "optional": True},
                    {"secretId": "vinsguru/plain", "as": "PLAIN"},
                ],
            },
        )
        self.succeed("fetch", "--config", path)
        written = {entry.name: entry.read_bytes() for entry in self.out.iterdir()}
        expected = {
            "binary": BINARY_VALUE,
            "old.json": b'{"n": 2}',
            "new.json": b'{"n": 3}',
            "by-arn": "no newline at the end, é世".encode(),
            "one.env": (
                "A_NAME=fleet/00\nA_VALUE='value of fleet/00'\nB_V='value of fleet/01'\n"
                "PLAIN='no newline at the end, é世'\n"
            ).encode(),
        }
        self.assertEqual(written, expected)


class Failures(Case):
    def single(self, secret_id, *options, region=REGION):
        return ["fetch", "--secret-id", secret_id, "--region", region, "--output", self.out / "file", *options]

    def test_a_missing_secret_is_named_with_its_region(self):
        self.fail_with(3, *self.single("vinsguru/missing"), names=["vinsguru/missing", REGION])

    def test_a_secret_of_another_region_is_missing_here(self):
        self.fail_with(3, *self.single("vinsguru/prod", region="us-east-1"), names=["vinsguru/prod", "us-east-1"])

    def test_a_missing_version_stage(self):
        names = ["vinsguru/prod"]
        self.fail_with(3, *self.single("vinsguru/prod", "--version-stage", "AWSNOWHERE"), names=names)

    def test_a_secret_scheduled_for_deletion_says_so(self):
        self.fail_with(3, *self.single("vinsguru/deleted"), names=["vinsguru/deleted", "delet"])

    def test_a_failed_run_leaves_the_old_file_alone(self):
        target = self.out / "file"
        target.write_bytes(b"old")
        done = self.run_binary(*self.single("vinsguru/missing"))
        self.assertEqual(done.returncode, 3, done.stderr.decode())
        self.assertEqual(target.read_bytes(), b"old")
        self.assertEqual([entry.name for entry in self.out.iterdir()], ["file"])

    def test_an_endpoint_that_does_not_listen_is_unavailable(self):
        done = self.run_binary(*self.single("vinsguru/prod"), "--timeout", "3s", AWS_ENDPOINT_URL="http://127.0.0.1:1")
        self.assertEqual(done.returncode, 5, done.stderr.decode())
        self.assertIn("127.0.0.1:1", done.stderr.decode())
        self.assertNothingWritten()

    def test_check_finds_a_missing_secret_and_writes_nothing(self):
        options = ["--secret-id", "vinsguru/missing", "--region", REGION, "--output", self.out / "file"]
        self.fail_with(3, "check", *options, names=["vinsguru/missing"])

    def test_check_of_a_good_secret_writes_nothing(self):
        options = ["--secret-id", "vinsguru/prod", "--region", REGION, "--output", self.out / "file"]
        self.succeed("check", *options, "--format", "properties")
        self.assertNothingWritten()


if __name__ == "__main__":
    unittest.main(verbosity=2)
