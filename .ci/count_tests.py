"""Prints how many tests passed and failed, by the closing lines of cargo test, unittest and the readers in a log."""

import re
import sys

passed = failed = 0
unittest_ran = None
with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
    for line in log:
        if found := re.match(r"(?:test result: \S+ )?(\d+) passed[;,] (\d+) failed\b", line):
            passed += int(found[1])
            failed += int(found[2])
        elif found := re.match(r"Ran (\d+) tests? in ", line):
            unittest_ran = int(found[1])
        elif unittest_ran is not None and (found := re.match(r"(OK|FAILED)\b(.*)", line)):
            counts = dict(re.findall(r"(\w+)=(\d+)", found[2]))
            bad = int(counts.get("failures", 0)) + int(counts.get("errors", 0))
            failed += bad
            passed += max(unittest_ran - bad - int(counts.get("skipped", 0)), 0)
            unittest_ran = None
print(passed, failed)
