"""The completions in the shells that read them, and the manual page by what shows it.

    SECRETFETCH=target/debug/secretfetch python3 .ci/shells/test_shells.py
"""

import os
import pathlib
import pty
import re
import subprocess
import tempfile
import time
import unittest

BINARY = str(pathlib.Path(os.environ["SECRETFETCH"]).resolve(strict=True))

COMMANDS = ["fetch", "check", "watch", "exec", "probe", "convert", "install", "policy", "manifest", "schema", "completions",
            "man", "help"]
FORMATS = ["raw", "properties", "env", "json", "yaml", "toml", "files", "template", "pem", "pkcs12", "pgpass", "mycnf",
           "netrc", "dockerconfigjson"]


def printed(*arguments):
    return subprocess.run([BINARY, *arguments], check=True, capture_output=True, text=True).stdout


def options(command):
    """By the command's own help."""
    found = re.findall(r"^ +(?:-\w, )?(--[a-z][a-z-]*)", printed(command, "--help"), re.M)
    assert "--help" in found, found
    return set(found)


class Bash(unittest.TestCase):
    """bash's own variables, filled as it fills them."""

    def complete(self, *words):
        script = self.script + f"""
            COMP_WORDS=({' '.join(f"'{word}'" for word in words)}) COMP_CWORD={len(words) - 1}
            compopt() {{ echo "compopt $*" >&2; }}
            _secretfetch; printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True, cwd=self.directory)
        return done.stdout.split()

    def setUp(self):
        self.script = printed("completions", "bash")
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        pathlib.Path(scratch.name, "my-config.yaml").touch()
        pathlib.Path(scratch.name, "my-directory").mkdir()

    def test_it_is_registered(self):
        done = subprocess.run(["bash", "-c", self.script + "\ncomplete -p secretfetch"], check=True, capture_output=True, text=True)
        self.assertEqual(done.stdout, "complete -F _secretfetch secretfetch\n")

    def test_commands(self):
        self.assertEqual(self.complete("secretfetch", "che"), ["check"])
        self.assertEqual([word for word in self.complete("secretfetch", "") if word[0] != "-"], COMMANDS)

    def test_options_are_those_of_the_command(self):
        self.assertEqual(self.complete("secretfetch", "fetch", "--form"), ["--format"])
        self.assertEqual(self.complete("secretfetch", "schema", "--form"), [])
        self.assertEqual(self.complete("secretfetch", "watch", "--config", "x", "--max"), ["--max-stale"])

    def test_each_command_has_all_of_its_options(self):
        for command in COMMANDS:
            with self.subTest(command):
                self.assertEqual(set(self.complete("secretfetch", command, "--")), options(command))

    def test_values(self):
        self.assertEqual(self.complete("secretfetch", "fetch", "--format", ""), FORMATS)
        self.assertEqual(self.complete("secretfetch", "fetch", "-f", "tom"), ["toml"])
        # bash takes `--format=pro` for three words.
        self.assertEqual(self.complete("secretfetch", "fetch", "--format", "=", "pro"), ["properties"])
        self.assertEqual(self.complete("secretfetch", "fetch", "--format", "="), FORMATS)
        self.assertEqual(sorted(self.complete("secretfetch", "fetch", "--config", "my-")), ["my-config.yaml", "my-directory"])
        self.assertEqual(self.complete("secretfetch", "fetch", "--directory", "my-"), ["my-directory"])
        self.assertEqual(self.complete("secretfetch", "fetch", "--secret-id", ""), [], "an id is nobody's to guess")

    def test_words_that_commands_need(self):
        self.assertEqual(self.complete("secretfetch", "probe", "r"), ["ready"])
        self.assertEqual(self.complete("secretfetch", "manifest", "--config", "x", "k"), ["kubernetes"])
        self.assertEqual(self.complete("secretfetch", "install", "my-c"), ["my-config.yaml"])
        self.assertEqual(self.complete("secretfetch", "help", "pol"), ["policy"])

    def test_what_follows_two_hyphens_is_the_programs(self):
        self.assertEqual(self.complete("secretfetch", "exec", "--config", "x", "--", "--form"), [])


class Fish(unittest.TestCase):
    def complete(self, line):
        script = f"source {self.file}; complete -C '{line}'"
        done = subprocess.run(["fish", "--no-config", "-c", script], check=True, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return [row.split("\t")[0] for row in done.stdout.splitlines()]

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.file = pathlib.Path(scratch.name, "secretfetch.fish")
        self.file.write_text(printed("completions", "fish"))

    def test_commands_options_and_values(self):
        self.assertEqual(self.complete("secretfetch che"), ["check"])
        self.assertEqual(self.complete("secretfetch fetch --form"), ["--format"])
        self.assertEqual(self.complete("secretfetch schema --form"), [])
        self.assertEqual(sorted(self.complete("secretfetch fetch --format ")), sorted(FORMATS))
        self.assertEqual(self.complete("secretfetch fetch -f tom"), ["toml"])
        self.assertEqual(self.complete("secretfetch probe r"), ["ready"])
        self.assertEqual(self.complete("secretfetch manifest k"), ["kubernetes"])

    def test_each_command_has_all_of_its_options(self):
        for command in COMMANDS:
            with self.subTest(command):
                self.assertEqual(set(self.complete(f"secretfetch {command} --")), options(command))


class Zsh(unittest.TestCase):
    """A zsh at a terminal: what stands on its line after a tab."""

    SETUP = """
        PS1='$ '; autoload -Uz compinit && compinit -D -u; source {file}
        dump() {{ print -r -- $BUFFER > {out}.part && mv {out}.part {out} }}; zle -N dump; bindkey '^X' dump
        print ready > {out}.ready
    """

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        file = self.directory / "_secretfetch"
        file.write_text(printed("completions", "zsh"))
        self.out = self.directory / "line"
        setup = self.directory / "setup"
        setup.write_text(self.SETUP.format(file=file, out=self.out))
        (self.directory / "my-config.yaml").touch()
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(self.directory)
            os.execvp("zsh", ["zsh", "-f", "-i"])
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.close, self.terminal)
        os.set_blocking(self.terminal, False)
        self.type(f"source {setup}\n", self.directory / "line.ready")

    def type(self, text, until):
        """Types, and waits for the file."""
        os.write(self.terminal, text.encode())
        for _ in range(3000):
            # A terminal that nobody reads is full in the end.
            try:
                os.read(self.terminal, 65536)
            except (BlockingIOError, OSError):
                pass
            if until.exists():
                return until.read_text().rstrip("\n")
            time.sleep(0.01)
        self.fail(f"no answer to {text!r}")

    def complete(self, line):
        self.out.unlink(missing_ok=True)
        line = self.type(f"{line}\t\x18", self.out)
        os.write(self.terminal, b"\x15") # empties it
        return line

    def test_commands_options_and_values(self):
        for typed, expected in [
            ("secretfetch che", "secretfetch check "),
            ("secretfetch fetch --form", "secretfetch fetch --format="),
            ("secretfetch schema --form", "secretfetch schema --form"),
            ("secretfetch fetch --format=tom", "secretfetch fetch --format=toml "),
            ("secretfetch fetch -f prop", "secretfetch fetch -f properties "),
            ("secretfetch fetch --config my-", "secretfetch fetch --config my-config.yaml "),
            ("secretfetch probe r", "secretfetch probe ready "),
            ("secretfetch manifest kub", "secretfetch manifest kubernetes "),
            ("secretfetch install my-", "secretfetch install my-config.yaml "),
        ]:
            with self.subTest(typed):
                self.assertEqual(self.complete(typed).rstrip(), expected.rstrip())


class Man(unittest.TestCase):
    def test_no_formatter_finds_fault(self):
        page = printed("man")
        for command in [["mandoc", "-T", "lint", "-W", "error"], ["groff", "-man", "-ww", "-Tascii", "-z"]]:
            done = subprocess.run(command, input=page, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""), command)

    def test_it_shows_every_option_as_it_is_typed(self):
        shown = subprocess.run(["mandoc", "-T", "ascii"], input=printed("man"), check=True, capture_output=True, text=True).stdout
        shown = re.sub(".\b", "", shown)
        for option in set().union(*map(options, COMMANDS)):
            self.assertRegex(shown, rf"(?m)^ +(-\w, )?{option}\b")
        for option in ["--secret-id <ID>", "-o, --output <PATH>", "--flatten[=<BOOL>]", "-v, --verbose..."]:
            self.assertIn(option, shown)
        self.assertIn("SECRETFETCH_CONFIG", shown)


if __name__ == "__main__":
    unittest.main(verbosity=2)
