#!/usr/bin/env python3
"""Proves `secretfetch convert` against the programs that read its files.

For each secret and each format and dialect: exit 0 means that every reader reads back exactly the secret's entries;
exit 6 means that nothing they read could have held them, which is tried with the readers themselves. Anything else is
WRONG or OVER-REFUSED, and fails.

    check.py --binary target/debug/secretfetch [--seed N] [--count N] [--pair env/docker …] [--only TEXT] [-v]
    check.py --versions | --write docs/formats.md | --compare docs/formats.md
"""

import argparse
import base64
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

sys.set_int_max_str_digits(0)

import candidates
import corpus
import oracle

HERE = pathlib.Path(__file__).resolve().parent
MANIFEST = json.loads((HERE / "readers.json").read_text())
# Files that one call of a reader gets.
BATCH = 250
# A secret of more refused keys than this is not searched for a way to hold it.
MOST_REFUSED_KEYS = 300
REFUSED = 6
# The exit code for a secret without a key that a login needs.
MISSING = 3
# Formats that keep the structure.
TREES = ("json", "yaml", "toml")

SENTINELS = ("AA_BEFORE", "1"), ("ZZ_AFTER", "2")


@dataclass
class Case:
    """One secret in one format and dialect."""

    pair: str
    label: str
    source: bytes
    status: int = 0
    path: pathlib.Path = None
    stdout: bytes = b""
    stderr: str = ""
    # What must be read back; or why and for which keys it must be refused.
    wanted: object = None
    refusal: oracle.Refused = None
    faults: list = field(default_factory=list)
    over: str = None
    undecided: bool = False
    blamed: list = field(default_factory=list)


class Readers:
    """Runs readers, and remembers what they read of equal files."""

    def __init__(self, workers):
        self.workers = workers
        self.seconds = collections.Counter()

    def read(self, name, paths):
        """What the reader makes of each file; None where it cannot read it."""
        command, *options = MANIFEST["readers"][name]["command"]
        if not paths:
            return []
        chunks = [paths[at : at + BATCH] for at in range(0, len(paths), BATCH)]
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            found = pool.map(lambda chunk: self.call(name, [str(HERE / "read" / command), *options], chunk), chunks)
            lines = [line for chunk in found for line in chunk]
        self.seconds[name] += time.monotonic() - started
        return lines

    def call(self, name, command, chunk):
        done = subprocess.run([*command, *map(str, chunk)], capture_output=True, stdin=subprocess.DEVNULL)
        lines = done.stdout.split(b"\n")[:-1]
        if len(lines) == len(chunk) and done.returncode in (0, 1):
            try:
                return [json.loads(line) for line in lines]
            except ValueError as error:
                raise SystemExit(f"reader {name} printed no JSON: {error}: {lines!r:.500}") from error
        if len(chunk) > 1:
            # One file broke the program: find it.
            middle = len(chunk) // 2
            return self.call(name, command, chunk[:middle]) + self.call(name, command, chunk[middle:])
        raise SystemExit(f"reader {name} broke on {chunk[0]}: exit {done.returncode}\n{done.stderr.decode(errors='replace')}")


# --- converting ------------------------------------------------------------------------------------


def convert(binary, case, directory, number):
    """Runs the converter, once."""
    format_, _, dialect = case.pair.partition("/")
    case.path = directory / str(number)
    if is_directory(case.pair):
        # `convert` writes no files: the same engine, from a local store.
        case.path.mkdir()
        store = directory / f"{number}.json"
        store.write_text(json.dumps({"secret": local(case.source)}))
        command = [binary, "fetch", "--store", f"file:{store}", "--secret-id", "secret"]
        command += ["--output", str(case.path), "--quiet"]
    else:
        command = [binary, "convert"]
    command += ["--format", format_] + (["--dialect", dialect] if dialect else [])
    source = directory / f"{number}.source"
    source.write_bytes(case.source)
    try:
        # From a file: a large write to a pipe that overlaps the start of another program was seen to lose bytes.
        with source.open("rb") as stdin:
            done = subprocess.run(command, stdin=stdin, capture_output=True, env={}, timeout=60)
    except subprocess.TimeoutExpired:
        case.status = None
        case.faults.append("did not end within 60 s")
        return
    case.status, case.stdout, case.stderr = done.returncode, done.stdout, done.stderr.decode(errors="replace")
    if not is_directory(case.pair):
        case.path.write_bytes(done.stdout)


def is_directory(pair):
    return pair.split("/")[0] == "files"


def local(source):
    """A secret as the local store has it: SecretString or SecretBinary."""
    try:
        return source.decode()
    except UnicodeDecodeError:
        return {"$binary": base64.b64encode(source).decode()}


def expect(case):
    """Asks the oracle what must come of it."""
    if case.pair == "raw":
        case.wanted = case.source
        return
    try:
        tree = oracle.parse(case.source)
        if case.pair in oracle.LOGINS:
            case.wanted = oracle.login(case.pair, tree)
        elif case.pair == "toml":
            case.wanted = oracle.toml(tree)
        else:
            case.wanted = tree if case.pair in TREES else oracle.entries(case.pair, tree)
    except oracle.Refused as refusal:
        case.refusal = refusal


def judge_status(case):
    """The faults that show without a reader. True if the readers have something to say."""
    if case.status is None:
        return False
    if case.status == MISSING and case.pair in oracle.LOGINS and case.refusal and case.refusal.keys:
        case.status = REFUSED
    if case.status not in (0, REFUSED):
        case.faults.append(f"exit {case.status}: {case.stderr.strip()[:300]}")
        return False
    if case.status == 0:
        if case.refusal:
            case.faults.append(f"accepted, but must be refused: {case.refusal}")
            return False
        return True
    if case.stdout:
        case.faults.append("refused, with output on stdout")
    if is_directory(case.pair) and os.listdir(case.path):
        case.faults.append("refused, with files written")
    if not case.stderr.strip():
        case.faults.append("refused without a word")
    if leaked := leak(case):
        case.faults.append(f"the refusal shows a value: {leaked!r}")
    return True


def leak(case):
    """A value, or its beginning, that a refusal must not show."""
    try:
        tree = oracle.load(case.source.decode())
    except (ValueError, RecursionError, oracle.Refused):
        text = case.source.decode(errors="replace")
        found = [word for word in ("bcde", "fghij", "hunter2") if word in text and word in case.stderr]
        return found[0] if found else None
    names, values = set(), []

    def walk(node):
        if isinstance(node, dict):
            for name, value in node.items():
                names.add(name)
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
        elif isinstance(node, str):
            values.append(node)

    walk(tree)
    for value in values:
        shown = value[:24]
        # A short word of the message itself, or a part of a name, proves nothing.
        if len(shown) < 4 or any(shown in name for name in names) or re.fullmatch(r"[a-z ]{1,5}|\.{3}|-{3}", shown):
            continue
        if shown in case.stderr:
            return shown
    return None


def names_key(stderr, key):
    """Whether a message names a key, in whatever way it escapes odd characters."""
    forms = {key, json.dumps(key)[1:-1], json.dumps(key, ensure_ascii=False)[1:-1]}
    if any(form and form in stderr for form in forms):
        return True
    words = [word[:40] for word in re.split(r"[^A-Za-z0-9_.-]+", key) if word]
    return all(word in stderr for word in words)


# --- reading back ----------------------------------------------------------------------------------


def read_back(cases, readers):
    """Every accepted case through every reader of its pair."""
    by_pair = collections.defaultdict(list)
    for case in cases:
        by_pair[case.pair].append(case)
    for pair, group in by_pair.items():
        if pair == "raw":
            for case in group:
                if case.stdout != case.source:
                    case.faults.append("not the source's bytes")
        elif pair == "files":
            for case in group:
                if difference := oracle.same_entries(read_directory(case.path), case.wanted):
                    case.faults.append(difference)
        for name in MANIFEST["pairs"][pair]:
            asked = [case for case in group if concerns(name, case.wanted)]
            for case, found in zip(asked, readers.read(name, [case.path for case in asked])):
                if difference := differs(pair, name, found, case.wanted):
                    case.faults.append(f"{name}: {difference}")


def concerns(reader, wanted):
    """Whether the reader is promised to read these entries. `names` is a pattern for readers that are promised to read
    values, and have variables of their own."""
    names = MANIFEST["readers"][reader].get("names")
    return not names or isinstance(wanted, list) and all(re.fullmatch(names, name) for name, _ in wanted)


def read_directory(directory):
    """Each file by its path: a name with a slash is one of a subdirectory."""
    files = (entry for entry in directory.rglob("*") if not entry.is_dir())
    return {str(entry.relative_to(directory)): entry.read_bytes().decode(errors="surrogateescape") for entry in files}


def differs(pair, name, found, wanted):
    if pair not in TREES:
        return oracle.same_entries(found, wanted)
    exact = "integers" if pair == "toml" else MANIFEST["readers"][name].get("exact", False)
    if pair == "json" and not exact and oracle.has_overflow(wanted):
        # Such a reader has no number to say; those that keep the token do.
        return None
    return oracle.same_tree(found, wanted, exact)


# --- refusals --------------------------------------------------------------------------------------


def challenge(cases, readers, directory):
    """Every refused case: could it have been held?"""
    by_pair = collections.defaultdict(list)
    for case in cases:
        by_pair[case.pair].append(case)
    for pair, group in by_pair.items():
        if pair == "raw":
            for case in group:
                case.over = "raw holds everything"
        elif pair == "json":
            for case in group:
                case.over = "JSON holds every tree"
        elif pair == "toml":
            for case in group:
                case.over = "TOML holds every other tree"
        elif pair == "yaml":
            challenge_documents(group, readers, directory)
        elif pair in oracle.LOGINS:
            challenge_logins(pair, group, readers, directory)
        elif is_directory(pair):
            challenge_directories(pair, group, readers, directory)
        else:
            challenge_entries(pair, group, readers, directory)


def survivors(pair, tries, readers, directory, wanted_of):
    """Of (key, bytes) pairs, those that every reader of the pair reads back: key → the first such bytes."""
    directory.mkdir()
    for number, (_, data) in enumerate(tries):
        (directory / str(number)).write_bytes(data)
    alive = list(range(len(tries)))
    for name in MANIFEST["pairs"][pair]:
        asked = [number for number in alive if concerns(name, wanted_of(tries[number][0]))]
        found = dict(zip(asked, readers.read(name, [directory / str(number) for number in asked])))
        lost = {n for n, entries in found.items() if differs(pair, name, entries, wanted_of(tries[n][0]))}
        alive = [number for number in alive if number not in lost]
    shutil.rmtree(directory)
    best = {}
    for number in alive:
        best.setdefault(tries[number][0], tries[number][1])
    return best


def challenge_entries(pair, group, readers, directory):
    """Each entry alone between two others; then, if all can be held, the secret as a whole."""
    write = candidates.of_lines(pair)
    entries, tries = {}, []
    for case in group:
        if len(case.wanted) > MOST_REFUSED_KEYS:
            case.undecided = True
            continue
        for name, value in case.wanted:
            key = (name, str(value))
            if key not in entries:
                entries[key] = value
                tries += [(key, line) for line in lines(write, pair, name, value)]
    form = {"env/kubernetes": "{}='{}'\n", "yaml/spring": '{}: "{}"\n'}.get(pair, "{}={}\n")
    before, after = (form.format(name, value).encode() for name, value in SENTINELS)

    def among(key):
        return [*SENTINELS, (key[0], entries[key])]

    framed = [(key, before + line + after) for key, line in tries]
    best = survivors(pair, framed, readers, directory / "entries", among)
    whole = {}
    for number, case in enumerate(group):
        if case.undecided:
            continue
        held = [best.get((name, str(value))) for name, value in case.wanted]
        case.blamed = [name for (name, _), data in zip(case.wanted, held) if data is None]
        if not case.blamed:
            parts = [data.removeprefix(before).removesuffix(after) for data in held]
            whole[number] = b"".join(parts)
    together = survivors(pair, list(whole.items()), readers, directory / "whole", lambda number: group[number].wanted)
    for number, data in together.items():
        case = group[number]
        if any(oracle.may_be_refused(pair, name) for name, _ in case.wanted):
            continue
        case.over = f"{len(MANIFEST['pairs'][pair])} readers read it back from {data[:200]!r}"


def lines(write, pair, name, value):
    for line in write(pair, name, value):
        try:
            yield line.encode()
        except UnicodeEncodeError:
            continue


def challenge_documents(group, readers, directory):
    tries = [(number, text.encode()) for number, case in enumerate(group) for text in candidates.yaml(case.wanted)]
    for number, data in survivors("yaml", tries, readers, directory / "documents", lambda n: group[n].wanted).items():
        group[number].over = f"every reader reads it back from {data[:200]!r}"


def challenge_logins(pair, group, readers, directory):
    """Each login in whatever spelling its readers might take for it."""
    tries = [(number, text.encode()) for number, case in enumerate(group) for text in candidates.login(pair, dict(case.wanted))]
    for number, data in survivors(pair, tries, readers, directory / "logins", lambda n: group[n].wanted).items():
        group[number].over = f"every reader reads it back from {data[:200]!r}"


def challenge_directories(pair, group, readers, directory):
    """A directory takes any name without a slash or NUL, of at most 255 bytes; names that start with `..` are the
    kubelet's, and may be refused. Each entry alone, in every content that its reader might take for the value."""
    tries = []
    directory = directory / "directories"
    directory.mkdir()
    for number, case in enumerate(group):
        names = {name for name, _ in case.wanted}
        # A file and a directory of one name: which of the two is to blame is a matter of taste.
        meets = any(str(above) in names for name in names for above in pathlib.PurePosixPath(name).parents)
        if len(case.wanted) > MOST_REFUSED_KEYS or pair == "files" and meets:
            case.undecided = True
            continue
        for name, value in case.wanted:
            # Only readers of a tree find what lies in a subdirectory.
            parts = name.split("/") if pair == "files" else [name]
            unfit = any(part.startswith("..") or not is_file_name(part, directory) for part in parts)
            if oracle.may_be_refused(pair, name) or unfit:
                case.blamed.append(name)
            else:
                tries += [((number, name), content) for content in candidates.files(value)]
    best = set()
    if MANIFEST["pairs"][pair]:
        alive = []
        for at, ((number, name), content) in enumerate(tries):
            (directory / f"{at}").mkdir()
            (directory / f"{at}" / name).write_bytes(content)
        alive = list(range(len(tries)))
        for reader in MANIFEST["pairs"][pair]:
            found = readers.read(reader, [directory / f"{at}" for at in alive])
            values = {at: dict(group[tries[at][0][0]].wanted)[tries[at][0][1]] for at in alive}
            alive = [
                at for at, entries in zip(alive, found)
                if not oracle.same_entries(entries, [(tries[at][0][1], values[at])])
            ]
        best = {tries[at][0] for at in alive}
    else:
        best = {key for key, _ in tries}
    shutil.rmtree(directory)
    for number, case in enumerate(group):
        case.blamed += [name for name, _ in case.wanted if name not in case.blamed and (number, name) not in best]
        if not case.blamed and not case.undecided:
            case.over = "the directory's readers get every value from some content"


def is_file_name(name, directory):
    trial = directory / "trial"
    trial.mkdir()
    try:
        if "/" in name or name in ("", ".", ".."):
            return False
        (trial / name).touch()
        return True
    except (OSError, ValueError):
        return False
    finally:
        shutil.rmtree(trial)


def judge_message(case):
    """All keys to blame must be named."""
    blamed = case.refusal.keys if case.refusal else case.blamed
    unnamed = [key for key in blamed[:20] if not names_key(case.stderr, key[:200])]
    if unnamed:
        case.faults.append(f"the refusal does not name {unnamed!r}: {case.stderr.strip()[:300]}")


# --- the run ---------------------------------------------------------------------------------------


def gather(arguments):
    secrets = [*corpus.corpus(), *corpus.generated(arguments.seed, arguments.count)]
    pairs = arguments.pair or list(MANIFEST["pairs"])
    by_kind = (
        (secrets, [pair for pair in pairs if pair not in oracle.LOGINS]),
        (corpus.logins(secrets), [pair for pair in pairs if pair in oracle.LOGINS]),
    )
    cases = []
    for label, source, pairs in ((*secret, pairs) for secrets, pairs in by_kind for secret in secrets):
        if arguments.only and arguments.only not in label:
            continue
        for pair in pairs:
            case = Case(pair, label, source)
            try:
                expect(case)
            except oracle.TooDeep:
                case.undecided = True
            cases.append(case)
    return cases


def report(cases, readers, arguments, seconds):
    tally = collections.defaultdict(collections.Counter)
    for case in cases:
        kind = (
            "WRONG" if case.faults else "OVER-REFUSED" if case.over else "undecided" if case.undecided
            else "exact" if case.status == 0 else "refused"
        )
        tally[case.pair][kind] += 1
        if kind in ("WRONG", "OVER-REFUSED") or arguments.verbose and kind == "undecided":
            for detail in case.faults or [case.over or "too large to decide"]:
                print(f"{kind}: {case.pair}: {case.label}: {' '.join(detail.split())[: arguments.width]}")
            if arguments.verbose:
                print(f"    {case.source[:300]!r}\n    {case.stderr.strip()[:300]}")
    columns = ["exact", "refused", "undecided", "WRONG", "OVER-REFUSED"]
    print(f"\n{'':22}" + "".join(f"{column:>14}" for column in columns) + "  readers")
    for pair, counts in tally.items():
        row = "".join(f"{counts[column]:>14}" for column in columns)
        print(f"{pair:22}{row}  {len(MANIFEST['pairs'][pair]) or 'bytes'}")
    total = sum(tally.values(), collections.Counter())
    failed = total["WRONG"] + total["OVER-REFUSED"]
    slow = ", ".join(f"{name} {taken:.0f} s" for name, taken in readers.seconds.most_common(5))
    print(f"\n{len(cases)} cases of seed {arguments.seed} in {seconds:.0f} s (slowest readers: {slow or 'none'})")
    print(f"{total['exact'] + total['refused']} passed, {failed} failed, {total['undecided']} skipped")
    return 1 if failed or not cases else 0


def version_of(name):
    """What the reader says of itself."""
    command, *options = MANIFEST["readers"][name]["command"]
    done = subprocess.run([HERE / "read" / command, *options, "--version"], capture_output=True, text=True)
    if not done.stdout.strip():
        raise SystemExit(f"reader {name} is missing: {done.stderr.strip()[-200:]}")
    return done.stdout.strip()


def versions():
    for name, reader in MANIFEST["readers"].items():
        print(f"{name:20} {'model' if reader.get('model') else 'real':6} {version_of(name)}")


def table():
    """The readers of each format and dialect, as the documentation has them: with major and minor version, so that it
    does not grow old with each of Debian's updates."""
    shown = {}
    for name, reader in MANIFEST["readers"].items():
        found = re.search(r"\d+\.\d+", version_of(name)) or re.search(r"\d+", version_of(name))
        version = "" if name.endswith(f"-{found[0]}") else f" {found[0]}"
        shown[name] = name + version + (" (model)" if reader.get("model") else "")
    rows = [f"| `{pair}` | {', '.join(shown[name] for name in names)} |" for pair, names in MANIFEST["pairs"].items() if names]
    return "\n".join(["| format and dialect | readers |", "| --- | --- |", *rows]) + "\n"


def compare(document):
    if table() in document.read_text():
        print(f"1 passed: {document} has the readers")
        return 0
    print(f"1 failed: {document} has other readers than those that ran; renew it with `check.py --write {document}`")
    return 1


def renew(document, name, text):
    """Replaces what stands between a document's two comments of this name."""
    begin, end = f"<!-- {name} from here -->\n", f"<!-- {name} to here -->\n"
    before, found, rest = document.read_text().partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise SystemExit(f"{document} has no place for {name}")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=150, help="secrets of the generator")
    parser.add_argument("--pair", action="append", choices=list(MANIFEST["pairs"]))
    parser.add_argument("--only", help="secrets whose label has this text")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--width", type=int, default=300, help="of a failure's line")
    parser.add_argument("--versions", action="store_true", help="list the readers")
    parser.add_argument("--write", type=pathlib.Path, help="the document whose table of readers is renewed")
    parser.add_argument("--compare", type=pathlib.Path, help="the document whose table of readers must be that of the readers")
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    if arguments.versions:
        return versions()
    if arguments.write:
        return renew(arguments.write, "readers", table())
    if arguments.compare:
        return compare(arguments.compare)
    if not arguments.binary:
        parser.error("--binary is needed")
    binary = str(pathlib.Path(arguments.binary).resolve())
    started = time.monotonic()
    cases = gather(arguments)
    readers = Readers(arguments.jobs)
    with tempfile.TemporaryDirectory(prefix="readers-") as scratch:
        scratch = pathlib.Path(scratch)
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            list(pool.map(lambda item: convert(binary, item[1], scratch, item[0]), enumerate(cases)))
        judged = [case for case in cases if judge_status(case)]
        read_back([case for case in judged if case.status == 0 and not case.undecided], readers)
        refused = [case for case in judged if case.status == REFUSED]
        challenge([case for case in refused if not case.refusal and not case.undecided], readers, scratch)
        for case in refused:
            judge_message(case)
    return report(cases, readers, arguments, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
