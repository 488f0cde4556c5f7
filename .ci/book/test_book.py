"""The documentation as a book: every page is in it, no link is broken, and its search knows each page.

Run by .ci/run with MDBOOK naming mdBook:

    MDBOOK=… python3 .ci/book/test_book.py
"""

import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

TOP = pathlib.Path(__file__).resolve().parents[2]
MDBOOK = pathlib.Path(os.environ["MDBOOK"]).resolve(strict=True)


def pages_outside(docs):
    """The pages that the summary does not name."""
    named = set(re.findall(r"\]\(([^)#]+\.md)\)", (docs / "SUMMARY.md").read_text()))
    pages = {str(path.relative_to(docs)) for path in docs.rglob("*.md")} - {"SUMMARY.md"}
    return sorted(pages - named), sorted(named - pages)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        self.links += [attributes[name] for name in ("href", "src") if attributes.get(name)]


def broken_links(book):
    """What links within the book lead to nothing. Those to elsewhere are not followed."""
    made = [path for path in book.rglob("*.html") if path.name not in ("404.html", "toc.html")]
    pages = {path.resolve(): Page(path.read_text()) for path in made}
    broken, followed = [], 0
    for path, page in pages.items():
        for link in page.links:
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc:
                continue
            followed += 1
            to = (path.parent / urllib.parse.unquote(url.path)).resolve() if url.path else path
            fragment = urllib.parse.unquote(url.fragment)
            if not to.is_file() or (fragment and to in pages and fragment not in pages[to].ids):
                broken.append(f"{path.relative_to(book)}: {link}")
    return broken, followed


class Book(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.book = pathlib.Path(directory.name).resolve() / "book"
        command = [MDBOOK, "build", "--dest-dir", cls.book, TOP]
        done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=120, check=False)
        cls.printed = done.stdout + done.stderr
        if done.returncode != 0:
            raise AssertionError(cls.printed)

    def copy(self, source):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        return pathlib.Path(shutil.copytree(source, pathlib.Path(directory.name).resolve() / "copy"))

    def test_mdbook_has_nothing_against_it(self):
        self.assertNotRegex(self.printed, r"(?m)^\s*(WARN|ERROR)\b")

    def test_each_page_is_in_the_summary(self):
        self.assertEqual(pages_outside(TOP / "docs"), ([], []))

    def test_a_page_that_is_not_in_the_summary_is_seen(self):
        docs = self.copy(TOP / "docs")
        (docs / "adr/9999-forgotten.md").write_text("# Forgotten\n")
        (docs / "files.md").unlink()
        self.assertEqual(pages_outside(docs), (["adr/9999-forgotten.md"], ["files.md"]))

    def test_no_link_is_broken(self):
        broken, followed = broken_links(self.book)
        self.assertEqual(broken, [])
        self.assertGreater(followed, 1000)

    def test_a_broken_link_is_seen(self):
        book = self.copy(self.book)
        path = book / "kubernetes.html"
        text = path.read_text()
        for old, new in [('"configuration.html"', '"configurations.html"'), ('href="#subpath"', 'href="#sub-path"')]:
            self.assertIn(old, text)
            text = text.replace(old, new)
        path.write_text(text)
        broken = set(broken_links(book)[0]) - set(broken_links(self.book)[0])
        self.assertEqual(broken, {"kubernetes.html: configurations.html", "kubernetes.html: #sub-path"})

    def test_the_search_knows_each_page_and_each_example(self):
        (index,) = self.book.glob("searchindex*.js")
        text = index.read_text()
        for page in [path.relative_to(TOP / "docs") for path in (TOP / "docs").rglob("*.md")]:
            if page.name not in ("SUMMARY.md", "README.md"):
                self.assertIn(f"{page.with_suffix('.html')}#", text)
        self.assertIn("repository/examples/kubernetes/pod.yaml.html#", text)

    def test_an_example_stands_in_the_book_as_it_is(self):
        text = (self.book / "repository/examples/kubernetes/pod.yaml.html").read_text()
        self.assertIn("terminationMessagePolicy: FallbackToLogsOnError", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
