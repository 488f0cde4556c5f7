"""What every reader does alike: `READER FILE…` prints one JSON line per file, in order; `null` and a
line on stderr for a file that cannot be read, and exit status 1 at the end. `READER --version` names the program.

Env and properties readers print an object name → value. JSON and YAML readers print a tagged tree, since a
JSON object cannot tell `1e400` from `null` nor hold a key that is no string: `["s", text]`, `["n", number as text]`,
`["b", bool]`, `["z"]` (null), `["l", [items]]`, `["m", [[key, value], …]]`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / ".tools"


def loader(release):
    """Programs of a later Debian release run on the C library that was unpacked with them."""
    name = {"x86_64": "ld-linux-x86-64.so.2", "aarch64": "ld-linux-aarch64.so.1"}[os.uname().machine]
    libraries = TOOLS / release / f"usr/lib/{os.uname().machine}-linux-gnu"
    return [str(TOOLS / release / "usr/lib64" / name), "--library-path", str(libraries)]


LATER = TOOLS / "trixie/usr"
LATER_LOADER = loader("trixie")

sys.setrecursionlimit(100_000)


class Unreadable(Exception):
    """The program refused the file."""


def run(read, version, workers=1):
    """Reads every file of the command line with `read(path)`; `version` is a function."""
    if sys.argv[1:] == ["--version"]:
        print(version())
        return
    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda path: attempt(read, path), sys.argv[1:]))
    # Written when no thread starts programs any more: a large write to a pipe that overlaps a fork of the same process
    # was seen to lose bytes.
    for path, (found, error) in zip(sys.argv[1:], results):
        if error is not None:
            print(f"{path}: {error}", file=sys.stderr)
        print(json.dumps(found, ensure_ascii=True))
    sys.exit(1 if any(error is not None for _, error in results) else 0)


def attempt(read, path):
    try:
        return read(path), None
    except Exception as error:  # a reader's own refusal, whatever its class
        return None, f"{type(error).__name__}: {error}"


def output(command, **options):
    """The standard output of a program in an empty environment, or Unreadable."""
    options.setdefault("env", {})
    done = subprocess.run(command, capture_output=True, **options)
    if done.returncode != 0:
        raise Unreadable(f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout


def version_of(*command):
    """The first line that `command` prints, as a version function."""
    return lambda: output(list(command)).decode().strip().splitlines()[0]


def tag(node):
    """The tagged tree of what a Python loader returned."""
    if node is None:
        return ["z"]
    if isinstance(node, bool):
        return ["b", node]
    if isinstance(node, str):
        return ["s", str(node)]
    if isinstance(node, (int, float)):
        return ["n", repr(float(node)) if isinstance(node, float) else str(int(node))]
    if isinstance(node, dict):
        return ["m", [[tag(key), tag(value)] for key, value in node.items()]]
    if isinstance(node, list):
        return ["l", [tag(item) for item in node]]
    return ["?", type(node).__name__]


def scratch():
    """A directory that lives as long as the process."""
    import atexit

    directory = tempfile.mkdtemp(prefix="reader-")
    atexit.register(shutil.rmtree, directory, True)
    return Path(directory)
