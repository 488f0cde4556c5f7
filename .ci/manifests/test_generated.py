"""What `secretfetch manifest` prints, by what will read it: the checks of test_manifests.py and of .ci/examples, and the
printed command, run with a local store in the place of AWS.

    SECRETFETCH=… MANIFESTS=… CFN_LINT=… .ci/.tools/aws/bin/python .ci/manifests/test_generated.py
"""

import json
import os
import pathlib
import re
import shlex
import sys
import unittest

import yaml

import test_manifests

sys.path.insert(0, str(test_manifests.TOP / ".ci/examples"))
import test_examples  # noqa: E402 # Compose, systemd and AWS's model of ECS
from test_examples import COMPOSE, run, secretfetch  # noqa: E402

CONFIGURATIONS = {
    "one": "files: [{path: a.json, format: json, secretId: vinsguru/prod}]\n",
    "several": """\
# A comment, and blank lines.

name: orders
region: ca-central-1
timeout: 20s
files:
  - path: conf/application.properties
    format: properties
    dialect: spring
    secretId: vinsguru/prod
  - path: app.env
    format: env
    dialect: kubernetes
    secretId: vinsguru/prod
    keys: {DB_USER: spring.datasource.username, DB_PASSWORD: spring.datasource.password}
  - {path: all.env, format: env, dialect: kubernetes, secretId: vinsguru/prod, keyStyle: upper-snake}
  - {path: unit.env, format: env, dialect: systemd, secretId: vinsguru/prod, keyStyle: upper-snake}
""",
    "template": "files: [{path: url, templateFile: t/url.tmpl, secretId: vinsguru/prod}]\n",
    "environment": "environment: {secretId: vinsguru/prod, keyStyle: upper-snake}\n",
    "both": """\
directory: /run/app secrets
files: [{path: a.json, format: json, secretId: vinsguru/prod}]
environment: {secretId: vinsguru/prod, keyStyle: upper-snake}
""",
    "login": "files: [{path: pgpass, format: pgpass, secretId: vinsguru/prod, keys: {username: spring.datasource.username, password: spring.datasource.password}}]\n",
    "json": json.dumps({"files": [{"path": "$x %y", "secretId": "vinsguru/prod"}], "directory": "/srv/$(x)"}),
    "windows": "files:\r\n  - {path: a, secretId: vinsguru/prod}\r\n",
}
TEMPLATE = "user={{ \"spring.datasource.username\" | url }}\n"


class Case(test_manifests.Case):
    def setUp(self):
        super().setUp()
        (self.directory / "t").mkdir()
        (self.directory / "t/url.tmpl").write_text(TEMPLATE)
        for name, text in CONFIGURATIONS.items():
            (self.directory / f"{name}.yaml").write_bytes(text.encode())

    def manifests(self, target, without=()):
        """What is printed for each configuration."""
        for name in CONFIGURATIONS:
            if name not in without:
                with self.subTest(configuration=name):
                    done = secretfetch("manifest", target, f"--config={self.directory}/{name}.yaml")
                    yield name, done.stdout

    def run_locally(self, name, words, config, directory="/secret"):
        """Runs the words of a command here: the configuration is the printed one, with the local store."""
        here = self.directory / "here"
        here.mkdir(exist_ok=True)
        (here / "t").mkdir(exist_ok=True)
        (here / "t/url.tmpl").write_text(TEMPLATE)
        (here / "secrets.json").write_text(json.dumps({test_examples.SECRET_ID: test_examples.SECRET}))
        (here / "secretfetch.yaml").write_bytes(config.encode())
        if "--" in words:
            words = [*words[:words.index("--")], "--", "/usr/bin/env", "-0"]
        words = [word for word in words if not word.startswith(("--config=", "--directory="))]
        options = [f"--config={here}/secretfetch.yaml", f"--store=file:{here}/secrets.json"]
        if "files" in config:
            options.append(f"--directory={here}/out-{name}")
        printed = secretfetch(words[0], *options, *words[1:]).stdout
        if words[0] == "exec":
            self.assertIn(f"SPRING_DATASOURCE_USERNAME={test_examples.SECRET['spring.datasource.username']}", printed.split("\0"))
        if "files" in config:
            for file in yaml.safe_load(config)["files"]:
                self.assertTrue((here / f"out-{name}" / file["path"]).is_file())


class Kubernetes(Case):
    def test_each_is_admitted_where_only_restricted_pods_are(self):
        admitted = test_manifests.Kubernetes.admitted
        for name, text in self.manifests("kubernetes"):
            path = self.directory / f"{name}.manifest.yaml"
            path.write_text(text)
            self.assertEqual(test_manifests.schema_mistakes(path), [])
            is_admitted, printed = admitted(self, path)
            self.assertTrue(is_admitted, printed)
            # What a volume is made of, only the kubelet would refuse.
            (deployment,) = [document for document in yaml.safe_load_all(text) if document["kind"] == "Deployment"]
            for volume in deployment["spec"]["template"]["spec"]["volumes"]:
                if volume["name"] == "secretfetch-files":
                    self.assertEqual(volume["emptyDir"]["medium"], "Memory")

    def test_the_configuration_is_the_same_and_its_command_writes_its_files(self):
        for name, text in self.manifests("kubernetes"):
            documents = {document["kind"]: document for document in yaml.safe_load_all(text)}
            data = documents["ConfigMap"]["data"]
            self.assertEqual(data["secretfetch.yaml"].encode(), CONFIGURATIONS[name].encode())
            self.assertEqual([text for key, text in data.items() if key != "secretfetch.yaml"], [TEMPLATE] * (name == "template"))
            spec = documents["Deployment"]["spec"]["template"]["spec"]
            init, app = spec["initContainers"][0], spec["containers"][0]
            words = app["command"][1:] if "command" in app else init["args"]
            self.run_locally(name, [word.replace("$$(", "$(") for word in words], data["secretfetch.yaml"])

    def test_what_the_kubelet_reads_is_what_is_written(self):
        (text,) = [text for name, text in self.manifests("kubernetes") if name == "several"]
        documents = {document["kind"]: document for document in yaml.safe_load_all(text)}
        references = [variable["valueFrom"]["fileKeyRef"] for variable in
                      documents["Deployment"]["spec"]["template"]["spec"]["containers"][0]["env"]]
        self.assertEqual([(reference["path"], reference["key"]) for reference in references],
                         [("app.env", "DB_USER"), ("app.env", "DB_PASSWORD")])
        self.assertEqual(text.count("# - {name: KEY"), 1, "of the file whose keys the configuration does not name")


class Ecs(Case):
    def test_each_can_be_registered_and_its_command_runs(self):
        for name, text in self.manifests("ecs", without=["template"]):
            definition = json.loads(text)
            self.assertEqual(test_examples.Ecs.wrong(self, definition), [])
            definition_of = test_manifests.Ecs("lint")
            definition_of.directory = self.directory
            self.assertEqual(definition_of.lint(definition), (0, ""))
            init, app = definition["containerDefinitions"]
            container, words = (app, app["entryPoint"][1:]) if "entryPoint" in app else (init, init["command"])
            (variable,) = container["environment"]
            self.assertEqual((variable["name"], variable["value"]), ("SECRETFETCH_CONFIG_INLINE", CONFIGURATIONS[name]))
            self.run_locally(name, words, variable["value"])


class Compose(Case):
    def test_each_is_read_by_compose_and_mounts_what_there_is(self):
        for name, text in self.manifests("compose"):
            path = self.directory / "compose.yaml"
            path.write_text(text)
            environment = {"HOME": str(self.directory)}
            project = json.loads(run(*COMPOSE, "-f", path, "config", "--format", "json", env=environment).stdout)
            services = project["services"]
            app = next(service for key, service in services.items() if key != "secretfetch")
            self.assertEqual(app["depends_on"], {"secretfetch": {"condition": "service_completed_successfully", "required": True}})
            binds = [mount for service in services.values() for mount in service["volumes"] if mount["type"] == "bind"]
            self.assertTrue(binds)
            for mount in binds:
                self.assertTrue(pathlib.Path(mount["source"]).is_file(), mount)
            words = app["entrypoint"][1:] if app.get("entrypoint") else services["secretfetch"]["command"]
            # As it is when Compose has read it, `$$` still stands for a dollar in what it prints.
            self.run_locally(name, [word.replace("$$", "$") for word in words], CONFIGURATIONS[name])


class Systemd(Case):
    def test_systemd_has_nothing_against_any_and_its_command_runs(self):
        units = self.directory / "units"
        units.mkdir()
        for name, text in self.manifests("systemd"):
            app = "orders" if name == "several" else "app"
            text = text.replace("/usr/local/bin/secretfetch", str(test_examples.BINARY)).replace(f"/usr/local/bin/{app}", "/bin/true")
            (units / f"{app}.service").write_text(text)
            environment = os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:"}
            done = run("systemd-analyze", "verify", "--man=no", f"{app}.service", check=False, env=environment)
            self.assertEqual(done.stdout + done.stderr, "")
            (line,) = re.findall(r"^Exec(?:StartPre|Start)=(.* (?:fetch|exec) .*)$", text, re.M)
            self.run_locally(name, shlex.split(line)[1:], CONFIGURATIONS[name])


if __name__ == "__main__":
    unittest.main(verbosity=2)
