#!/usr/bin/env python3
"""Faults of a machine, one at a time, in every run that replaces an old set of files by a new one.

For every system call of a run that has to do with files, in both layouts: each errno that it plausibly gives, and a kill
when it is made (strace -e inject); memory file systems of 1 to 64 pages; and calls that do not return in time, with
--timeout and with SIGTERM. After each:

- the exit code is one of ours, and 0 only if the new set is there;
- each file is old or new in full, and in layout generation the whole set is of one kind; after a refusal it is the old
  one, unless the message says that files have changed;
- a second run without a fault leaves the new set and nothing else.

--every N takes each N-th point only, for a shorter run; the kind of fault can be chosen with --only.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# What each call gives on the file systems that there are. A call that is not listed is killed, and not refused.
ERRORS = {
    "open": ["EACCES", "EMFILE", "ENOENT", "EIO"],
    "openat": ["EACCES", "EMFILE", "ENOENT", "EIO"],
    "openat2": ["EACCES", "EMFILE", "ENOSYS", "EIO"],
    "mkdirat": ["EACCES", "ENOSPC", "EROFS", "EDQUOT"],
    "fchmod": ["EPERM", "EROFS", "EIO"],
    "fchown": ["EPERM", "EIO"],
    "write": ["ENOSPC", "EIO", "EDQUOT", "EINTR"],
    "fsync": ["EIO", "ENOSPC"],
    "renameat2": ["EACCES", "EINVAL", "ENOSYS", "EBUSY", "ENOSPC", "EIO"],
    "renameat": ["EACCES", "EBUSY", "ENOSPC", "EIO"],
    "rename": ["EACCES", "EBUSY", "EIO"],
    "unlinkat": ["EACCES", "EBUSY", "EPERM", "EIO"],
    "symlinkat": ["EACCES", "ENOSPC", "EROFS", "EPERM"],
    "readlinkat": ["EACCES", "EIO"],
    "newfstatat": ["EACCES", "EIO"],
    "fstat": ["EIO"],
    "statx": ["EACCES", "ENOSYS", "EIO"],
    "getdents64": ["EIO", "EACCES"],
    "flock": ["ENOLCK", "EIO", "EINTR"],
    "read": ["EIO", "EINTR"],
    "close": ["EIO"],
    "getrandom": [],
}
# Those that can wait for a disk, a server or another process.
SLOW = ["open", "openat", "openat2", "mkdirat", "write", "fsync", "renameat2", "unlinkat", "symlinkat", "getdents64", "newfstatat"]

OLD = {"a": "old a\n" * 300, "b": "old b", "c": "old c"}
NEW = {"a": "new a\n" * 400, "b": "new b", "c": "new c"}
PATHS = {"a": "a", "b": "sub/b", "c": "sub/deep/c"}
LAYOUTS = ["plain", "generation"]
HUNG_SECONDS = 60  # far beyond the run's time of one second


class Scene:
    """A directory with the old set, and the means to make it the new one."""

    def __init__(self, binary, layout):
        self.binary, self.layout = binary, layout
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="faults-"))
        self.out = self.root / "out"
        files = ", ".join(f"{{path: {path}, secretId: {name}}}" for name, path in PATHS.items())
        (self.root / "config.yaml").write_text(f"directory: out\nlayout: {layout}\nfiles: [{files}]\n")
        for name, values in [("old", OLD), ("new", NEW)]:
            members = ", ".join(f'"{key}": {quoted(value)}' for key, value in values.items())
            (self.root / f"{name}.json").write_text(f"{{{members}}}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root, ignore_errors=True)

    def command(self, values, *options):
        return [self.binary, "fetch", "--config", "config.yaml", "--store", f"file:{values}.json", *options]

    def run(self, command, timeout=60):
        return subprocess.run(command, cwd=self.root, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True,
                              timeout=timeout, check=False)

    def begin(self):
        done = self.run(self.command("old"))
        assert done.returncode == 0, done.stderr

    def traced(self, *options, values="new", more=()):
        return self.run(["strace", "-f", "-qq", "-o", "trace", *options, *self.command(values, *more)])

    def sets(self):
        """For each file whether it is of the old or the new set; whatever else it is, it is neither."""
        found = {}
        for name, path in PATHS.items():
            try:
                text = (self.out / path).read_text()
            except OSError:
                text = None
            found[name] = "old" if text == OLD[name] else "new" if text == NEW[name] else "neither"
        return found

    def left_over(self):
        """Names that no finished set has."""
        names = sorted(name for name in os.listdir(self.out) if not (self.layout == "plain" and name in ("a", "sub")))
        if self.layout == "plain":
            names += [name for name in os.listdir(self.out / "sub") if name not in ("b", "deep")]
            return names + [name for name in os.listdir(self.out / "sub/deep") if name != "c"]
        current = os.readlink(self.out / "..data")
        return [name for name in names if name not in ("..data", current, "a", "sub")]

    def check(self, code, stderr, killed=False):
        """What is wrong after a run."""
        sets = self.sets()
        kinds = set(sets.values())
        if "neither" in kinds:
            return f"a file is neither old nor new: {sets}"
        if self.layout == "generation" and len(kinds) > 1:
            return f"the sets are mixed: {sets}"
        if killed:
            return None
        if code not in (0, 2, 5, 7):
            return f"exit code {code}"
        if code == 0 and kinds != {"new"}:
            return f"exit 0, and the files are {sets}"
        if code != 0 and kinds != {"old"} and not re.search(r"in place|are written|old or the new", stderr):
            return f"exit {code} says nothing of files that have changed: {sets}"
        if code != 0 and "error:" not in stderr:
            return f"exit {code} without a word"
        return None

    def heals(self):
        """What is wrong after a second run, which has no fault."""
        done = self.run(self.command("new"))
        if done.returncode != 0:
            return f"the next run fails: {done.stderr}"
        if set(self.sets().values()) != {"new"}:
            return f"the next run leaves {self.sets()}"
        left = self.left_over()
        return f"the next run leaves {left}" if left else None


def quoted(text):
    return '"' + text.replace("\n", "\\n") + '"'


def points(binary, layout):
    """How often each call is made between the first input and the end."""
    with Scene(binary, layout) as scene:
        scene.begin()
        done = scene.traced()
        assert done.returncode == 0, done.stderr
        counts, first = collections.Counter(), {}
        begun = False
        main = None
        for line in (scene.root / "trace").read_text().splitlines():
            found = re.match(r"(\d+)\s+(\w+)\(", line)
            if not found:
                continue
            main = main or found[1]
            # strace counts for each thread by itself, and the work is done by the first.
            if found[1] != main:
                continue
            counts[found[2]] += 1
            begun = begun or "config.yaml" in line and found[2] in ("open", "openat")
            if begun:
                first.setdefault(found[2], counts[found[2]])
        return {call: range(start, counts[call] + 1) for call, start in first.items()}


def fault(binary, layout, call, number, what):
    with Scene(binary, layout) as scene:
        scene.begin()
        done = scene.traced("-e", f"trace={call}", "-e", f"inject={call}:{what}:when={number}")
        killed = what.startswith("signal")
        # strace ends as what it traces.
        wrong = scene.check(done.returncode, done.stderr, killed)
        return wrong or scene.heals(), done.stderr


def hang(binary, layout, call, number, by_signal):
    """A call that does not return: its thread is held before it is made.

    strace itself waits for the thread that it holds, and so for longer than there is a run: what the run has told is what
    is waited for. That the process ends then is tested with pipes, in secretfetch-cli/tests/binary/deadline.rs.
    """
    with Scene(binary, layout) as scene:
        scene.begin()
        inject = f"inject={call}:delay_enter={HUNG_SECONDS * 1000000}:when={number}"
        told = scene.root / "told"
        command = ["strace", "-f", "-qq", "-o", "trace", "-e", f"trace={call}", "-e", inject,
                   "-E", f"SECRETFETCH_TERMINATION_LOG={told}",
                   *scene.command("new", "--timeout", "40s" if by_signal else "1s")]
        with (scene.root / "stderr").open("w") as stderr:
            process = subprocess.Popen(command, cwd=scene.root, env={"PATH": os.environ["PATH"]}, stdout=stderr,
                                       stderr=stderr)
            if by_signal:
                time.sleep(1)
                for child in children(process.pid):
                    os.kill(child, signal.SIGTERM)
            end = time.monotonic() + HUNG_SECONDS / 2
            while time.monotonic() < end and not (told.exists() and told.read_text()) and process.poll() is None:
                time.sleep(0.05)
            # Its last words are spoken, and what was staged is removed.
            time.sleep(0.5)
            for child in [*children(process.pid), process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            process.wait()
        stderr = (scene.root / "stderr").read_text()
        words = told.read_text() if told.exists() else ""
        expected = r"exit 143: ended by SIGTERM" if by_signal else r"exit [57] .*within 1\.0 s"
        if not re.search(expected, words, re.DOTALL):
            return f"it has told {words!r}", stderr
        return scene.check(None, stderr, killed=True) or scene.heals(), stderr


def children(pid):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def tiny(binary, layout, pages):
    """A memory file system with so many pages, and what a killed run left in it."""
    with Scene(binary, layout) as scene:
        scene.out.mkdir()
        left = ".secretfetch-abcdefabcdef.tmp" if layout == "plain" else "..2026_01_02_03_04_05.6/half"
        script = f"""
            mount -t tmpfs -o size={pages * 4}k,mode=0755 none out
            {' '.join(scene.command('old', '-q'))} 2>/dev/null; echo $?
            {' '.join(scene.command('new', '-q'))} 2>err; echo $?
            for file in {' '.join(PATHS.values())}; do [ -e out/$file ] && sha256sum <out/$file || echo none; done
            mkdir -p out/{os.path.dirname(left) or '.'}; head -c 1000000 /dev/zero >out/{left} 2>/dev/null
            {' '.join(scene.command('new', '-q'))} 2>err2; echo $?
            find out -name half -o -name '.secretfetch-*'
        """
        done = scene.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", script])
        lines = done.stdout.split("\n")
        old_code, new_code = lines[0], lines[1]
        shown = [line.split(" ")[0] for line in lines[2:5]]
        kinds = set()
        for name, found in zip(PATHS, shown):
            known = {digest(OLD[name]): "old", digest(NEW[name]): "new", "none": "none"}
            kinds.add(known.get(found, "neither"))
        stderr = done.stderr + (scene.root / "err").read_text()
        if old_code not in "07" or new_code not in "07" or lines[5] not in "07":
            return f"exit codes {old_code}, {new_code}, {lines[5]}", stderr
        if "neither" in kinds or (layout == "generation" and len(kinds) > 1):
            return f"the files are {kinds}", stderr
        if new_code == "0" and kinds != {"new"} or new_code == "7" and old_code == "0" and kinds != {"old"}:
            return f"exit {new_code}, and the files are {kinds}", stderr
        if new_code == "0" and lines[5] != "0":
            return "what a killed run left keeps the next one from its space", (scene.root / "err2").read_text()
        if lines[6:] not in ([], [""]):
            return f"left: {lines[6:]}", stderr
        return None, stderr


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def jobs(binary, every, only):
    for layout in LAYOUTS:
        places = points(binary, layout)
        every_point = [(call, number) for call, numbers in places.items() for number in numbers]
        if "errors" in only:
            refusals = [(call, number, error) for call, number in every_point for error in ERRORS.get(call, [])]
            for call, number, error in refusals[::every]:
                yield f"{layout}: {call} #{number} {error}", "errors", (fault, binary, layout, call, number, f"error={error}")
        if "kills" in only:
            for call, number in every_point[::every]:
                yield f"{layout}: {call} #{number} killed", "kills", (fault, binary, layout, call, number, "signal=KILL")
        if "hangs" in only:
            # strace counts for each thread by itself, and the last words are the first writes of another one.
            slow = [(call, number) for call in SLOW if call in places for number in {places[call][0], places[call][-1]}
                    if call != "write" or number > 4]
            for call, number in slow[::every]:
                for by_signal in (False, True):
                    name = f"{layout}: {call} #{number} held, {'SIGTERM' if by_signal else '--timeout'}"
                    yield name, "hangs", (hang, binary, layout, call, number, by_signal)
        if "tiny" in only:
            for pages in range(1, 65, every):
                yield f"{layout}: {pages} pages", "tiny", (tiny, binary, layout, pages)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=lambda path: str(pathlib.Path(path).resolve(strict=True)))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=["errors", "kills", "hangs", "tiny"])
    arguments = parser.parse_args()
    counts, failed = collections.Counter(), 0
    # Those that are held do nothing: many of them fit on two processors.
    with concurrent.futures.ThreadPoolExecutor(max_workers=6) as pool:
        running = [(name, kind, pool.submit(*work)) for name, kind, work in
                   jobs(arguments.binary, arguments.every, arguments.only)]
        for name, kind, future in running:
            wrong, stderr = future.result()
            counts[kind] += 1
            if wrong:
                failed += 1
                print(f"FAILED {name}: {wrong}\n{stderr}")
    print(", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
    print(f"{counts.total() - failed} passed, {failed} failed")
    sys.exit(1 if failed or not counts.total() else 0)


if __name__ == "__main__":
    main()
