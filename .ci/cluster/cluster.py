"""A Kubernetes of one node, from nothing: etcd, the control plane, containerd and a kubelet, in namespaces of their own.

    .ci/cluster/run                     a shell in which kubectl, helm and ctr know the cluster
    .ci/cluster/run COMMAND…            that command in place of the shell

`.ci/cluster/install` has built the programs; `run` makes the namespaces and the cgroups, and takes them away. The
network is the cluster's own (nothing is reached from outside, and it reaches nothing), and so are its mounts (it lives
on a tmpfs) and its processes: when the command ends, all of it is gone.
"""

import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = TOP / ".ci/.tools/cluster"
NODE = "node"
GATEWAY = "10.77.0.1"  # the node, as its pods see it
WORK = pathlib.Path("/run/secretfetch-cluster")
CGROUP = "secretfetch-cluster"  # in which all pods are; `run` makes it

# The kernel's settings that a kubelet wants, and would set for the whole machine.
TUNABLES = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}


class Cluster:
    """The cluster of these namespaces."""

    def __init__(self):
        self.work = WORK
        self.environment = os.environ | {
            "KUBECONFIG": str(self.work / "admin.kubeconfig"),
            "CONTAINERD_ADDRESS": str(self.work / "containerd.sock"),
            "CONTAINERD_NAMESPACE": "k8s.io",
            # Helm's own files.
            "HOME": str(self.work),
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        }
        self.processes = {}

    def run(self, *command, check=True, timeout=120, **options):
        command = list(map(str, command))
        options = {"capture_output": True, "text": True} | options
        done = subprocess.run(command, env=self.environment, timeout=timeout, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def kubectl(self, *args, **options):
        return self.run("kubectl", *args, **options)

    def get(self, *args):
        return json.loads(self.kubectl("get", "--output=json", *args).stdout)

    def load_image(self, archive):
        """Gives the node an image, so that none is pulled."""
        self.run("ctr", "images", "import", archive)

    # ------------------------------------------------------------------------------------------- from nothing

    def start(self):
        self.isolate()
        self.make_certificates()
        self.start_control_plane()
        self.start_node()

    def isolate(self):
        def command(*words):
            subprocess.run(words, check=True, capture_output=True)

        # The kubelet's mounts are to reach the containers' runtime, and nothing of them the machine.
        command("mount", "--make-rshared", "/")
        command("mount", "-t", "tmpfs", "-o", "size=3g,mode=0755", "tmpfs", str(self.work))
        for name, value in TUNABLES.items():
            file = self.work / name.replace("/", ".")
            file.write_text(value)
            command("mount", "--bind", str(file), f"/proc/sys/{name}")
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        command("ip", "link", "set", "lo", "up")
        # The address at which EKS Pod Identity's agent listens on each node.
        command("ip", "address", "add", "169.254.170.23/32", "dev", "lo")
        command("ip", "link", "add", "pods", "type", "bridge")
        command("ip", "address", "add", f"{GATEWAY}/24", "dev", "pods")
        command("ip", "link", "set", "pods", "up")

    def make_certificates(self):
        here = self.work / "pki"
        here.mkdir()

        def openssl(*args):
            subprocess.run(["openssl", *args], cwd=here, check=True, capture_output=True)

        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=cluster")
        for name, subject, alternatives in [
            ("apiserver", "/CN=kube-apiserver", f"IP:127.0.0.1,IP:{GATEWAY},IP:10.78.0.1,DNS:kubernetes.default.svc"),
            ("kubelet", f"/CN={NODE}", f"IP:{GATEWAY},DNS:{NODE}"),
            ("apiserver-to-kubelet", "/O=system:masters/CN=kube-apiserver", "DNS:kube-apiserver"),
        ]:
            openssl(
                "req", "-x509", *key, "-CA", "ca.crt", "-CAkey", "ca.key", "-keyout", f"{name}.key", "-out", f"{name}.crt",
                "-subj", subject, "-addext", f"subjectAltName={alternatives}",
                "-addext", "basicConstraints=critical,CA:FALSE",
            )  # fmt: skip
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "service-accounts.key")
        openssl("pkey", "-in", "service-accounts.key", "-pubout", "-out", "service-accounts.pub")

        # Who speaks to the API server.
        users = {
            "admin": ("admin", "system:masters"),
            "controller-manager": ("system:kube-controller-manager", ""),
            "scheduler": ("system:kube-scheduler", ""),
            "kubelet": (f"system:node:{NODE}", "system:nodes"),
        }
        tokens = []
        for name, (user, groups) in users.items():
            token = secrets.token_hex(16)
            tokens.append(f'{token},{user},{user},"{groups}"\n')
            config = {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "cluster",
                "clusters": [
                    {
                        "name": "cluster",
                        "cluster": {
                            "server": "https://127.0.0.1:6443",
                            "certificate-authority": str(here / "ca.crt"),
                        },
                    }
                ],
                "users": [{"name": name, "user": {"token": token}}],
                "contexts": [{"name": "cluster", "context": {"cluster": "cluster", "user": name}}],
            }
            (self.work / f"{name}.kubeconfig").write_text(json.dumps(config))
        (here / "tokens.csv").write_text("".join(tokens))

    def start_control_plane(self):
        pki = self.work / "pki"
        self.spawn(
            "etcd",
            f"--data-dir={self.work}/etcd",
            "--listen-client-urls=http://127.0.0.1:2379",
            "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:2380",
        )
        self.spawn(
            "kube-apiserver",
            "--etcd-servers=http://127.0.0.1:2379",
            f"--advertise-address={GATEWAY}",
            "--service-cluster-ip-range=10.78.0.0/16",
            f"--tls-cert-file={pki}/apiserver.crt",
            f"--tls-private-key-file={pki}/apiserver.key",
            f"--client-ca-file={pki}/ca.crt",
            f"--kubelet-certificate-authority={pki}/ca.crt",
            f"--kubelet-client-certificate={pki}/apiserver-to-kubelet.crt",
            f"--kubelet-client-key={pki}/apiserver-to-kubelet.key",
            "--kubelet-preferred-address-types=InternalIP",
            f"--token-auth-file={pki}/tokens.csv",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--service-account-issuer=https://oidc.cluster.example",
            f"--service-account-key-file={pki}/service-accounts.pub",
            f"--service-account-signing-key-file={pki}/service-accounts.key",
        )
        self.wait_for("the API server", lambda: self.kubectl("get", "--raw=/readyz", check=False).returncode == 0)
        self.spawn(
            "kube-controller-manager",
            f"--kubeconfig={self.work}/controller-manager.kubeconfig",
            f"--service-account-private-key-file={pki}/service-accounts.key",
            f"--root-ca-file={pki}/ca.crt",
            "--use-service-account-credentials",
            "--leader-elect=false",
        )
        self.spawn("kube-scheduler", f"--kubeconfig={self.work}/scheduler.kubeconfig", "--leader-elect=false")

    def start_node(self):
        network = self.work / "cni"
        network.mkdir()
        (network / "10-pods.conflist").write_text(
            json.dumps(
                {
                    "cniVersion": "1.0.0",
                    "name": "pods",
                    "plugins": [
                        {
                            "type": "bridge",
                            "bridge": "pods",
                            "isGateway": True,
                            "ipam": {
                                "type": "host-local",
                                "ranges": [[{"subnet": "10.77.0.0/24", "gateway": GATEWAY}]],
                                "routes": [{"dst": "0.0.0.0/0"}],
                                "dataDir": str(self.work / "addresses"),
                            },
                        },
                        {"type": "loopback"},
                    ],
                }
            )
        )
        (self.work / "containerd.toml").write_text(f"""\
version = 3
root = '{self.work}/containerd/root'
state = '{self.work}/containerd/state'

[grpc]
address = '{self.work}/containerd.sock'

[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = 'localhost/pause:latest'

[plugins.'io.containerd.cri.v1.runtime']
# Where root has no CAP_SYS_RESOURCE, a score cannot be lower than containerd's own.
restrict_oom_score_adj = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ['/usr/lib/cni']
conf_dir = '{network}'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = '{shutil.which("runc")}'
SystemdCgroup = false
""")
        self.spawn("containerd", f"--config={self.work}/containerd.toml")
        self.wait_for("containerd", lambda: self.run("ctr", "version", check=False).returncode == 0)

        (self.work / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        pki = self.work / "pki"
        (self.work / "kubelet.yaml").write_text(
            json.dumps(
                {
                    "apiVersion": "kubelet.config.k8s.io/v1beta1",
                    "kind": "KubeletConfiguration",
                    "containerRuntimeEndpoint": f"unix://{self.work}/containerd.sock",
                    "cgroupDriver": "cgroupfs",
                    "cgroupRoot": f"/{CGROUP}",
                    "failCgroupV1": False,
                    "failSwapOn": False,
                    "oomScoreAdj": 0,
                    "resolvConf": str(self.work / "resolv.conf"),
                    "tlsCertFile": str(pki / "kubelet.crt"),
                    "tlsPrivateKeyFile": str(pki / "kubelet.key"),
                    "authentication": {
                        "anonymous": {"enabled": False},
                        "webhook": {"enabled": True},
                        "x509": {"clientCAFile": str(pki / "ca.crt")},
                    },
                    "authorization": {"mode": "Webhook"},
                    # How full the machine's disk is has no say here.
                    "evictionHard": {"memory.available": "0%", "nodefs.available": "0%", "imagefs.available": "0%"},
                    "imageGCHighThresholdPercent": 100,
                    # A test does not wait for a minute until a mounted ConfigMap follows.
                    "syncFrequency": "5s",
                    "configMapAndSecretChangeDetectionStrategy": "Watch",
                }
            )
        )
        self.spawn(
            "kubelet",
            f"--config={self.work}/kubelet.yaml",
            f"--kubeconfig={self.work}/kubelet.kubeconfig",
            f"--root-dir={self.work}/kubelet",
            f"--hostname-override={NODE}",
            f"--node-ip={GATEWAY}",
        )

        def ready():
            done = self.kubectl("wait", "--for=condition=Ready", f"node/{NODE}", "--timeout=1s", check=False)
            return done.returncode == 0

        self.wait_for("the node", ready)
        self.wait_for("its taint to go", lambda: not self.get("node", NODE)["spec"].get("taints"))

    def spawn(self, program, *args):
        log = open(self.work / f"{program}.log", "wb")
        self.processes[program] = subprocess.Popen(
            [PROGRAMS / program, *args], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )

    def wait_for(self, what, is_there, seconds=90):
        end = time.monotonic() + seconds
        while not is_there():
            for program, process in self.processes.items():
                if process.poll() is not None:
                    raise AssertionError(f"{program} has ended with {process.returncode}\n{self.log(program)}")
            if time.monotonic() > end:
                logs = "".join(self.log(program) for program in self.processes)
                raise AssertionError(f"{what}: not after {seconds} s\n{logs}")
            time.sleep(0.2)

    def log(self, program, lines=40):
        text = (self.work / f"{program}.log").read_text(errors="replace").splitlines()[-lines:]
        return f"--- {program}:\n" + "\n".join(text) + "\n"

    def stop(self):
        for process in reversed(self.processes.values()):
            process.kill()
            process.wait()


if __name__ == "__main__":
    if os.getpid() != 1:
        sys.exit("a cluster wants namespaces of its own: .ci/cluster/run")
    WORK.mkdir(exist_ok=True)
    here = Cluster()
    try:
        here.start()
        done = subprocess.run(sys.argv[1:] or [os.environ.get("SHELL", "bash")], env=here.environment)
    finally:
        here.stop()
    sys.exit(done.returncode)
