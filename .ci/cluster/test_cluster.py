"""The injection, the examples and what goes wrong with them, on a real Kubernetes: admitted, started and served.

    SECRETFETCH=… FAKE=… .ci/cluster/run python3 .ci/cluster/test_cluster.py

AWS is the fake, with signatures and sessions checked. What EKS adds to a pod for IRSA and Pod Identity, policies of this
test add in the same place: the manifests and the chart are what is in the repository, to the letter.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import yaml

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path[:0] = [str(HERE), str(TOP / ".ci/pod")]

import aws  # noqa: E402
from cluster import Cluster  # noqa: E402
from containers import Podman  # noqa: E402

BINARY = pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True)
FAKE = pathlib.Path(os.environ["FAKE"]).resolve(strict=True)
EXAMPLES = TOP / "examples/kubernetes"
CONTROL = f"http://127.0.0.1:{aws.PORT}/_secretfetch"
CANARY = "c4n4ry-never-in-a-log"
SECRETS = {
    "vinsguru/prod": {"spring.datasource.username": "vinsguru", "spring.datasource.password": CANARY},
    "orders/db": {"username": "orders", "password": CANARY},
    "billing/db": {"username": "billing", "password": CANARY},
    "billing/stripe": {"secretKey": CANARY},
    "rotated": {"password": CANARY},
    "big": "x" * 60000,
}
ENV_FILE = f"SPRING_DATASOURCE_USERNAME=vinsguru\nSPRING_DATASOURCE_PASSWORD={CANARY}\n"
RESTRICTED = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "latest",
}
SECURITY = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}

cluster = Cluster()


def control(method, path, body=None):
    request = urllib.request.Request(
        f"{CONTROL}/{path}", method=method, data=None if body is None else json.dumps(body).encode()
    )
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {path}: {error.read().decode()}") from error
    return json.loads(text) if text else None


def operations():
    """What AWS was asked for up to now."""
    return {request["operation"] for request in control("GET", "requests")["requests"]}


def setUpModule():
    work = pathlib.Path(tempfile.mkdtemp(prefix="secretfetch-cluster-"))
    unittest.addModuleCleanup(shutil.rmtree, work, ignore_errors=True)
    load_images(work)
    start_aws(work)
    cluster.run(
        "helm", "install", "secretfetch", TOP / "deploy/chart/secretfetch", "--namespace", "kube-system",
        "--set", "image=docker.io/library/secretfetch:latest",
    )  # fmt: skip
    cluster.kubectl("create", "--filename=-", input=yaml.safe_dump_all(aws.policies()))
    wait_for_policies()


def load_images(work):
    """What the manifests name, as if the node had pulled it."""
    podman = Podman(work)
    podman.build_from_last_stage("Dockerfile", "docker.io/library/secretfetch:latest", BINARY, "secretfetch")
    examples = (EXAMPLES / "kustomize/kustomization.yaml").read_text()
    (image,) = yaml.safe_load(examples)["images"]
    for name in (f"{image['newName']}:{image['newTag']}", "registry.example.com/secretfetch:1"):
        podman("tag", "docker.io/library/secretfetch:latest", name)
    busybox = podman.build_busybox("docker.io/library/busybox:latest")

    # A service that serves its files: for a test, and for nothing else.
    (busybox / "Dockerfile").write_text(
        "FROM docker.io/library/busybox:latest\nUSER 10001\n"
        'CMD ["sh", "-c", "trap \'exit 0\' TERM; httpd -f -p 8080 -h ${FILES:-/secrets} & wait"]\n'
    )
    podman("build", "--pull=never", "--tag", "docker.io/library/orders:1", busybox)

    # The same program for a machine of another kind (EM_AARCH64, EM_X86_64 of the ELF header), by a tag that does not say so.
    binary = bytearray(BINARY.read_bytes())
    binary[18:20] = (62 if binary[18] == 183 else 183).to_bytes(2, "little")
    (work / "foreign").write_bytes(binary)
    (work / "foreign").chmod(0o755)
    podman.build_from_last_stage("Dockerfile", "docker.io/library/foreign:latest", work / "foreign", "secretfetch")

    pause = work / "pause"
    pause.mkdir()
    shutil.copy(shutil.which("catatonit"), pause / "pause")
    (pause / "Dockerfile").write_text('FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause", "-P"]\n')
    podman("build", "--pull=never", "--tag", "localhost/pause:latest", pause)

    images = podman("images", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    podman("save", "--multi-image-archive", "--output", work / "images.tar", *images)
    cluster.load_image(work / "images.tar")


def start_aws(work):
    (work / "seed.json").write_text(json.dumps(SECRETS))
    command = [FAKE, "--seed", work / "seed.json", "--host", "0.0.0.0", "--port", aws.PORT, "--region", "ca-central-1"]
    server = subprocess.Popen(list(map(str, [*command, "--require-signatures"])), stdout=subprocess.PIPE)
    unittest.addModuleCleanup(server.wait)
    unittest.addModuleCleanup(server.kill)
    server.stdout.readline()
    # EKS Pod Identity's agent, on port 80 of its own address on each node.
    nat = ["iptables", "--wait", "--table", "nat", "--append", "PREROUTING", "--destination", "169.254.170.23"]
    subprocess.run([*nat, "--protocol", "tcp", "--dport", "80", "--jump", "REDIRECT", "--to-ports", str(aws.PORT)], check=True)


def wait_for_policies():
    """The API server takes a moment until it knows new policies: until then, pods are as they were written."""
    probe = json.dumps(pod("probe", annotations={"secretfetch/config": "{}"}))
    end = time.monotonic() + 60
    while True:
        done = cluster.kubectl("create", "--dry-run=server", "--output=json", "--filename=-", input=probe, check=False)
        if done.returncode == 0 and "AWS_ROLE_ARN" in done.stdout and "SECRETFETCH_CONFIG_INLINE" in done.stdout:
            return
        if time.monotonic() > end:
            raise AssertionError(f"the policies do nothing\n{done.stdout}{done.stderr}")
        time.sleep(0.5)


def pod(name, annotations=None, labels=None, **spec):
    """A pod of a service that serves its files, as a team writes it that knows of the label alone."""
    security = {"runAsNonRoot": True, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}}
    container = {"name": "app", "image": "orders:1", "securityContext": SECURITY}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "labels": {"secretfetch/inject": "true"} | (labels or {}),
            "annotations": annotations or {},
        },
        "spec": {"serviceAccountName": "default", "securityContext": security, "containers": [container]} | spec,
    }


def config(*files, **fields):
    return yaml.safe_dump({"region": "ca-central-1", "files": list(files)} | fields)


APP_ENV = {"path": "app.env", "format": "env", "keyStyle": "upper-snake", "secretId": "vinsguru/prod"}


class Case(unittest.TestCase):
    maxDiff = None

    def namespace(self, labels=RESTRICTED):
        """A namespace of the test's own."""
        name = re.sub(r"[^a-z0-9]+", "-", self.id().split(".")[-1].removeprefix("test_"))[:50].strip("-")
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        self.addCleanup(cluster.kubectl, "delete", "namespace", name, "--wait=false")
        self.eventually("the service account", lambda: self.kubectl(name, "get", "sa", "default", check=False).returncode == 0)
        return name

    def setUp(self):
        control("DELETE", "faults")
        control("DELETE", "requests")

    def kubectl(self, namespace, *args, **options):
        return cluster.kubectl("--namespace", namespace, *args, **options)

    def create(self, *objects, namespace="default", check=True):
        text = yaml.safe_dump_all(objects)
        return self.kubectl(namespace, "create", "--filename=-", input=text, check=check)

    def get(self, namespace, *args):
        return cluster.get("--namespace", namespace, *args)

    def eventually(self, what, is_so, seconds=60, told=lambda: ""):
        end = time.monotonic() + seconds
        while not (answer := is_so()):
            self.assertLess(time.monotonic(), end, f"{what}\n{told()}")
            time.sleep(0.25)
        return answer

    def story(self, namespace):
        """What somebody would look at who wants to know why."""
        told = [self.kubectl(namespace, "describe", "pods", check=False).stdout]
        for name in self.pods(namespace):
            told.append(self.kubectl(namespace, "logs", name, "--all-containers", "--prefix", check=False).stdout)
        return "\n".join(told)

    def pods(self, namespace):
        return [pod["metadata"]["name"] for pod in self.get(namespace, "pods")["items"]]

    def assertReady(self, namespace, seconds=60):
        for name in self.pods(namespace):
            self.assertReaches(namespace, "wait", "--for=condition=Ready", f"pod/{name}", seconds=seconds)

    def assertReaches(self, namespace, *args, seconds=60):
        """Of `kubectl wait` and `kubectl rollout status`."""
        done = self.kubectl(namespace, *args, f"--timeout={seconds}s", check=False)
        self.assertEqual(done.returncode, 0, done.stderr + self.story(namespace))

    def assertNoValueIsTold(self, namespace):
        self.assertNotIn(CANARY, self.story(namespace))
        self.assertNotIn(CANARY, json.dumps(self.get(namespace, "pods,configmaps,events,secrets")))

    def serves(self, namespace, name, file):
        """What the service answers to somebody on the network."""
        address = self.get(namespace, "pod", name)["status"]["podIP"]
        try:
            with urllib.request.urlopen(f"http://{address}:8080/{file}", timeout=5) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return f"HTTP {error.code}"
        except OSError as error:
            return str(error)

    def assertFileIs(self, namespace, name, file, text, seconds=30):
        self.eventually(
            f"{file} is not {text!r}",
            lambda: self.serves(namespace, name, file) == text,
            seconds,
            lambda: self.serves(namespace, name, file) + self.story(namespace),
        )

    def assertEnds(self, namespace, name):
        """The containers end by themselves when they are asked to: well before the kubelet would kill them."""
        self.kubectl(namespace, "delete", "pod", name, "--timeout=20s")


class Injection(Case):
    def test_a_label_and_an_annotation_are_all_that_a_pod_needs(self):
        here = self.namespace()
        self.create(pod("orders", {"secretfetch/config": config(APP_ENV)}), namespace=here)
        self.assertReady(here)
        self.assertFileIs(here, "orders", "app.env", ENV_FILE)
        volume = self.kubectl(here, "exec", "orders", "--", "ls", "-ln", "/secrets/app.env").stdout
        self.assertRegex(volume, r"^-r--r-----\s+1 65532\s+65532 ")
        self.assertNotEqual(self.kubectl(here, "exec", "orders", "--", "touch", "/secrets/x", check=False).returncode, 0)
        mounts = self.kubectl(here, "exec", "orders", "--", "cat", "/proc/mounts").stdout
        self.assertRegex(mounts, r"(?m)^tmpfs /secrets tmpfs ro\b.*\bsize=4096k")
        self.assertNoValueIsTold(here)
        # By the pod's own identity: the token that the kubelet keeps, given to STS.
        self.assertIn("AssumeRoleWithWebIdentity", operations())
        self.assertEnds(here, "orders")

    def shown(self, page):
        """The pod, or the part of one, that a page shows with the label."""
        blocks = re.findall(r"^```yaml\n(.*?)^```", (TOP / page).read_text(), re.M | re.S)
        return yaml.safe_load(next(block for block in blocks if "secretfetch/inject" in block))

    def test_the_readme_of_deploy_shows_what_works(self):
        example = self.shown("deploy/README.md")
        here = self.namespace(labels={})
        self.kubectl(here, "create", "serviceaccount", example["spec"]["serviceAccountName"])
        self.create(example, namespace=here)
        self.assertReady(here)
        self.assertFileIs(here, "orders", "app.env", ENV_FILE)
        self.assertNoValueIsTold(here)

    def test_the_readme_shows_what_works(self):
        example = self.shown("README.md")
        here = self.namespace(labels={})
        mount = example["metadata"]["annotations"]["secretfetch/mount"]
        container = {"name": "app", "image": "orders:1", "env": [{"name": "FILES", "value": mount}]}
        written = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "orders"} | example["metadata"]}
        self.create(written | {"spec": {"containers": [container]} | example["spec"]}, namespace=here)
        self.assertReady(here)
        properties = "".join(f"{name}={value}\n" for name, value in SECRETS["vinsguru/prod"].items())
        self.assertFileIs(here, "orders", "application.properties", properties)
        self.assertNoValueIsTold(here)

    def test_a_sidecar_follows_the_secret_and_the_config_map(self):
        here = self.namespace()
        files = [{"path": "now", "secretId": "rotated", "key": "password"}]
        text = config(*files, watch={"interval": "1s"})
        self.kubectl(here, "create", "configmap", "orders", f"--from-literal=config.yaml={text}")
        self.create(
            pod("orders", {"secretfetch/config-map": "orders", "secretfetch/mode": "sidecar"}), namespace=here
        )
        self.assertReady(here)
        self.assertFileIs(here, "orders", "now", CANARY)
        control("POST", "rotate", {"secretId": "rotated"})
        self.eventually("another password", lambda: self.serves(here, "orders", "now") not in (CANARY, ""))

        files.append({"path": "app.env", "format": "env", "keyStyle": "upper-snake", "secretId": "vinsguru/prod"})
        text = config(*files, watch={"interval": "1s"})
        changed = {"data": {"config.yaml": text}}
        self.kubectl(here, "patch", "configmap", "orders", "--type=merge", f"--patch={json.dumps(changed)}")
        self.assertFileIs(here, "orders", "app.env", ENV_FILE, seconds=90)
        (sidecar,) = self.get(here, "pod", "orders")["status"]["initContainerStatuses"]
        self.assertEqual((sidecar["ready"], sidecar["restartCount"]), (True, 0))
        self.assertNoValueIsTold(here)
        self.assertEnds(here, "orders")

    def test_a_service_waits_for_the_first_set_of_its_sidecar(self):
        here = self.namespace()
        control("POST", "faults", {"fault": "unavailable", "secretId": "vinsguru/prod"})
        annotations = {"secretfetch/config": config(APP_ENV), "secretfetch/mode": "sidecar"}
        self.create(pod("orders", annotations), namespace=here)
        self.eventually("a request", lambda: control("GET", "requests")["requests"], told=lambda: self.story(here))
        time.sleep(2)
        (app,) = self.get(here, "pod", "orders")["status"]["containerStatuses"]
        self.assertIn("waiting", app["state"], self.story(here))
        control("DELETE", "faults")
        self.assertReady(here, seconds=120)
        self.assertFileIs(here, "orders", "app.env", ENV_FILE)

    def test_deployments_and_jobs_have_it_in_their_template(self):
        here = self.namespace()
        template = pod("any", {"secretfetch/config": config(APP_ENV)}, labels={"app": "orders"})
        template = {"metadata": template["metadata"] | {"name": None}, "spec": template["spec"]}
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "orders"},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "orders"}}, "template": template},
        }
        container = template["spec"]["containers"][0] | {"command": ["test", "-s", "/secrets/app.env"]}
        job = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "orders"},
            "spec": {"template": template | {"spec": template["spec"] | {"containers": [container], "restartPolicy": "Never"}}},
        }
        self.create(deployment, job, namespace=here)
        for what, condition in (("deployment/orders", "Available"), ("job/orders", "Complete")):
            self.assertReaches(here, "wait", f"--for=condition={condition}", what)
        self.assertNoValueIsTold(here)

    def test_the_overlay_and_the_plain_manifests_are_taken(self):
        cluster.kubectl("apply", "--dry-run=server", "--kustomize", TOP / "deploy/kustomize")
        cluster.kubectl("apply", "--dry-run=server", "--filename", TOP / "deploy/manifests/secretfetch.yaml")


PROPERTIES = ("spring.datasource.username", "spring.datasource.password")
VARIABLES = ("SPRING_DATASOURCE_USERNAME", "SPRING_DATASOURCE_PASSWORD")
# What the service of each example has in its log, and how many pods of it there are.
SERVICES = {
    "deployment.yaml": (PROPERTIES, 3),
    "exec.yaml": (VARIABLES, 1),
    "file-key-ref.yaml": (VARIABLES, 1),
    "image-volume.yaml": (VARIABLES, 1),
    "inline.yaml": (PROPERTIES, 1),
    "irsa.yaml": (PROPERTIES, 1),
    "pod-identity.yaml": (PROPERTIES, 1),
    "pod.yaml": (PROPERTIES, 1),
    "sidecar.yaml": (PROPERTIES, 1),
    "web-identity.yaml": (PROPERTIES, 1),
}
# By which request each became somebody to AWS.
IDENTITIES = {"pod-identity.yaml": "ContainerCredentials"}


class Examples(Case):
    """Each as it stands: kubectl apply, and the service has its secrets."""

    def test_there_is_no_other(self):
        others = {"job.yaml", "namespace.yaml"}
        self.assertEqual({path.name for path in EXAMPLES.glob("*.yaml")}, set(SERVICES) | others)

    def apply(self, file):
        here = self.namespace()
        if "kind: ServiceAccount" not in (EXAMPLES / file).read_text():
            self.kubectl(here, "create", "serviceaccount", "vinsguru")
        self.kubectl(here, "apply", "--filename", EXAMPLES / file)
        return here

    def assertServes(self, file, names, count):
        """Its pods are ready, their logs have `names` and no value, and they end when they are asked to."""
        here = self.apply(file)
        self.eventually("its pods", lambda: len(self.pods(here)) == count, told=lambda: self.story(here))
        self.assertReady(here)
        for name in self.pods(here):
            self.eventually(
                f"{names} in the log",
                lambda name=name: set(names) <= set(self.kubectl(here, "logs", name, "--container=app").stdout.split()),
                told=lambda: self.story(here),
            )
        self.assertNoValueIsTold(here)
        identity = IDENTITIES.get(file, "AssumeRoleWithWebIdentity")
        self.assertEqual(operations() - {"BatchGetSecretValue", "GetSecretValue"}, {identity})
        self.kubectl(here, "delete", "--filename", EXAMPLES / file, "--timeout=20s")

    def test_job(self):
        here = self.apply("job.yaml")
        self.assertReaches(here, "wait", "--for=condition=Complete", "job/vinsguru-migrate")

    def test_a_job_does_not_try_again_what_cannot_succeed(self):
        control("POST", "faults", {"fault": "accessDenied", "secretId": "vinsguru/prod"})
        here = self.apply("job.yaml")
        self.assertReaches(here, "wait", "--for=condition=Failed", "job/vinsguru-migrate")
        (condition,) = [c for c in self.get(here, "job", "vinsguru-migrate")["status"]["conditions"] if c["type"] == "Failed"]
        self.assertEqual(condition["reason"], "PodFailurePolicy")
        self.assertEqual(len(self.pods(here)), 1)

    def test_kustomize(self):
        cluster.kubectl("apply", "--kustomize", EXAMPLES / "kustomize")
        self.addCleanup(cluster.kubectl, "delete", "namespace", "vinsguru", "--wait=false")
        for name in ("orders", "billing"):
            self.assertReaches("vinsguru", "rollout", "status", f"deployment/{name}-service")
        self.assertNoValueIsTold("vinsguru")

    def test_what_the_program_prints_for_a_configuration(self):
        here = self.namespace()
        keys = {"DB_USER": "spring.datasource.username", "DB_PASSWORD": "spring.datasource.password"}
        file = {"path": "app.env", "format": "env", "dialect": "kubernetes", "secretId": "vinsguru/prod", "keys": keys}
        with tempfile.TemporaryDirectory() as work:
            path = pathlib.Path(work) / "secretfetch.yaml"
            path.write_text(config(file, directory="/secrets"))
            printed = cluster.run(BINARY, "manifest", "kubernetes", "--config", path).stdout
        # What its first lines ask for: the two images.
        images = {"secretfetch:latest": "registry.example.com/secretfetch:1", "your-service:latest": "orders:1"}
        for name, image in images.items():
            self.assertEqual(printed.count(f"image: {name}"), 1, printed)
            printed = printed.replace(f"image: {name}", f"image: {image}")
        self.kubectl(here, "create", "--filename=-", input=printed)
        self.assertReaches(here, "rollout", "status", "deployment/app")
        (name,) = self.pods(here)
        written = f"DB_PASSWORD='{CANARY}'\nDB_USER='vinsguru'\n"
        self.assertEqual(self.serves(here, name, "app.env"), written)
        variables = self.kubectl(here, "exec", name, "--", "env").stdout.splitlines()
        self.assertLessEqual({"DB_USER=vinsguru", f"DB_PASSWORD={CANARY}"}, set(variables))
        self.assertNoValueIsTold(here)


for file, expected in SERVICES.items():
    name = "test_" + file.removesuffix(".yaml").replace("-", "_")
    setattr(Examples, name, lambda self, file=file, expected=expected: self.assertServes(file, *expected))


class Wrong(Case):
    """What a user of the cluster gets wrong first: each ends in a message that names the field to change."""

    def refused(self, *objects, namespace):
        done = self.create(*objects, namespace=namespace, check=False)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr

    def described(self, namespace, pattern, seconds=60):
        """`pattern` in what `kubectl describe pod` shows."""

        def found():
            return re.search(pattern, self.kubectl(namespace, "describe", "pods").stdout, re.S)

        return self.eventually(f"no {pattern!r}", found, seconds, lambda: self.story(namespace))[0]

    def test_no_service_account(self):
        here = self.namespace()
        wrong = pod("orders", {"secretfetch/config": config(APP_ENV)}, serviceAccountName="orders")
        self.assertIn('serviceaccount "orders" not found', self.refused(wrong, namespace=here))

    def test_annotations_that_the_api_server_can_see(self):
        here = self.namespace()
        right = {"secretfetch/config": config(APP_ENV)}
        taken = [{"name": "mine", "emptyDir": {}}], [{"name": "mine", "mountPath": "/secrets"}]
        container = {"name": "app", "image": "orders:1", "securityContext": SECURITY, "volumeMounts": taken[1]}
        for wrong, message in [
            (pod("orders"), "no configuration: "),
            (pod("orders", right | {"secretfetch/config-map": "orders"}), "two configurations: "),
            (pod("orders", right | {"secretfetch/mode": "daemon"}), "annotation secretfetch/mode"),
            (pod("orders", right | {"secretfetch/mount": "secrets"}), "annotation secretfetch/mount: "),
            (pod("orders", right | {"secretfetch/mont": "/x"}), "no such annotation: "),
            (pod("orders", right, labels={"secretfetch/inject": "yes"}), 'label secretfetch/inject: must be "true"'),
            (pod("orders", right, volumes=taken[0], containers=[container]), "annotation secretfetch/mount: "),
            (pod("orders", right | {"secretfetch/image": "foreign"}), "not the pod's choice in this cluster"),
        ]:
            with self.subTest(message):
                self.assertIn(message, self.refused(wrong, namespace=here))

    def test_two_injections_on_one_mount_path(self):
        here = self.namespace()
        (written,) = [
            document for document in yaml.safe_load_all((EXAMPLES / "inline.yaml").read_text()) if document["kind"] == "Pod"
        ]
        written["metadata"]["labels"]["secretfetch/inject"] = "true"
        written["metadata"]["annotations"] = {"secretfetch/config": config(APP_ENV), "secretfetch/mount": "/app"}
        self.kubectl(here, "create", "serviceaccount", "vinsguru")
        message = self.refused(written, namespace=here)
        self.assertIn("annotation secretfetch/mount: ", message)
        self.assertIn("is taken", message)

    def test_a_configuration_that_is_not_yaml(self):
        here = self.namespace()
        self.create(pod("orders", {"secretfetch/config": "files: [\n  - path: a\n"}), namespace=here)
        message = self.described(here, r"Last State:.*?Exit Code: +2\b")
        self.assertIn("SECRETFETCH_CONFIG_INLINE: line 2: this is not YAML", message)
        # Which is the annotation, by what stands beside it.
        self.described(here, r"SECRETFETCH_CONFIG_INLINE: .*metadata.annotations\['secretfetch/config'\]")

    def test_a_config_map_that_is_not_there_or_has_another_key(self):
        here = self.namespace()
        self.create(pod("orders", {"secretfetch/config-map": "gone"}), namespace=here)
        self.described(here, r'configmap "gone" not found')
        self.kubectl(here, "create", "configmap", "other", "--from-literal=config.yml={}")
        self.create(pod("other", {"secretfetch/config-map": "other"}), namespace=here)
        message = self.described(here, r"Last State:.*?Exit Code: +2\b")
        self.assertIn("/etc/secretfetch/config.yaml", message)

    def test_a_mount_below_a_volume_that_is_read_only(self):
        here = self.namespace()
        container = {
            "name": "app", "image": "orders:1", "securityContext": SECURITY,
            "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        }  # fmt: skip
        # Read-only for the container's runtime, too, which makes the directory for a mount if it can.
        volume = {"name": "data", "image": {"reference": "busybox:latest", "pullPolicy": "IfNotPresent"}}
        annotations = {"secretfetch/config": config(APP_ENV), "secretfetch/mount": "/data/secrets"}
        self.create(pod("orders", annotations, containers=[container], volumes=[volume]), namespace=here)
        self.described(here, r"/data/secrets.*read-only file system")

    def test_an_output_on_the_read_only_image(self):
        here = self.namespace()
        text = (EXAMPLES / "pod.yaml").read_text().replace("--output=/secret/", "--output=/secrets/")
        if "kind: ServiceAccount" not in text:
            self.kubectl(here, "create", "serviceaccount", "vinsguru")
        self.kubectl(here, "create", "--filename=-", input=text)
        message = self.described(here, r"Last State:.*?Exit Code: +7\b")
        self.assertIn("/secrets", message)
        self.assertIn("the file system is read-only", message)

    def test_an_image_for_another_machine_and_one_that_is_nowhere(self):
        example = (EXAMPLES / "inline.yaml").read_text()
        here = self.namespace()
        self.kubectl(here, "create", "serviceaccount", "vinsguru")
        for image, told in [
            ("foreign:latest", "exec format error"),
            ("localhost/gone:1", "(ErrImagePull|ImagePullBackOff).*localhost/gone:1"),
        ]:
            with self.subTest(image):
                self.kubectl(here, "create", "--filename=-", input=example.replace("secretfetch:latest", image))
                self.described(here, told)
                self.kubectl(here, "delete", "pod", "vinsguru-inline", "--timeout=20s")

    def test_a_secret_that_is_not_there_and_one_that_is_not_the_pods(self):
        here = self.namespace()
        self.create(pod("gone", {"secretfetch/config": config(APP_ENV | {"secretId": "vinsguru/gone"})}), namespace=here)
        message = self.described(here, r"Last State:.*?Exit Code: +3\b")
        self.assertIn("vinsguru/gone", message)
        self.kubectl(here, "delete", "pod", "gone")
        control("POST", "faults", {"fault": "accessDenied", "secretId": "vinsguru/prod"})
        self.create(pod("denied", {"secretfetch/config": config(APP_ENV)}), namespace=here)
        message = self.described(here, r"Last State:.*?Exit Code: +4\b")
        self.assertIn("secretsmanager:GetSecretValue", message)

    def test_an_identity_is_missing(self):
        here = self.namespace()
        wrong = pod("orders", {"secretfetch/config": config(APP_ENV)}, labels={"aws": "none"})
        self.create(wrong, namespace=here)
        message = self.described(here, r"Last State:.*?Exit Code: +4\b")
        self.assertIn("no AWS credentials are configured", message)
        self.assertIn("annotate the service account with eks.amazonaws.com/role-arn", message)

    def test_the_volume_is_too_small(self):
        here = self.namespace()
        files = [{"path": f"f{n}", "secretId": "big"} for n in range(80)]
        self.create(pod("orders", {"secretfetch/config": config(*files)}), namespace=here)
        message = self.described(here, r"Last State:.*?Exit Code: +7\b")
        self.assertIn("no space is left", message)


if __name__ == "__main__":
    unittest.main(verbosity=2)
