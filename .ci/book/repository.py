"""A preprocessor of mdBook: what pages link to outside docs/ becomes pages of the book, and no link leads out of it.

A file is a page with its text; a directory is a page with the texts of its files; a Markdown file is a page as it is.
"""

import json
import pathlib
import posixpath
import re
import subprocess
import sys
import urllib.parse

TOP = pathlib.Path(__file__).resolve().parents[2]
DOCS = "docs"
LINK = re.compile(r"(?<=\]\()(?P<target>[^)\s]+)(?=\))")
LANGUAGES = {".yaml": "yaml", ".json": "json", ".toml": "toml", ".py": "python", ".rs": "rust,ignore", ".go": "go"}
LONGEST = 60_000  # characters of a file; what is longer is not for reading


def page_of(path):
    """Where in the book a file or directory of the repository is."""
    inside = posixpath.relpath(path, DOCS)
    return inside if not inside.startswith("..") else f"repository/{path}.md"


def text_of(path):
    """A page for what is not a page of its own."""
    if (TOP / path).is_dir():
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", path]
        files = subprocess.run(listed, cwd=TOP, capture_output=True, text=True, check=True).stdout.split("\n")
        files = sorted(name for name in files if name and (TOP / name).is_file())
        return f"# {path}\n\n" + "\n".join(f"## {name}\n\n{fenced(name)}" for name in files)
    if path.endswith(".md"):
        return (TOP / path).read_text()
    return f"# {path}\n\n{fenced(path)}"


def fenced(path):
    try:
        text = (TOP / path).read_text()
    except UnicodeDecodeError:
        return "Not a text.\n"
    if len(text) > LONGEST:
        return f"A text of {len(text):,} characters.\n"
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    return f"{fence}{LANGUAGES.get(pathlib.Path(path).suffix, 'text')}\n{text.rstrip()}\n{fence}\n"


def relinked(text, path, page, wanted):
    """The text with its links as the book has them; what they lead to is added to `wanted`."""

    def replace(found):
        target = found["target"]
        url = urllib.parse.urlsplit(target)
        if url.scheme or not url.path:
            return target
        to = posixpath.normpath(posixpath.join(posixpath.dirname(path), urllib.parse.unquote(url.path)))
        # What is not there stays as it is, for the check of links to find.
        if to.startswith("..") or not (TOP / to).exists():
            return target
        if (TOP / to).is_dir() or not f"{to}/".startswith(f"{DOCS}/"):
            wanted[to] = f"repository/{to}.md"
            there = wanted[to]
        else:
            there = page_of(to)
        relative = posixpath.relpath(there, posixpath.dirname(page) or ".")
        return urllib.parse.quote(relative) + (f"#{url.fragment}" if url.fragment else "")

    parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else LINK.sub(replace, part) for part in parts)


def chapters(items):
    for item in items:
        if isinstance(item, dict) and "Chapter" in item:
            yield item["Chapter"]
            yield from chapters(item["Chapter"]["sub_items"])


def main():
    if sys.argv[1:2] == ["supports"]:
        sys.exit(0)
    _, book = json.load(sys.stdin)
    items = book["items"]
    wanted, made = {}, {}
    for chapter in chapters(items):
        if chapter["path"]:
            path = f"{DOCS}/{chapter['source_path']}"
            chapter["content"] = relinked(chapter["content"], path, chapter["source_path"], wanted)
    while missing := sorted(set(wanted) - set(made)):
        for path in missing:
            made[path] = relinked(text_of(path), path, wanted[path], wanted)
    items.append({"PartTitle": "Files of the repository"})
    for path in sorted(made):
        chapter = {"name": path, "content": made[path], "number": None, "sub_items": [], "parent_names": []}
        items.append({"Chapter": chapter | {"path": wanted[path], "source_path": None}})
    json.dump(book, sys.stdout)


if __name__ == "__main__":
    main()
