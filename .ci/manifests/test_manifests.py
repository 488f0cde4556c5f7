"""The manifests of examples/, by what will read them: Kubernetes' schemas, the API server's own validation and the Pod
Security Standard "restricted" (main.go), kustomize, and CloudFormation's schema for the ECS task definition.

Run by .ci/run on the Python of .ci/requirements.txt, with MANIFESTS naming the program of main.go:

    MANIFESTS=… .ci/.tools/aws/bin/python .ci/manifests/test_manifests.py
"""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import kubernetes_validate
import yaml

TOP = pathlib.Path(__file__).resolve().parents[2]
KUBERNETES = TOP / "examples/kubernetes"
PROGRAM = pathlib.Path(os.environ["MANIFESTS"]).resolve(strict=True)
CFN_LINT = pathlib.Path(os.environ["CFN_LINT"]).resolve(strict=True)
VERSIONS = ["1.34", "1.35", "1.36", "1.37"]


def schema_mistakes(path):
    """What each version's schema has against the documents of a file."""
    mistakes = []
    documents = [document for document in yaml.safe_load_all(path.read_text()) if document]
    for version in VERSIONS:
        for document in documents:
            name = f"{path.name} {document.get('kind')} in {version}"
            try:
                used = kubernetes_validate.validate(document, version, strict=True)
            except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
                mistakes.append(f"{name}: {getattr(error, 'message', error)}")
                continue
            # It takes another version for one that it does not have.
            assert used == version, f"{name}: the schema of {used}"
    return mistakes


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)


class Kubernetes(Case):
    def admitted(self, *paths):
        """Whether the API server would take them, and what the program has printed."""
        command = [PROGRAM, "--rendered", self.directory, *paths]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode == 0, done.stdout + done.stderr

    def test_each_manifest_is_right_in_every_version(self):
        for path in sorted(KUBERNETES.glob("*.yaml")):
            with self.subTest(manifest=path.name):
                self.assertEqual(schema_mistakes(path), [])
        admitted, printed = self.admitted(*sorted(KUBERNETES.glob("*.yaml")))
        self.assertTrue(admitted, printed)

    def test_what_kustomize_makes_is_right_in_every_version(self):
        admitted, printed = self.admitted(KUBERNETES / "kustomize")
        self.assertTrue(admitted, printed)
        (rendered,) = self.directory.iterdir()
        self.assertEqual(schema_mistakes(rendered), [])
        documents = list(yaml.safe_load_all(rendered.read_text()))
        maps = {document["metadata"]["name"] for document in documents if document["kind"] == "ConfigMap"}
        mounted = set()
        for document in documents:
            if document["kind"] == "Deployment":
                spec = document["spec"]["template"]["spec"]
                mounted |= {volume["configMap"]["name"] for volume in spec["volumes"] if "configMap" in volume}
                (provider,) = spec["initContainers"]
                self.assertNotEqual(provider["image"], "secretfetch", "the image of the one place")
        self.assertEqual(mounted, maps, "each service has its own list of files, by the name of its content")
        self.assertEqual(len(maps), 2)

    def test_all_names_are_of_one_namespace_that_admits_only_restricted_pods(self):
        namespace = yaml.safe_load((KUBERNETES / "namespace.yaml").read_text())
        self.assertEqual(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted")
        self.assertEqual(namespace, yaml.safe_load((KUBERNETES / "kustomize/namespace.yaml").read_text()))

    def broken(self, name, old, new):
        text = (KUBERNETES / name).read_text()
        self.assertIn(old, text)
        path = self.directory / name
        path.write_text(text.replace(old, new))
        return path

    def test_what_the_schema_forbids_is_seen(self):
        for name, old, new in [
            ("pod.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFileSystem: true"),
            ("pod.yaml", "sizeLimit: 1Mi", "sizeLimits: 1Mi"),
            ("deployment.yaml", "replicas: 3", "replicas: three"),
            ("job.yaml", "values: [2, 3, 4, 6]", 'values: ["2"]'),
            ("file-key-ref.yaml", "volumeName: environment", "volume: environment"),
            ("sidecar.yaml", "startupProbe:", "startUpProbe:"),
        ]:
            with self.subTest(manifest=name, change=new):
                path = self.broken(name, old, new)
                self.assertEqual(len(schema_mistakes(path)) % len(VERSIONS), 0)
                self.assertNotEqual(schema_mistakes(path), [])
                self.assertFalse(self.admitted(path)[0])

    def test_what_the_api_server_refuses_is_seen(self):
        for name, old, new, message in [
            ("pod.yaml", "        - name: secret\n", "        - name: secrets\n", "volumeMounts[0].name: Not found"),
            ("job.yaml", "containerName: secrets-provider", "containerName: provider", "must be one of the container"),
            ("job.yaml", "restartPolicy: Never", "restartPolicy: OnFailure", 'only "Never" is supported'),
            ("sidecar.yaml", "restartPolicy: Always", "", "startupProbe: Forbidden"),
            ("deployment.yaml", "      labels:\n        app.kubernetes.io/name: vinsguru-web\n", "", "`selector`"),
            ("file-key-ref.yaml", "path: app.env", "path: ../app.env", "must not contain '..'"),
            ("file-key-ref.yaml", "volumeName: environment", "volumeName: secret", "fileKeyRef"),
            ("deployment.yaml", "  config.yaml: |", "  config/yaml: |", "data[config/yaml]"),
            ("web-identity.yaml", "expirationSeconds: 86400", "expirationSeconds: 60", "less than 10 minutes"),
        ]:
            with self.subTest(manifest=name, change=new):
                admitted, printed = self.admitted(self.broken(name, old, new))
                self.assertFalse(admitted, "it was taken")
                self.assertIn(message, printed)

    def test_a_pod_that_is_not_restricted_is_seen(self):
        for name, old, new in [
            ("pod.yaml", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"),
            ("pod.yaml", "drop: [ALL]", "add: [NET_ADMIN]"),
            ("sidecar.yaml", "runAsNonRoot: true", "runAsNonRoot: false"),
            ("job.yaml", "type: RuntimeDefault", "type: Unconfined"),
            ("deployment.yaml", "runAsUser: 10001", "runAsUser: 0"),
            ("exec.yaml", "emptyDir:", "hostPath: {path: /opt}\n      unused:"),
        ]:
            with self.subTest(manifest=name, change=new):
                admitted, printed = self.admitted(self.broken(name, old, new))
                self.assertFalse(admitted, "it was taken")
                if "unused" not in new:
                    self.assertIn('violates PodSecurity "restricted:v1.34"', printed)

    def test_a_file_without_a_pod_is_not_a_success(self):
        self.assertFalse(self.admitted(KUBERNETES / "namespace.yaml")[0])


class Ecs(Case):
    """The task definition is the input of `aws ecs register-task-definition`; .ci/examples holds it against AWS's model of
    that call. CloudFormation's schema knows more of what values go together."""

    # What stands below these is the user's own names.
    MAPS = {"options", "dockerLabels"}

    def template(self, definition):
        """The same resource in a template, whose names begin with capitals."""

        def capitals(value):
            if isinstance(value, list):
                return [capitals(item) for item in value]
            if not isinstance(value, dict):
                return value
            below = {name: item if name in self.MAPS else capitals(item) for name, item in value.items()}
            return {name[0].upper() + name[1:]: item for name, item in below.items()}

        resource = {"Type": "AWS::ECS::TaskDefinition", "Properties": capitals(definition)}
        path = self.directory / "template.json"
        path.write_text(json.dumps({"Resources": {"Task": resource}}))
        return path

    def lint(self, definition):
        command = [CFN_LINT, "--regions", "ca-central-1", "--format", "parseable", self.template(definition)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout + done.stderr

    def definition(self):
        return json.loads((TOP / "examples/ecs/task-definition.json").read_text())

    def test_cloudformation_has_nothing_against_the_task_definition(self):
        self.assertEqual(self.lint(self.definition()), (0, ""))

    def test_a_wrong_task_definition_is_seen(self):
        for change in [
            lambda definition: definition.update(cpu="300"),
            lambda definition: definition.update(taskRole=definition.pop("taskRoleArn")),
            lambda definition: definition["containerDefinitions"][1]["dependsOn"][0].update(condition="DONE"),
            lambda definition: definition["containerDefinitions"][0].pop("image"),
        ]:
            definition = self.definition()
            change(definition)
            with self.subTest(definition=definition):
                self.assertNotEqual(self.lint(definition)[0], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
