"""What release/ makes of a static binary: archive, packages, image, checksums, SBOM, notes. Nothing is compiled here.

Run by .ci/run as root, with SECRETFETCH naming the binary of this machine's target, and RELEASE_TOOLS.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / ".ci/pod"))
from containers import CONTAINERS_CONF  # noqa: E402

BINARY = pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True)
TARGET = BINARY.parent.parent.name
EPOCH = "1700000000"
MACHINES = {"x86_64": 62, "aarch64": 183}  # of ELF


def run(*args, check=True, **options):
    options.setdefault("cwd", TOP)
    done = subprocess.run([str(arg) for arg in args], capture_output=True, text=True, timeout=300, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{args}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def release(command, *args, check=True, **variables):
    environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH} | variables
    return run(TOP / "release" / command, *args, check=check, env=environment)


def package():
    """The program's package, as Cargo reads it."""
    read = json.loads(run("cargo", "metadata", "--locked", "--no-deps", "--format-version", "1").stdout)
    return next(package for package in read["packages"] if package["name"] == "secretfetch-cli")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Release(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="secretfetch-release-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        cls.dist = cls.work / "dist"
        release("generate", TARGET, SECRETFETCH=os.environ.get("SECRETFETCH_PRINTS", str(BINARY)))
        release("pack", TARGET, cls.dist)
        cls.package = package()
        cls.version = cls.package["version"]

    @staticmethod
    def help():
        return run(os.environ.get("SECRETFETCH_PRINTS", str(BINARY)), "--help").stdout

    def only(self, pattern):
        found = list(self.dist.glob(pattern))
        self.assertEqual(len(found), 1, f"{pattern}: {found}")
        return found[0]

    # The archive

    def test_cargo_binstall_finds_the_archive_and_the_binary_in_it(self):
        settings = self.package["metadata"]["binstall"]
        values = {
            "repo": self.package["repository"], "version": self.version, "target": TARGET, "bin": "secretfetch",
            "binary-ext": "",
        }  # fmt: skip
        fill = lambda text: re.sub(r"\{ ([a-z-]+) \}", lambda found: values[found[1]], text)  # noqa: E731
        url = fill(settings["pkg-url"])
        self.assertEqual(url.rsplit("/", 1)[0], f"{self.package['repository']}/releases/download/v{self.version}")
        with tarfile.open(self.dist / url.rsplit("/", 1)[1]) as archive:
            member = archive.getmember(fill(settings["bin-dir"]))
            self.assertEqual(archive.extractfile(member).read(), BINARY.read_bytes())
            self.assertEqual(stat.S_IMODE(member.mode), 0o755)

    def test_the_archive_tells_nothing_of_who_made_it(self):
        with tarfile.open(self.only("*.tar.gz")) as archive:
            for member in archive.getmembers():
                self.assertEqual((member.uid, member.gid, member.mtime), (0, 0, int(EPOCH)), member.name)
                self.assertIn(stat.S_IMODE(member.mode), (0o644, 0o755), member.name)

    def test_the_manual_page_and_the_completions_tell_of_every_command(self):
        commands = re.findall(r"(?m)^  ([a-z]+) ", self.help().split("Commands:")[1].split("\n\n")[0])
        self.assertGreater(len(commands), 8)
        name = f"secretfetch-{self.version}-{TARGET}"
        with tarfile.open(self.only("*.tar.gz")) as archive:
            read = lambda file: archive.extractfile(f"{name}/{file}").read()  # noqa: E731
            texts = {"man": gzip.decompress(read("man/secretfetch.1.gz"))}
            for file in ("secretfetch.bash", "_secretfetch", "secretfetch.fish"):
                texts[file] = read(f"completions/{file}")
        self.assertTrue(texts["man"].startswith(b".TH SECRETFETCH 1 "))
        for file, text in texts.items():
            for command in commands:
                if command != "help":
                    self.assertIn(command, text.decode(), file)

    # The packages

    def test_the_debian_package_installs_and_its_program_runs_with_nothing_around_it(self):
        root = self.work / "debian"
        for directory in ("updates", "info", "triggers"):
            (root / "var/lib/dpkg" / directory).mkdir(parents=True)
        (root / "var/lib/dpkg/status").touch()
        run("dpkg", "--root", root, "--force-script-chrootless", "--install", self.only("*.deb"))
        self.assert_installed(root)
        status = run("dpkg", "--root", root, "--status", "secretfetch").stdout
        for field in ("Status: install ok installed", f"Version: {self.version}-1", "Section: admin"):
            self.assertIn(field, status)
        self.assertNotIn("Depends:", status)
        run("dpkg", "--root", root, "--verify", "secretfetch")

    def test_the_rpm_package_installs_and_its_program_runs_with_nothing_around_it(self):
        root = self.work / "rpm"
        run("rpm", "--root", root, "--nosignature", "--install", self.only("*.rpm"))
        self.assert_installed(root)
        requires = run("rpm", "--query", "--nosignature", "--requires", "--package", self.only("*.rpm")).stdout
        self.assertEqual([line for line in requires.split("\n") if line and not line.startswith("rpmlib(")], [])
        tags = run("rpm", "--query", "--nosignature", "--queryformat", "%{NAME} %{VERSION} %{RELEASE} %{LICENSE} %{URL}",
                   "--package", self.only("*.rpm")).stdout  # fmt: skip
        self.assertEqual(tags, f"secretfetch {self.version} 1 Apache-2.0 {self.package['homepage']}")

    def assert_installed(self, root):
        installed = root / "usr/bin/secretfetch"
        self.assertEqual(installed.read_bytes(), BINARY.read_bytes())
        self.assertEqual(stat.S_IMODE(installed.stat().st_mode), 0o755)
        said = run("chroot", root, "/usr/bin/secretfetch", "--version").stdout
        self.assertEqual(said, f"secretfetch {self.version}\n")
        for file in (
            "usr/share/man/man1/secretfetch.1.gz",
            "usr/share/bash-completion/completions/secretfetch",
            "usr/share/fish/vendor_completions.d/secretfetch.fish",
        ):
            self.assertGreater((root / file).stat().st_size, 0, file)
        # What the units start is where the package put it.
        units = [root / "usr/lib/systemd/system/secretfetch@.service"]
        units += (root / "usr/share/doc/secretfetch/examples").glob("*.service")
        self.assertGreaterEqual(len(units), 3)
        for unit in units:
            self.assertNotIn("/usr/local/bin/secretfetch", unit.read_text(), unit)
        self.assertIn("ExecStart=/usr/bin/secretfetch fetch", units[0].read_text())

    def test_both_packages_have_the_same_files(self):
        deb = subprocess.run(["dpkg-deb", "--fsys-tarfile", self.only("*.deb")], stdout=subprocess.PIPE, check=True)
        with tarfile.open(fileobj=io.BytesIO(deb.stdout)) as archive:
            debian = {"/" + member.name.removeprefix("./") for member in archive.getmembers() if member.isfile()}
        rpm = set(run("rpm", "--query", "--nosignature", "--list", "--package", self.only("*.rpm")).stdout.split())
        # Where each system has its completions for zsh, and its licences.
        places = {
            "/usr/share/zsh/vendor-completions/_secretfetch": "/usr/share/zsh/site-functions/_secretfetch",
            "/usr/share/doc/secretfetch/copyright": "/usr/share/licenses/secretfetch/LICENSE",
        }
        plain = lambda name: name.removesuffix(".gz") if "/doc/" in name else name  # noqa: E731
        self.assertEqual({places.get(name, plain(name)) for name in debian}, rpm)

    def test_what_is_packed_later_has_the_same_bytes(self):
        again = self.work / "again"
        for file in (BINARY, *(BINARY.parent / "man").iterdir()):
            os.utime(file)
        release("pack", TARGET, again)
        files = sorted(path.name for path in self.dist.iterdir() if path.suffix in (".gz", ".deb", ".rpm"))
        self.assertEqual(len(files), 3)
        for name in files:
            self.assertEqual(digest(self.dist / name), digest(again / name), name)

    # The image

    def storage(self):
        """The environment in which `podman` is the one of this test: the scripts call it by its name."""
        shim = self.work / "bin/podman"
        shim.parent.mkdir(exist_ok=True)
        options = f"--root {self.work}/storage --runroot {self.work}/run --storage-driver vfs"
        shim.write_text(f'#!/bin/sh\nexec {shutil.which("podman")} {options} "$@"\n')
        shim.chmod(0o755)
        settings = self.work / "containers.conf"
        settings.write_text(CONTAINERS_CONF)
        return {"PATH": f"{shim.parent}:{os.environ['PATH']}", "CONTAINERS_CONF": str(settings)}

    def podman(self, *args):
        return run("podman", *args, env=os.environ | self.storage())

    def archives(self, directory, machines):
        """The archive, and one for the other architecture: the same program under another machine's number."""
        directory.mkdir()
        mine = TARGET.split("-")[0]
        for name, machine in machines.items():
            if name == mine:
                shutil.copy(self.only("*.tar.gz"), directory)
                continue
            binary = bytearray(BINARY.read_bytes())
            binary[18:20] = machine.to_bytes(2, "little")
            renamed = f"secretfetch-{self.version}-{name}-unknown-linux-gnu"
            with tarfile.open(directory / f"{renamed}.tar.gz", "w:gz") as archive:
                member = tarfile.TarInfo(f"{renamed}/secretfetch")
                member.size, member.mode = len(binary), 0o755
                archive.addfile(member, io.BytesIO(binary))
        return directory

    def image(self, name, directory, check=True):
        return release("image", name, directory, check=check, REVISION="0123abc", **self.storage())

    def test_the_image_is_for_both_architectures_and_says_what_it_is(self):
        directory = self.archives(self.work / "both", MACHINES)
        name = "localhost/secretfetch:test"
        self.image(name, directory)
        first = json.loads(self.podman("manifest", "inspect", name).stdout)["manifests"]
        self.assertEqual(sorted(one["platform"]["architecture"] for one in first), ["amd64", "arm64"])
        self.image(name, directory)
        again = json.loads(self.podman("manifest", "inspect", name).stdout)["manifests"]
        self.assertEqual([one["digest"] for one in first], [one["digest"] for one in again])

        mine = {"x86_64": "amd64", "aarch64": "arm64"}[TARGET.split("-")[0]]
        chosen = next(one["digest"] for one in first if one["platform"]["architecture"] == mine)
        image = f"localhost/secretfetch@{chosen}"
        config = json.loads(self.podman("image", "inspect", image).stdout)[0]["Config"]
        self.assertEqual(config["User"], "65532:65532")
        self.assertEqual(config["Entrypoint"], ["/secretfetch"])
        label = lambda key: config["Labels"][f"org.opencontainers.image.{key}"]  # noqa: E731
        self.assertEqual(label("source"), self.package["repository"])
        self.assertEqual(label("version"), self.version)
        self.assertEqual(label("revision"), "0123abc")
        self.assertEqual(label("licenses"), self.package["license"])
        self.assertEqual(label("created"), "2023-11-14T22:13:20Z")

        said = self.podman("run", "--rm", "--network", "none", image, "--version").stdout
        self.assertEqual(said, f"secretfetch {self.version}\n")

    def test_a_binary_of_the_other_architecture_is_refused(self):
        wrong = self.archives(self.work / "wrong", MACHINES | {"aarch64": MACHINES["x86_64"]})
        done = self.image("localhost/secretfetch:wrong", wrong, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"image: secretfetch-{self.version}-aarch64-unknown-linux-gnu is not for aarch64", done.stderr)

    # What tells of the files

    def test_the_sums_are_of_all_files_and_a_changed_byte_is_found(self):
        directory = self.work / "sums"
        directory.mkdir()
        shutil.copy(self.only("*.deb"), directory / "a.deb")
        (directory / "b").write_text("b")
        release("sums", directory)
        release("sums", directory)
        self.assertEqual(len((directory / "SHA256SUMS").read_text().splitlines()), 2)
        run("sha256sum", "--check", "SHA256SUMS", cwd=directory)
        (directory / "b").write_text("c")
        self.assertEqual(run("sha256sum", "--check", "SHA256SUMS", cwd=directory, check=False).returncode, 1)

    def test_the_sbom_has_every_crate_of_the_image_and_no_other(self):
        directory = self.work / "sbom"
        release("sbom", directory)
        locked = (TOP / ".ci/dependencies-of-the-image").read_text().split()
        self.assertEqual(len(list(directory.iterdir())), 2)
        bom = json.loads((directory / "secretfetch-x86_64-unknown-linux.cdx.json").read_text())
        self.assertEqual((bom["bomFormat"], bom["specVersion"]), ("CycloneDX", "1.5"))
        self.assertNotIn("serialNumber", bom)
        self.assertEqual(bom["metadata"]["component"]["name"], "secretfetch-cli")
        names = {component["name"] for component in bom["components"]} | {"secretfetch-cli"}
        self.assertEqual(names, set(locked))
        self.assertNotIn(str(TOP), json.dumps(bom), "a path of this machine")
        reached = {name for one in bom["dependencies"] for name in one.get("dependsOn", [])}
        self.assertEqual(reached, {component["bom-ref"] for component in bom["components"]})
        self.assertEqual(run("git", "status", "--porcelain", "--", "*.cdx.json").stdout, "")

    def test_the_list_of_crates_survives_the_linker_script(self):
        crate = self.work / "hello"
        (crate / "src").mkdir(parents=True)
        (crate / "Cargo.toml").write_text(
            '[package]\nname = "hello"\nedition = "2024"\n'
            '[profile.release]\nlto = "fat"\npanic = "abort"\nstrip = true\n'
        )
        (crate / "src/main.rs").write_text('fn main() { println!("hello") }\n')
        # It is the build script that gives both to the linker.
        for name in ["build.rs", "static.ld"]:
            (crate / name).write_text((TOP / "secretfetch-cli" / name).read_text())
        flags = re.search(r'RUSTFLAGS="(.*?) --remap', (TOP / "release/build").read_text())[1]
        environment = os.environ | {"RUSTFLAGS": flags, "CARGO_TARGET_DIR": str(crate / "target")}
        environment["PATH"] = f"{os.environ['RELEASE_TOOLS']}/bin:{environment['PATH']}"
        run("cargo", "auditable", "build", "--release", "--target", TARGET, cwd=crate, env=environment)
        built = crate / "target" / TARGET / "release/hello"
        self.assertEqual(run(built).stdout, "hello\n")
        sections = run("readelf", "--wide", "--sections", built).stdout
        self.assertIn(".dep-v0", sections)
        self.assertNotRegex(sections, r"\.eh_frame\s")

    def test_the_notes_are_those_of_the_version_and_the_tag_is_the_versions(self):
        self.assertIn("### Added", release("notes", "Unreleased").stdout)
        done = release("notes", "9.9.9", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("CHANGELOG.md has no section '## [9.9.9] - DATE'", done.stderr)
        done = release("notes", "--tag", "v9.9.9", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"the tag is v9.9.9, and version in Cargo.toml says {self.version}", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
