#!/usr/bin/env python3
"""How much of what people keep as secrets each dialect writes, and whether what it refuses had to be refused.

For each kind of value a seeded generator gives `--count` of them. Each dialect writes them, its readers read them back
(anything but the value is wrong), and of each value that it refuses, every spelling that `candidates.py` knows is put to
the readers (if all of them read one back, it was over-refused).

    rates.py --binary target/debug/secretfetch [--count N] [--seed N] [--pair env/docker …] [--write docs/formats.md]
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import string
import subprocess
import sys
import tempfile

import check
import corpus
import oracle

WORDS = "correct horse battery staple app prod db eu-west-1 cache user admin readonly".split()
# A line in each language, of the writing that is usual for it.
TEXTS = """
አማርኛ: ሰላም ለዓለም።|العربية: مرحبًا بالعالم، كلمة السر|Azərbaycan: Salam, dünya!|Беларуская: Прывітанне, свет!|Български: Здравей, свят!
বাংলা: ওহে বিশ্ব|Català: Hola, món; l'hospitalet|Čeština: Ahoj, světe!|Cymraeg: Helo, byd!|Dansk: Hej, verden — "æøå"
Deutsch: Grüß Gott, Straße „Zitat“|Ελληνικά: Γειά σου Κόσμε|English: It's a "test", isn't it?|Español: ¿Qué tal? ¡Hola, señor!|Eesti: Tere, maailm!
فارسی: سلام دنیا|Suomi: Hyvää päivää|Français: C'est l'été « à bientôt »|Gaeilge: Dia dhuit, a dhomhain|ગુજરાતી: હેલો વિશ્વ
עברית: שלום עולם|हिन्दी: नमस्ते दुनिया|Hrvatski: Zdravo, svijete — šđčćž|Magyar: Üdvözlet, árvíztűrő|Հայերեն: Բարեւ աշխարհ
Bahasa Indonesia: Halo, dunia|Íslenska: Halló, heimur þð|Italiano: L'amica è là, perché?|日本語: こんにちは、世界「引用」|ქართული: გამარჯობა მსოფლიო
ಕನ್ನಡ: ಹಲೋ ಜಗತ್ತು|한국어: 안녕, 세상아|Lietuvių: Labas, pasauli|Македонски: Здраво свету|मराठी: नमस्कार जग
Nederlands: Hé, 's avonds|Polski: Zażółć gęślą jaźń|Português: Olá, à vontade|Русский: Съешь ещё этих «булок»|தமிழ்: வணக்கம் உலகம்
ไทย: สวัสดีชาวโลก|Türkçe: Merhaba İstanbul'un|Українська: Привіт, світе! Ґ’їжак|اردو: ہیلو دنیا|Tiếng Việt: Xin chào thế giới|中文: 你好，世界！“引号”
"""
LANGUAGES = [text.split(": ", 1)[1] for text in re.split(r"[|\n]", TEXTS.strip())]


def characters(alphabet, length):
    return lambda random_: "".join(random_.choice(alphabet) for _ in range(length))


def nested_json(random_):
    """A configuration as a text."""
    pick = random_.choice
    tree = {pick(WORDS): pick([password(random_), random_.randrange(10**6), [pick(WORDS), True], {"url": url(random_)}]) for _ in range(3)}
    return json.dumps(tree, indent=random_.choice([None, None, 2]))


def password(random_):
    return characters(string.ascii_letters + string.digits + string.punctuation, random_.choice([8, 12, 20]))(random_)


def pem(random_):
    body = "\n".join(characters(string.ascii_letters + string.digits + "+/", 64)(random_) for _ in range(6))
    kind = random_.choice(["RSA PRIVATE KEY", "PRIVATE KEY", "CERTIFICATE"])
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----" + random_.choice(["", "\n"])


def url(random_):
    scheme, port = random_.choice([("postgres", 5432), ("mysql", 3306), ("amqps", 5671), ("https", 443), ("redis", 6379)])
    secret = characters(string.ascii_letters + string.digits + "-._~%!$&'()*+,;=", 14)(random_)
    query = random_.choice(["", "?sslmode=require", "?a=1&b=%20x", "#main"])
    return f"{scheme}://app:{secret}@{random_.choice(WORDS)}.example.com:{port}/{random_.choice(WORDS)}{query}"


def windows_path(random_):
    drive = random_.choice(["C:", "C:", "D:", "\\\\server"])
    names = random_.sample(["Users", "new", "temp", "Program Files", "app$", "x86", "u0041", "100%"], 3)
    return "\\".join([drive, *names]) + random_.choice(["", "", "", "\\"])


def connection_string(random_):
    pairs = {"Server": "tcp:db,1433", "User ID": "app", "Password": password(random_), "Encrypt": "True"}
    style = random_.choice(["{}={}", "{}='{}'", '{}="{}"'])
    return ";".join(style.format(name, value) for name, value in pairs.items())


PUNCTUATION = string.punctuation
AWS = string.ascii_letters + string.digits + PUNCTUATION
KINDS = {
    "letters and digits": [characters(string.ascii_letters + string.digits, length) for length in (16, 32, 64)],
    "GetRandomPassword, 16": [characters(AWS, 16)],
    "GetRandomPassword, 32": [characters(AWS, 32)],
    "GetRandomPassword, 64": [characters(AWS, 64)],
    "punctuation, 16": [characters(PUNCTUATION, 16)],
    "punctuation, 32": [characters(PUNCTUATION, 32)],
    "punctuation, 64": [characters(PUNCTUATION, 64)],
    "JSON": [nested_json],
    "PEM": [pem],
    "URLs": [url],
    "Windows paths": [windows_path],
    "connection strings": [connection_string],
    f"{len(LANGUAGES)} languages": [lambda random_: " ".join(random_.sample(LANGUAGES, 2))],
}


def values(seed, count):
    """kind → values."""
    random_ = random.Random(seed)
    return {kind: [random_.choice(makers)(random_) for _ in range(count)] for kind, makers in KINDS.items()}


def write(binary, pair, secret, directory):
    """The file or directory that comes of a secret, or the keys that are refused."""
    case = check.Case(pair, "rates", json.dumps(secret).encode())
    number = len(os.listdir(directory))
    check.convert(binary, case, directory, number)
    if case.status == check.REFUSED:
        refused = {key for key in re.findall(r"key `([^`]+)`", case.stderr) if key in secret}
        if not refused:
            raise SystemExit(f"{pair}: a refusal without a key: {case.stderr}")
        return None, refused
    if case.status != 0:
        raise SystemExit(f"{pair}: exit {case.status}: {case.stderr}")
    return case.path, set()


def measure(binary, pair, by_kind, readers, directory):
    """kind → (refused, wrong, over-refused)."""
    secret, kinds = {}, {}
    for kind, found in by_kind.items():
        for value in found:
            name = f"KEY_{len(secret)}"
            secret[name], kinds[name] = value, kind
    counts = collections.defaultdict(collections.Counter)
    directory.mkdir()
    alone, together = {}, dict(secret)
    path, refused = write(binary, pair, together, directory)
    while refused:
        for name in refused:
            alone[name] = together.pop(name)
        path, refused = write(binary, pair, together, directory)
    # What may stand in one place of a file only.
    files, refusals = [(path, together)], {}
    for name, value in alone.items():
        path, refused = write(binary, pair, {name: value}, directory)
        if refused:
            refusals[name] = value
            counts[kinds[name]]["refused"] += 1
        else:
            files.append((path, {name: value}))
    for reader in check.MANIFEST["pairs"][pair]:
        for (path, wanted), found in zip(files, readers.read(reader, [path for path, _ in files])):
            for name, value in wanted.items():
                if found is None or found.get(name) != value:
                    counts[kinds[name]]["wrong"] += 1
                    print(f"WRONG: {pair}: {reader}: {value!r} reads {found and found.get(name)!r}")
    cases = [check.Case(pair, name, json.dumps({name: value}).encode()) for name, value in refusals.items()]
    for case in cases:
        check.expect(case)
    check.challenge([case for case in cases if not case.refusal], readers, directory)
    for case in cases:
        if case.over:
            counts[kinds[case.label]]["over"] += 1
            print(f"OVER-REFUSED: {pair}: {refusals[case.label]!r}: {case.over}")
    return counts


def table(results, count):
    heads = list(KINDS)
    lines = [f"| dialect | {' | '.join(heads)} | wrong | over-refused |", "| --- |" + " --- |" * (len(heads) + 2)]
    for pair, counts in results.items():
        shares = [counts[kind]["refused"] * 100 / count for kind in heads]
        cells = ["0" if not share else f"{share:.1f}" for share in shares]
        sums = [str(sum(counts[kind][what] for kind in heads)) for what in ("wrong", "over")]
        lines.append(f"| `{pair}` | {' | '.join(cells + sums)} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--count", type=int, default=25, help="values of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pair", action="append", choices=list(check.MANIFEST["pairs"]))
    parser.add_argument("--write", type=pathlib.Path, help="the document whose table is renewed")
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.binary).resolve())
    pairs = arguments.pair or [pair for pair, readers in check.MANIFEST["pairs"].items() if readers and pair not in (*check.TREES, *check.oracle.LOGINS)]
    readers = check.Readers(os.cpu_count())
    by_kind = values(arguments.seed, arguments.count)
    results = {}
    with tempfile.TemporaryDirectory(prefix="rates-") as scratch:
        for number, pair in enumerate(pairs):
            results[pair] = measure(binary, pair, by_kind, readers, pathlib.Path(scratch) / str(number))
    found = table(results, arguments.count)
    print(found)
    if arguments.write:
        check.renew(arguments.write, "rates", found)
    total = len(pairs) * len(KINDS) * arguments.count
    failed = sum(counts[kind][what] for counts in results.values() for kind in KINDS for what in ("wrong", "over"))
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
