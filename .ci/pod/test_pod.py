"""The examples in real containers: pods by `podman kube play`, with moto for AWS, an image, and a project of Compose.

Run by .ci/run as root, with SECRETFETCH naming the static binary and podman, runc, catatonit and busybox-static
installed, and Compose as .ci/readers/install unpacks it. No image is pulled: the Dockerfile's last stage is built around the binary, and busybox is Debian's.
"""

import contextlib
import json
import logging
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import boto3
import yaml
from moto.server import ThreadedMotoServer
from containers import Podman

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / ".ci/readers/read"))
import protocol  # noqa: E402 # where Compose is, and how it runs

BINARY = pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True)
REGION = "ca-central-1"
SECRET_ID = "vinsguru/prod"
CANARY = "c4n4ry-never-in-a-log"
SECRET = {"spring.datasource.username": "vinsguru", "spring.datasource.password": CANARY, "note": "it's é"}
PROPERTIES = f"spring.datasource.username=vinsguru\nspring.datasource.password={CANARY}\nnote=it's \\u00e9\n".encode()
USER = GROUP = 65532
APP_USER = 10001

work = None
podman = None
server = None
port = None
client = None


def inspect(container):
    return json.loads(podman("inspect", "--type", "container", container).stdout)[0]


def setUpModule():
    global work, podman, server, port, client
    work = pathlib.Path(tempfile.mkdtemp(prefix="secretfetch-pod-"))
    unittest.addModuleCleanup(shutil.rmtree, work, ignore_errors=True)
    podman = Podman(work)
    podman.build_from_last_stage("Dockerfile", "localhost/secretfetch:latest", BINARY, "secretfetch")
    podman.build_busybox("localhost/busybox:latest")

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
    server.start()
    unittest.addModuleCleanup(server.stop)
    host, port = server.get_host_and_port()
    client = boto3.client(
        "secretsmanager",
        region_name=REGION,
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_secret(Name=SECRET_ID, SecretString=json.dumps(SECRET))


@contextlib.contextmanager
def memory_volume():
    """A volume as the kubelet makes an emptyDir of medium Memory for a pod with an fsGroup."""
    directory = work / "memory"
    directory.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=1m,mode=2777,gid={GROUP}", "tmpfs", directory], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", directory], check=True)


def aws_is_moto():
    """For a container on this machine's loopback. By name: a scratch image must resolve names too."""
    return [
        {"name": "AWS_ENDPOINT_URL", "value": f"http://localhost:{port}"},
        {"name": "AWS_ACCESS_KEY_ID", "value": "testing"},
        {"name": "AWS_SECRET_ACCESS_KEY", "value": "testing"},
    ]


def example_pod():
    documents = yaml.safe_load_all((TOP / "examples/kubernetes/pod.yaml").read_text())
    return next(document for document in documents if document["kind"] == "Pod")


class ExamplePod(unittest.TestCase):
    maxDiff = None

    def play(self, *, secret_id=SECRET_ID, volume=None):
        """Plays the example, changed only where podman 4.3 or a machine without AWS needs it."""
        pod = example_pod()
        name = pod["metadata"]["name"]
        provider = pod["spec"]["initContainers"][0]
        self.termination_log = work / "termination-log"
        self.termination_log.write_bytes(b"")
        self.termination_log.chmod(0o666)

        # Podman removes an init container that succeeded; kept, its exit code and its log can be looked at.
        pod["metadata"]["annotations"] = {"io.podman.annotations.init.container.type": "always"}
        # Podman applies the pod's restart policy to init containers that succeeded, too.
        pod["spec"]["restartPolicy"] = "Never"
        pod["spec"]["hostNetwork"] = True
        provider["env"] = provider.get("env", []) + aws_is_moto()
        provider["args"] = [arg.replace(SECRET_ID, secret_id) for arg in provider["args"]]
        # The kubelet provides the termination log; podman does not.
        provider["volumeMounts"].append({"name": "termination-log", "mountPath": "/dev/termination-log"})
        pod["spec"]["volumes"].append(
            {"name": "termination-log", "hostPath": {"path": str(self.termination_log), "type": "File"}}
        )
        if volume:
            # Podman has no fsGroup and no memory medium.
            pod["spec"]["volumes"][0] = {"name": "secret", "hostPath": {"path": str(volume), "type": "Directory"}}

        path = work / "pod.json"
        path.write_text(json.dumps(pod))
        self.addCleanup(podman, "volume", "rm", "--all", "--force", check=False)
        self.addCleanup(podman, "pod", "rm", "--force", "--time", "0", name, check=False)
        played = podman("kube", "play", path, check=False)
        self.provider = f"{name}-{provider['name']}"
        self.app = f"{name}-{pod['spec']['containers'][0]['name']}"
        self.pod = name
        return played

    def logs(self, container):
        done = podman("logs", container)
        return done.stdout + done.stderr

    def wait_for_log(self, container, text):
        deadline = time.monotonic() + 20
        while text not in (log := self.logs(container)):
            self.assertLess(time.monotonic(), deadline, f"no {text!r} in the log of {container}:\n{log}")
            time.sleep(0.1)
        return log

    def assertServiceHasItsFile(self, played):
        provider_log = self.logs(self.provider)
        self.assertEqual(played.returncode, 0, played.stderr + provider_log)
        self.assertEqual(inspect(self.provider)["State"]["ExitCode"], 0, provider_log)
        self.assertEqual(self.termination_log.read_bytes(), b"", "nothing failed")

        names = [line.split("=")[0] for line in PROPERTIES.decode().splitlines()]
        log = self.wait_for_log(self.app, names[-1])
        self.assertEqual([line.strip() for line in log.splitlines()[1:]], names)
        self.assertTrue(log.startswith("-r--r-----"), log)
        self.assertIn("/app/application.properties", log)

        self.assertEqual(podman("exec", self.app, "cat", "/app/application.properties").stdout.encode(), PROPERTIES)
        self.assertEqual(podman("exec", self.app, "ls", "-A", "/app").stdout, "application.properties\n")
        self.assertEqual(podman("exec", self.app, "id", "-u").stdout.strip(), str(APP_USER))
        self.assertNotEqual(podman("exec", self.app, "touch", "/app/x", check=False).returncode, 0)
        for container in (self.provider, self.app):
            self.assertNotIn(CANARY, self.logs(container))

    def test_the_service_finds_its_file(self):
        self.assertServiceHasItsFile(self.play())

    def test_the_service_finds_its_file_on_the_kubelets_memory_volume(self):
        with memory_volume() as volume:
            self.assertServiceHasItsFile(self.play(volume=volume))
            status = (volume / "application.properties").stat()
            self.assertEqual((status.st_uid, status.st_gid, status.st_mode & 0o7777), (USER, GROUP, 0o440))
            podman("pod", "rm", "--force", "--time", "0", self.pod)

    def test_both_containers_run_without_privileges(self):
        self.play()
        for container, user in ((self.provider, USER), (self.app, APP_USER)):
            with self.subTest(container):
                state = inspect(container)
                self.assertEqual(state["Config"]["User"], f"{user}:{GROUP}")
                self.assertTrue(state["HostConfig"]["ReadonlyRootfs"])
                self.assertFalse(state["HostConfig"]["Privileged"])
                self.assertIn("no-new-privileges", state["HostConfig"]["SecurityOpt"])
                self.assertFalse(state["EffectiveCaps"])
                self.assertEqual(state["HostConfig"]["Memory"], 64 << 20)
        status = podman("exec", self.app, "cat", "/proc/1/status").stdout
        self.assertIn("CapBnd:\t0000000000000000", status)
        self.assertIn("Seccomp:\t2", status)

    def test_a_missing_secret_keeps_the_service_from_starting(self):
        with memory_volume() as volume:
            played = self.play(secret_id="vinsguru/missing", volume=volume)
            log = self.logs(self.provider)
            self.assertNotEqual(played.returncode, 0)
            self.assertEqual(inspect(self.provider)["State"]["ExitCode"], 3, log)
            app = inspect(self.app)["State"]
            self.assertEqual((app["Status"], app["StartedAt"]), ("created", "0001-01-01T00:00:00Z"))
            self.assertEqual(list(volume.iterdir()), [])
            message = self.termination_log.read_text()
            for text in (log, message):
                self.assertIn("vinsguru/missing", text)
                self.assertIn(REGION, text)
            self.assertLessEqual(len(message.encode()), 4096)
            podman("pod", "rm", "--force", "--time", "0", self.pod)

    def test_the_service_stops_when_it_is_asked_to(self):
        self.play()
        self.wait_for_log(self.app, "note")
        started = time.monotonic()
        podman("pod", "stop", "--time", "20", self.pod)
        self.assertLess(time.monotonic() - started, 10)
        self.assertEqual(inspect(self.app)["State"]["ExitCode"], 0)


class NativeSidecar(unittest.TestCase):
    """examples/kubernetes/sidecar.yaml as the kubelet runs it: the sidecar until its startupProbe succeeds, the service, and
    the way back. Podman knows no native sidecars, so that the order is this test's; all else is the manifest's."""

    def setUp(self):
        documents = list(yaml.safe_load_all((TOP / "examples/kubernetes/sidecar.yaml").read_text()))
        self.config = work / "sidecar-config"
        self.config.mkdir(exist_ok=True)
        (self.config / "config.yaml").write_text(documents[0]["data"]["config.yaml"])
        spec = documents[1]["spec"]
        self.sidecar, self.app = spec["initContainers"][0], spec["containers"][0]
        self.assertEqual(self.sidecar["restartPolicy"], "Always")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def start(self, name, container, volume, *flags):
        command = ["run", "--detach", "--name", name, "--network", "host", "--read-only", "--cap-drop", "all"]
        command += ["--user", f"{USER}:{GROUP}", "--security-opt", "no-new-privileges"]
        for mount in container["volumeMounts"]:
            source = {"secret": volume, "config": self.config}[mount["name"]]
            command += ["--volume", f"{source}:{mount['mountPath']}" + (":ro" if mount.get("readOnly") else "")]
        self.addCleanup(podman, "rm", "--force", "--time", "0", name, check=False)
        podman(*command, *flags)

    def start_sidecar(self, volume, interval="1s"):
        listen = {"SECRETFETCH_LISTEN": f":{self.port}"}
        variables = {variable["name"]: variable["value"] for variable in self.sidecar["env"]} | listen
        variables |= {variable["name"]: variable["value"] for variable in aws_is_moto()}
        flags = [flag for name, value in variables.items() for flag in ("--env", f"{name}={value}")]
        args = [arg.replace("--interval=5m", f"--interval={interval}") for arg in self.sidecar["args"]]
        self.start("sidecar", self.sidecar, volume, *flags, "localhost/secretfetch:latest", *args)

    def probe(self, which):
        command = self.sidecar[which]["exec"]["command"]
        return podman("exec", "sidecar", *command, check=False).returncode

    def wait_until(self, what, condition):
        deadline = time.monotonic() + 60
        while not condition():
            logs = podman("logs", "sidecar", check=False)
            self.assertLess(time.monotonic(), deadline, f"{what}\n{logs.stdout}{logs.stderr}")
            time.sleep(0.1)

    def test_the_service_starts_after_the_first_set_and_has_each_new_one(self):
        with memory_volume() as volume:
            self.start_sidecar(volume)
            self.wait_until("the startup probe", lambda: self.probe("startupProbe") == 0)
            self.assertEqual((volume / "application.properties").read_bytes(), PROPERTIES)
            self.start("app", self.app, volume, "localhost/busybox:latest", *self.app["command"], *self.app["args"])
            self.wait_until("the service", lambda: "note" in podman("logs", "app").stdout)
            read = ["exec", "app", "cat", "/app/application.properties"]
            self.assertEqual(podman(*read).stdout.encode(), PROPERTIES)

            rotated = CANARY + "-rotated"
            client.put_secret_value(SecretId=SECRET_ID, SecretString=json.dumps({"password": rotated}))
            self.addCleanup(client.put_secret_value, SecretId=SECRET_ID, SecretString=json.dumps(SECRET))
            self.wait_until("the new password", lambda: podman(*read).stdout == f"password={rotated}\n")
            self.assertEqual((self.probe("readinessProbe"), self.probe("livenessProbe")), (0, 0))
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
                metrics = answer.read().decode()
            self.assertIn("/secret/application.properties", metrics)
            self.assertNotIn(CANARY, metrics + podman("logs", "sidecar").stderr + podman("logs", "app").stdout)

            # The kubelet ends the service first, and then the sidecar.
            podman("stop", "--time", "20", "app")
            self.assertEqual(inspect("app")["State"]["ExitCode"], 0)
            self.assertEqual(self.probe("livenessProbe"), 0)
            podman("stop", "--time", "20", "sidecar")
            self.assertEqual(inspect("sidecar")["State"]["ExitCode"], 0)
            podman("rm", "--force", "app", "sidecar")

    def test_without_its_secrets_it_ends_before_the_service_could_start(self):
        config = "region: ca-central-1\ndirectory: /secret\nfiles: [{path: a, secretId: vinsguru/missing}]\n"
        (self.config / "config.yaml").write_text(config)
        with memory_volume() as volume:
            self.start_sidecar(volume)
            self.wait_until("its end", lambda: inspect("sidecar")["State"]["Status"] == "exited")
            self.assertEqual(inspect("sidecar")["State"]["ExitCode"], 3)
            self.assertEqual(list(volume.iterdir()), [])
            podman("rm", "--force", "sidecar")


class OtherImage(unittest.TestCase):
    """The program in an image that was made without it."""

    def test_an_init_container_brings_it_and_the_service_has_the_secrets_in_its_environment(self):
        documents = list(yaml.safe_load_all((TOP / "examples/kubernetes/exec.yaml").read_text()))
        pod = next(document for document in documents if document["kind"] == "Pod")
        name, app = pod["metadata"]["name"], pod["spec"]["containers"][0]
        pod["metadata"]["annotations"] = {"io.podman.annotations.init.container.type": "always"}
        pod["spec"]["restartPolicy"] = "Never"
        pod["spec"]["hostNetwork"] = True
        app["env"] = aws_is_moto()
        path = work / "exec.yaml"
        path.write_text(yaml.safe_dump_all(documents))
        self.addCleanup(podman, "volume", "rm", "--all", "--force", check=False)
        self.addCleanup(podman, "pod", "rm", "--force", "--time", "0", name, check=False)
        played = podman("kube", "play", path, check=False)
        installed = podman("logs", f"{name}-install")
        self.assertEqual(played.returncode, 0, played.stderr + installed.stderr)
        self.assertIn("written    /shared/secretfetch", installed.stdout + installed.stderr)
        names = {key.upper().replace(".", "_") for key in SECRET}
        deadline = time.monotonic() + 20
        while not names <= set((log := podman("logs", f"{name}-app")).stdout.split()):
            self.assertLess(time.monotonic(), deadline, log.stdout + log.stderr)
            time.sleep(0.1)
        self.assertNotIn(CANARY, log.stdout + log.stderr)
        environment = podman("exec", f"{name}-app", "cat", "/proc/1/environ").stdout.split("\0")
        self.assertIn(f"SPRING_DATASOURCE_PASSWORD={CANARY}", environment)
        podman("pod", "stop", "--time", "20", name)
        self.assertEqual(inspect(f"{name}-app")["State"]["ExitCode"], 0)

    def test_a_dockerfile_copies_it(self):
        image = "localhost/exec:latest"
        podman("build", "--pull=never", "--tag", image, "--file", TOP / "examples/exec/Dockerfile", work / "busybox")
        entrypoint = json.loads(podman("inspect", "--type", "image", image).stdout)[0]["Config"]["Entrypoint"]
        self.assertEqual(entrypoint[1:], ["exec", "--"])
        done = podman("run", "--rm", "--read-only", "--entrypoint", entrypoint[0], image, "--version")
        self.assertRegex(done.stdout, r"^secretfetch \d+\.\d+\.\d+")


class SeveralFiles(unittest.TestCase):
    """The manifests that list their files in a configuration; of a Deployment, one of its pods."""

    def play(self, manifest):
        documents = list(yaml.safe_load_all((TOP / "examples/kubernetes" / manifest).read_text()))
        (index,) = [index for index, document in enumerate(documents) if document["kind"] in ("Pod", "Deployment")]
        pod = documents[index]
        name = pod["metadata"]["name"]
        if pod["kind"] == "Deployment":
            template = pod["spec"]["template"]
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": template["spec"]}
        pod["metadata"]["annotations"] = {"io.podman.annotations.init.container.type": "always"}
        pod["spec"] |= {"restartPolicy": "Never", "hostNetwork": True}
        provider = pod["spec"]["initContainers"][0]
        provider["env"] = provider.get("env", []) + aws_is_moto()
        documents[index] = pod
        path = work / "several.yaml"
        path.write_text(yaml.safe_dump_all(documents))
        self.addCleanup(podman, "volume", "rm", "--all", "--force", check=False)
        self.addCleanup(podman, "pod", "rm", "--force", "--time", "0", name, check=False)
        played = podman("kube", "play", path, check=False)
        log = podman("logs", f"{name}-{provider['name']}", check=False)
        self.assertEqual(played.returncode, 0, played.stderr + log.stdout + log.stderr)
        return name

    def assertServiceIsContent(self, name):
        """It reads its files, runs on, prints no value, and ends when it is asked to."""
        deadline = time.monotonic() + 20
        while "note" not in (log := podman("logs", f"{name}-app")).stdout.split():
            self.assertLess(time.monotonic(), deadline, log.stdout + log.stderr)
            time.sleep(0.1)
        self.assertNotIn(CANARY, log.stdout + log.stderr)
        time.sleep(0.5)
        self.assertEqual(inspect(f"{name}-app")["State"]["Status"], "running", log.stdout + log.stderr)
        podman("pod", "stop", "--time", "20", name)
        self.assertEqual(inspect(f"{name}-app")["State"]["ExitCode"], 0)

    def test_a_config_map_lists_them(self):
        name = self.play("deployment.yaml")
        self.assertEqual(podman("exec", f"{name}-app", "cat", "/app/db/password").stdout, CANARY)
        self.assertServiceIsContent(name)

    def test_a_variable_lists_them(self):
        name = self.play("inline.yaml")
        sourced = podman("exec", f"{name}-app", "sh", "-c", '. /app/db.env && printf %s "$SPRING_DATASOURCE_PASSWORD"')
        self.assertEqual(sourced.stdout, CANARY)
        self.assertServiceIsContent(name)


class ComposeProject(unittest.TestCase):
    """examples/docker-compose by Docker Compose, on podman's answer to Docker's API."""

    def compose(self, *args, check=True):
        files = ["-f", TOP / "examples/docker-compose/compose.yaml", "-f", self.override]
        command = [*protocol.LATER_LOADER, protocol.LATER / "libexec/docker/cli-plugins/docker-compose", *files, *args]
        environment = {"DOCKER_HOST": f"unix://{self.socket}", "HOME": str(work), "PATH": os.environ["PATH"]}
        done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, timeout=120)
        if check:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def setUp(self):
        self.socket = work / "podman.sock"
        service = podman.serve(self.socket)
        self.addCleanup(service.wait)
        self.addCleanup(service.terminate)
        deadline = time.monotonic() + 20
        while not self.socket.exists():
            self.assertLess(time.monotonic(), deadline, "podman serves no API")
            time.sleep(0.1)
        for name in ["secretfetch", "busybox"]:
            podman("tag", f"localhost/{name}:latest", f"docker.io/library/{name}:latest")
        self.override = work / "compose.override.yaml"
        self.change()
        self.addCleanup(self.compose, "down", "--volumes", "--timeout", "0")

    def change(self, **secrets):
        """No image is pulled here, and there is no network."""
        service = {"network_mode": "none", "pull_policy": "never"}
        self.override.write_text(json.dumps({"services": {"secrets": service | secrets, "app": service}}))

    def test_the_service_reads_what_was_fetched_before_it(self):
        done = self.compose("up", "--no-build")
        names = re.findall(r"app-1 +\| (\S+)", done.stdout)
        self.assertEqual(names, ["spring.datasource.username", "spring.datasource.password"], done.stdout)
        self.assertIn("written    /secret/application.properties", done.stdout + done.stderr)
        # A second run finds the file, and what it has left is not in the way.
        done = self.compose("up", "--no-build")
        self.assertIn("unchanged  /secret/application.properties", done.stdout + done.stderr)

    def test_without_its_secrets_the_service_does_not_start(self):
        self.change(environment={"SECRETFETCH_STORE": "file:gone.json"})
        done = self.compose("up", "--no-build", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("gone.json", done.stdout + done.stderr)
        self.assertNotIn("spring.datasource", done.stdout)


class Image(unittest.TestCase):
    def test_the_image_is_the_binary_and_nothing_else(self):
        container = podman("create", "localhost/secretfetch:latest").stdout.strip()
        self.addCleanup(podman, "rm", "--force", container)
        archive = work / "image.tar"
        podman("export", "--output", archive, container)
        listing = subprocess.run(["tar", "-tf", archive], capture_output=True, text=True, check=True).stdout.split()
        files = {name for name in listing if not name.endswith("/")}
        # What podman lays in every container for its own mounts.
        files -= {"etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/mtab", "dev/console", "run/.containerenv"}
        self.assertEqual(files, {"secretfetch"})

    def test_the_image_runs_as_a_number_and_starts_the_binary(self):
        config = json.loads(podman("inspect", "--type", "image", "localhost/secretfetch:latest").stdout)[0]["Config"]
        self.assertEqual(config["User"], f"{USER}:{GROUP}")
        self.assertEqual(config["Entrypoint"], ["/secretfetch"])

    def test_the_image_answers_by_itself(self):
        done = podman("run", "--rm", "--network", "host", "--read-only", "localhost/secretfetch:latest", "--version")
        self.assertRegex(done.stdout, r"^secretfetch \d+\.\d+\.\d+")


if __name__ == "__main__":
    unittest.main(verbosity=2)
