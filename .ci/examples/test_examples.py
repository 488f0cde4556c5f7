"""The examples for Compose, ECS and systemd, read by what reads them, and their commands run.

Run by .ci/run with SECRETFETCH naming the binary, on the Python of .ci/requirements.txt; it needs systemd, and Compose as
.ci/readers/install unpacks it:

    SECRETFETCH=target/debug/secretfetch .ci/.tools/aws/bin/python .ci/examples/test_examples.py
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

import botocore.session
import yaml
from botocore.validate import ParamValidator

TOP = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = TOP / "examples"
BINARY = pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True)
sys.path.insert(0, str(TOP / ".ci/readers/read"))
import protocol  # noqa: E402 # where Compose is, and how it runs

COMPOSE = [*protocol.LATER_LOADER, str(protocol.LATER / "libexec/docker/cli-plugins/docker-compose")]
TIMEOUT_SECONDS = 30

SECRET_ID = "vinsguru/prod"
SECRET = {"spring.datasource.username": "vinsguru", "spring.datasource.password": "p@ss w\u00f6rd \"$1\" \\"}


def run(*command, check=True, **options):
    command = list(map(str, command))
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{shlex.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def secretfetch(*arguments, **options):
    """In an environment that configures nothing."""
    return run(BINARY, *arguments, env={"PATH": "/usr/bin:/bin"}, **options)


def load_all(path):
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def local(self, text):
        """The configuration, with the secrets of this file in place of AWS."""
        (self.directory / "secrets.json").write_text(json.dumps({SECRET_ID: SECRET}))
        path = self.directory / "local.yaml"
        path.write_text(f"store: file:secrets.json\n{text}")
        return path


class Kubernetes(Case):
    def containers(self):
        """Each container of ours, with the configurations that are mounted in it."""
        for path in sorted((EXAMPLES / "kubernetes").glob("*.yaml")):
            documents = load_all(path)
            maps = {d["metadata"]["name"]: d["data"] for d in documents if d["kind"] == "ConfigMap"}
            for document in documents:
                spec = document.get("spec", {})
                spec = spec.get("template", document).get("spec", {})
                for container in spec.get("initContainers", []):
                    yield path.name, container, {name: text for data in maps.values() for name, text in data.items()}

    def test_each_command_is_one_that_the_program_takes(self):
        seen = set()
        for name, container, files in self.containers():
            command, *arguments = container["args"]
            with self.subTest(manifest=name, container=container["name"]):
                seen.add((name, command))
                if command == "install":
                    to = self.directory / "secretfetch"
                    secretfetch("install", *[argument.replace("/shared/secretfetch", str(to)) for argument in arguments])
                    self.assertIn("secretfetch", run(to, "--version").stdout)
                    continue
                for file, text in files.items():
                    (self.directory / file).write_text(text)
                arguments = [argument.replace("/config/", f"{self.directory}/") for argument in arguments]
                arguments = [argument for argument in arguments if not argument.startswith("--interval=")]
                inline = [v["value"] for v in container.get("env", []) if v["name"] == "SECRETFETCH_CONFIG_INLINE"]
                for text in inline:
                    (self.directory / "inline.yaml").write_text(text)
                    arguments.append(f"--config={self.directory}/inline.yaml")
                secretfetch("check", "--offline", *arguments)
        fetching = ["deployment", "file-key-ref", "inline", "irsa", "job", "pod", "pod-identity", "web-identity"]
        expected = {(f"{name}.yaml", "fetch") for name in fetching}
        expected |= {("exec.yaml", "install"), ("sidecar.yaml", "watch")}
        self.assertEqual(seen, expected)

    def test_the_files_of_many_services_are_ones_that_the_program_writes(self):
        configurations = sorted((EXAMPLES / "kubernetes/kustomize").glob("*/config.yaml"))
        self.assertEqual([path.parent.name for path in configurations], ["billing", "orders"])
        for path in configurations:
            secretfetch("check", "--offline", f"--config={path}")

    def test_what_the_kubelet_reads_is_what_is_written(self):
        (pod,) = load_all(EXAMPLES / "kubernetes/file-key-ref.yaml")
        command, *arguments = pod["spec"]["initContainers"][0]["args"]
        self.local("")
        arguments = [argument.replace("/environment/", f"{self.directory}/") for argument in arguments]
        secretfetch(command, *arguments, f"--store=file:{self.directory}/secrets.json")
        names = {line.split("=")[0] for line in (self.directory / "app.env").read_text().splitlines()}
        for variable in pod["spec"]["containers"][0]["env"]:
            reference = variable["valueFrom"]["fileKeyRef"]
            self.assertEqual(reference["path"], "app.env")
            self.assertIn(reference["key"], names)

    def test_what_is_started_is_what_is_mounted(self):
        for name, volume, mount in [
            ("exec.yaml", "emptyDir", "/shared"),
            ("image-volume.yaml", "image", "/opt/secretfetch"),
        ]:
            with self.subTest(manifest=name):
                pod = next(document for document in load_all(EXAMPLES / "kubernetes" / name) if document["kind"] == "Pod")
                container = pod["spec"]["containers"][0]
                mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
                volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
                self.assertEqual(container["command"][:2], [f"{mount}/secretfetch", "exec"])
                self.assertEqual(container["command"][-1], "--")
                self.assertIn(volume, volumes[mounts[mount]])

    def test_the_service_starts_with_the_secrets_in_its_environment(self):
        for name in ["exec.yaml", "image-volume.yaml"]:
            with self.subTest(manifest=name):
                documents = load_all(EXAMPLES / "kubernetes" / name)
                text = next(document["data"]["config.yaml"] for document in documents if document["kind"] == "ConfigMap")
                pod = next(document for document in documents if document["kind"] == "Pod")
                command = pod["spec"]["containers"][0]["command"][1:]
                local = f"--config={self.local(text)}"
                command = [local if word == "--config=/config/config.yaml" else word for word in command]
                self.assertIn(local, command)
                environment = secretfetch(*command, "/usr/bin/env", "-0").stdout.split("\0")
                for key, value in SECRET.items():
                    self.assertIn(f"{key.upper().replace('.', '_')}={value}", environment)

    def test_the_image_starts_with_the_secrets_in_its_environment(self):
        lines = (EXAMPLES / "exec/Dockerfile").read_text().splitlines()
        instruction = next(line for line in lines if line.startswith("ENTRYPOINT "))
        self.local("")
        environment = {"SECRETFETCH_STORE": f"file:{self.directory}/secrets.json", "SECRETFETCH_SECRET_ID": SECRET_ID}
        entrypoint = json.loads(instruction.removeprefix("ENTRYPOINT "))
        printed = run(BINARY, *entrypoint[1:], "/usr/bin/env", "-0", env=environment).stdout.split("\0")
        for key, value in SECRET.items():
            self.assertIn(f"{key}={value}", printed)


class DockerCompose(Case):
    def project(self):
        path = EXAMPLES / "docker-compose/compose.yaml"
        printed = run(*COMPOSE, "-f", path, "config", "--format", "json", env={"HOME": str(self.directory)})
        return json.loads(printed.stdout)

    def test_the_service_starts_after_the_secrets_are_there(self):
        project = self.project()
        self.assertEqual(
            project["services"]["app"]["depends_on"],
            {"secrets": {"condition": "service_completed_successfully", "required": True}},
        )
        shared = {
            name: {mount["target"] for mount in service["volumes"] if mount["source"] == "secret"}
            for name, service in project["services"].items()
        }
        self.assertEqual(shared, {"secrets": {"/secret"}, "app": {"/app"}})
        # A volume in memory would be empty again when the service starts.
        self.assertFalse(project["volumes"]["secret"].get("driver_opts"))

    def test_the_command_leaves_what_the_service_reads(self):
        services = self.project()["services"]
        for mount in services["secrets"]["volumes"]:
            if mount["type"] == "bind":
                shutil.copy(mount["source"], self.directory)
        command = [word.replace("/config/", f"{self.directory}/") for word in services["secrets"]["command"]]
        secretfetch(*command, f"--directory={self.directory}/volume")
        path = self.directory / "volume/application.properties"
        self.assertEqual(path.stat().st_mode & 0o777, 0o444)
        names = run(*[word.replace("/app/", f"{path.parent}/") for word in services["app"]["command"]]).stdout
        self.assertEqual(names.split(), ["spring.datasource.username", "spring.datasource.password"])

    def test_a_wrong_condition_is_seen(self):
        wrong = (EXAMPLES / "docker-compose/compose.yaml").read_text().replace("service_completed_successfully", "done")
        done = run(*COMPOSE, "-f", "-", "config", check=False, input=wrong, env={"HOME": str(self.directory)})
        self.assertNotEqual(done.returncode, 0)


class Ecs(Case):
    def definition(self):
        return json.loads((EXAMPLES / "ecs/task-definition.json").read_text())

    def wrong(self, definition):
        """What AWS's own model of the call has against it."""
        service = botocore.session.get_session().get_service_model("ecs")
        shape = service.operation_model("RegisterTaskDefinition").input_shape
        report = ParamValidator().validate(definition, shape)
        return ([report.generate_report()] if report.has_errors() else []) + list(outside_enums(definition, shape))

    def test_the_task_definition_is_one_that_can_be_registered(self):
        self.assertEqual(self.wrong(self.definition()), [])

    def test_a_wrong_task_definition_is_seen(self):
        for change in [
            lambda d: d["containerDefinitions"][1]["dependsOn"][0].update(condition="DONE"),
            lambda d: d["containerDefinitions"][1].update(depends=[]),
            lambda d: d.update(cpu=256),
        ]:
            definition = self.definition()
            change(definition)
            self.assertTrue(self.wrong(definition))

    def test_the_service_waits_for_secrets_on_a_volume_that_it_has(self):
        definition = self.definition()
        secrets, app = definition["containerDefinitions"]
        self.assertEqual(app["dependsOn"], [{"containerName": secrets["name"], "condition": "SUCCESS"}])
        # An essential container that ends, ends the task.
        self.assertEqual((secrets["essential"], app["essential"]), (False, True))
        volumes = {volume["name"] for volume in definition["volumes"]}
        for container in [secrets, app]:
            self.assertEqual({mount["sourceVolume"] for mount in container["mountPoints"]}, volumes)
        # Longer than secretfetch takes by itself, so that it is secretfetch that says what it waited for.
        self.assertGreater(secrets["startTimeout"], 60)

    def test_the_command_is_one_that_the_program_takes(self):
        command, *arguments = self.definition()["containerDefinitions"][0]["command"]
        self.assertEqual(command, "fetch")
        secretfetch("check", "--offline", *arguments)
        path = self.directory / "application.properties"
        arguments = [argument.replace("/secret/application.properties", str(path)) for argument in arguments]
        self.local("")
        secretfetch(command, *arguments, f"--store=file:{self.directory}/secrets.json")
        self.assertEqual(path.stat().st_mode & 0o777, 0o444)


def outside_enums(value, shape):
    """What is none of the words that the shape allows."""
    if shape.type_name == "structure":
        for name, member in value.items():
            if name in shape.members:
                yield from outside_enums(member, shape.members[name])
    elif shape.type_name == "list":
        for member in value:
            yield from outside_enums(member, shape.member)
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{shape.name}: {value}"


class Systemd(Case):
    UNITS = ["app.service", "app-environment.service", "secretfetch@app.service"]

    def setUp(self):
        super().setUp()
        self.units = self.directory / "units"
        self.units.mkdir()
        for path in (EXAMPLES / "systemd").glob("*.service"):
            text = path.read_text().replace("/usr/local/bin/secretfetch", str(BINARY))
            (self.units / path.name).write_text(text.replace("/usr/local/bin/app", "/bin/true"))

    def verify(self):
        environment = os.environ | {"SYSTEMD_UNIT_PATH": f"{self.units}:"}
        done = run("systemd-analyze", "verify", "--man=no", *self.UNITS, check=False, env=environment)
        return done.stdout + done.stderr

    def lines(self, unit, name):
        """The values of a setting, with what systemd puts in for the instance `app`."""
        text = (EXAMPLES / "systemd" / unit).read_text()
        return [value.replace("%i", "app").replace("%t", "/run") for value in re.findall(rf"^{name}=(.*)$", text, re.M)]

    def fetch(self, unit, name, configuration):
        """Runs the unit's own command, with the local store in place of AWS."""
        _, *arguments = shlex.split(self.lines(unit, name)[0])
        local = self.local((EXAMPLES / "systemd" / configuration).read_text())
        changed = {f"--config=/etc/secretfetch/{configuration}": f"--config={local}"}
        directory = next(argument for argument in arguments if argument.startswith("--directory=/run/"))
        changed[directory] = f"--directory={self.directory}/run"
        for argument in changed:
            self.assertIn(argument, arguments)
        secretfetch(*[changed.get(argument, argument) for argument in arguments])
        return directory.removeprefix("--directory=")

    def test_systemd_has_nothing_against_the_units(self):
        self.assertEqual(self.verify(), "")

    def test_a_wrong_unit_is_seen(self):
        for wrong in ["RuntimDirectory=x", "ExecStartPre=/nowhere/secretfetch", "ProtectSystem=strictly"]:
            with self.subTest(wrong):
                path = self.units / "app-environment.service"
                path.write_text(path.read_text().replace("[Install]", f"{wrong}\n[Install]"))
                self.assertNotEqual(self.verify(), "")

    def test_the_unit_that_fetches_may_do_little(self):
        # Of 10; a unit that says nothing has 9.6.
        command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "secretfetch@app.service"]
        run(*command, env=os.environ | {"SYSTEMD_UNIT_PATH": f"{self.units}:"}, cwd=self.units)

    def test_the_credential_is_the_file_that_was_fetched(self):
        directory = self.fetch("secretfetch@.service", "ExecStart", "app.yaml")
        self.assertEqual(self.lines("secretfetch@.service", "RuntimeDirectory"), [directory.removeprefix("/run/")])
        name, path = self.lines("app.service", "LoadCredential")[0].split(":")
        self.assertIn(f"%d/{name}", self.lines("app.service", "ExecStart")[0])
        self.assertEqual(str(pathlib.Path(path).parent), directory)
        left = self.directory / "run" / pathlib.Path(path).name
        self.assertEqual(left.stat().st_mode & 0o777, 0o400)
        self.assertIn("spring.datasource.username", left.read_text())

    def test_the_environment_is_what_systemd_reads(self):
        directory = self.fetch("app-environment.service", "ExecStartPre", "app-environment.yaml")
        self.assertEqual(self.lines("app-environment.service", "RuntimeDirectory"), [directory.removeprefix("/run/")])
        path = self.lines("app-environment.service", "EnvironmentFile")[0]
        self.assertEqual(path, f"-{directory}/app.env")
        reader = TOP / ".ci/readers/read/systemd"
        read = json.loads(run(sys.executable, reader, "bookworm", self.directory / "run/app.env").stdout)
        self.assertEqual(read, {name.upper().replace(".", "_"): value for name, value in SECRET.items()})


if __name__ == "__main__":
    unittest.main(verbosity=2)
