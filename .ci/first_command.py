"""Prints the first shell command of a Markdown file: the first line of its first shell block, without the prompt."""

import re
import sys

with open(sys.argv[1], encoding="utf-8") as page:
    block = re.search(r"^```(?:sh|shell|bash|console)\n(.*?)^```", page.read(), re.MULTILINE | re.DOTALL)
if not block:
    sys.exit(f"{sys.argv[1]} has no shell block")
lines = [line.removeprefix("$ ") for line in block[1].splitlines() if line and not line.startswith("#")]
command = lines[0]
for line in lines[1:]:
    if not command.endswith("\\"):
        break
    command += "\n" + line
print(command)
