#!/usr/bin/env python3
"""Proves the filters of templates with the programs that read their places (`places.py`).

One template has a slot for each value of the corpus and of a seeded generator. What a filter writes must be read back
exactly by every program of its place; what it refuses is put to them in every spelling that `spellings` knows, and is
over-refused if one is read back by all of them.

    templates.py --binary target/debug/secretfetch [--seed N] [--count N] [--filter NAME …]
"""

import argparse
import collections
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import corpus
import oracle
from places import PLACES, POSTGRES, Unreadable

REFUSED = 6


def values(seed, count):
    """Each as JSON text."""
    random_ = random.Random(seed)
    found = [*corpus.VALUES.values(), *(corpus.random_value(random_) for _ in range(count))]
    found += [".", "..", "...", "*", "**", "#", "\0", "a\r", "\ra", "{{ v0 | raw }}", "}}", "x" * 3990, "y" * 4094, "y" * 4095]
    found += ["\\" * n + end for n in range(1, 5) for end in ("", "'", '"', "n", ":", "$")]
    texts = [json.dumps(value) for value in found if not re.search("[\ud800-\udfff]", value)]
    numbers = ["0", "-0", "1", "1.0", "1e5", "1E-7", "-2.5e+3", "9223372036854775807", "9223372036854775808", "1e400", "0.1"]
    trees = ['[1,{"a b":["x\\n",null,true],"<<":{},"":[]}]', '{"no":"no","1":1,"k":"#"}', "{}", "[]", "null", "true", "false"]
    long_key = json.dumps({"k" * 1100: "v", "n": "\u2028\ufeff"})
    return texts + numbers + trees + [long_key]


def fill(binary, template, secret, directory):
    source, file = directory / "secret.json", directory / "template"
    source.write_text(secret)
    file.write_bytes(template.encode())
    with source.open("rb") as stdin:
        done = subprocess.run([binary, "convert", "--template", file], stdin=stdin, capture_output=True, env={})
    return done.returncode, done.stdout, done.stderr.decode()


def same(place, found, value):
    """Whether a program's value is that of the JSON text."""
    wanted = oracle.load(value)
    # Programs that know doubles only have none for it.
    if isinstance(wanted, oracle.Number) and oracle.has_overflow(wanted) and place.program in ("jq", "Node.js"):
        return True
    if not place.typed or not isinstance(wanted, (dict, list, oracle.Number, bool, type(None))):
        return found == (wanted if isinstance(wanted, str) else oracle.compact(wanted))
    return alike(found, wanted)


def alike(found, wanted):
    if isinstance(wanted, oracle.Number):
        return isinstance(found, oracle.Number) and float(found.token) == float(wanted.token)
    if isinstance(wanted, dict):
        return isinstance(found, dict) and set(found) == set(wanted) and all(alike(found[k], wanted[k]) for k in wanted)
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(alike, found, wanted))
    return type(found) is type(wanted) and found == wanted


def spellings(filter_, value):
    """Ways in which a text might be written in a place."""
    escape = lambda escapes: "".join(escapes.get(c, c) for c in value)
    hexadecimal = lambda pattern: "".join(pattern % ord(c) if not c.isalnum() else c for c in value)
    plain = [value, f"'{value}'", f'"{value}"', escape({"\\": "\\\\"}), f'"{escape({chr(92): chr(92) * 2})}"']
    yield from plain
    if filter_ == "shell":
        yield "$'" + hexadecimal("\\x%02x") + "'"
        yield "$'" + hexadecimal("\\u%04x") + "'"
    if filter_ == "xml":
        yield hexadecimal("&#x%x;")
        yield hexadecimal("&#%d;")
    if filter_ == "url":
        yield "".join(f"%{byte:02X}" for byte in value.encode())
    if filter_ == "sql":
        yield "E'" + hexadecimal("\\x%02x") + "'"
        yield "U&'" + hexadecimal("\\%04x") + "'"
    if filter_ == "pgpass":
        yield escape({"\n": "\\n", "\r": "\\r", "\\": "\\\\", ":": "\\:"})
        yield escape({"\n": "\\\n", "\r": "\\\r", "\\": "\\\\", ":": "\\:"})
    if filter_ in ("mycnf", "nginx"):
        table = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
        for dollar in "$", "\\$", "$$", "\\x24", "${dollar}", "%24", "'$'":
            yield f'"{escape(table | {"$": dollar, chr(0): chr(92) + "0"})}"'
        yield escape(table | {" ": "\\s"})
    if filter_ in ("toml", "yaml"):
        yield value


def reads(place, token, value, directory):
    path = directory / "spelling"
    path.write_bytes(place.write([token]).encode())
    try:
        found = place.read(path)
        return len(found) == 1 and same(place, found[0], value)
    except (Unreadable, ValueError, IndexError, KeyError, TypeError, AttributeError):
        return False


def is_refused_by_rule(filter_, value):
    """What a filter refuses whatever the programs here read."""
    tree = oracle.load(value)
    # A text has no place for these but their JSON, which is another value.
    if isinstance(tree, (dict, list, type(None))) and filter_ not in ("json", "yaml"):
        return True
    # TOML promises 64 bits; tomllib has more.
    if filter_ == "toml" and isinstance(tree, oracle.Number):
        return True
    # Paths among nginx's parameters end at a NUL; and a word without quotes may be one byte longer than one with them.
    return filter_ == "nginx" and isinstance(tree, str) and ("\0" in tree or len(tree.encode()) > 4094)


def prove(filter_, places, all_values, binary, directory, faults, counts):
    secret = "{" + ",".join(f'"v{n}":{value}' for n, value in enumerate(all_values)) + "}"
    slots = [f"{{{{ v{n} | {filter_} }}}}" for n in range(len(all_values))]
    status, _, stderr = fill(binary, "\n".join(slots), secret, directory)
    refused = {int(n) for n in re.findall(r"^error: key `v(\d+)`: template, line", stderr, re.M)}
    if status not in (0, REFUSED) or (status == REFUSED) != bool(refused):
        faults.append(f"WRONG: {filter_}: exit {status}: {stderr[-300:]}")
    held = [n for n in range(len(all_values)) if n not in refused]
    for place in places:
        status, out, stderr = fill(binary, place.write([slots[n] for n in held]), secret, directory)
        if status:
            faults.append(f"WRONG: {filter_}: exit {status} without what it refuses: {stderr[-300:]}")
            continue
        path = directory / "filled"
        path.write_bytes(out)
        found = place.read(path)
        if len(found) != len(held):
            faults.append(f"WRONG: {filter_}: {place.program} finds {len(found)} of {len(held)} values")
        for n, one in zip(held, found):
            counts[filter_, place.program] += 1
            if not same(place, one, all_values[n]):
                faults.append(f"WRONG: {filter_}: {place.program} reads {one!r:.200} for {all_values[n]:.200}")
    for n in refused:
        value = all_values[n]
        counts[filter_, "refused"] += 1
        if is_refused_by_rule(filter_, value):
            continue
        tree = oracle.load(value)
        for token in spellings(filter_, tree if isinstance(tree, str) else oracle.compact(tree)):
            if all(reads(place, token, value, directory) for place in places):
                faults.append(f"OVER-REFUSED: {filter_}: {value:.200}: every program reads {token!r:.200}")
                break


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--filter", action="append")
    arguments = parser.parse_args()
    binary = str(Path(arguments.binary).resolve())
    all_values = values(arguments.seed, arguments.count)
    faults, counts = [], collections.Counter()
    filters = list(dict.fromkeys(place.filter for place in PLACES))
    try:
        with tempfile.TemporaryDirectory() as directory:
            for filter_ in arguments.filter or filters:
                places = [place for place in PLACES if place.filter == filter_]
                prove(filter_, places, all_values, binary, Path(directory), faults, counts)
    finally:
        POSTGRES.stop()
    for (filter_, program), count in counts.items():
        print(f"{filter_:12} {program:32} {count}")
    print(*faults, sep="\n")
    print(f"{len(all_values)} values, {sum(counts.values())} readings, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
