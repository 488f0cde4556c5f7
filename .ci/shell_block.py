"""Prints the first shell block of a Markdown file, or the first that has a given text in it."""

import re
import sys

with open(sys.argv[1], encoding="utf-8") as page:
    blocks = re.findall(r"^```(?:sh|shell|bash)\n(.*?)^```", page.read(), re.MULTILINE | re.DOTALL)
wanted = [block for block in blocks if all(text in block for text in sys.argv[2:])]
if not wanted:
    sys.exit(f"{sys.argv[1]} has no shell block with {sys.argv[2:]}")
print(wanted[0], end="")
