"""The places of a template's filters: how each stands in a text, and the program that reads it there."""

import base64
import ctypes
import json
import os
import shutil
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import tomllib
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import oracle

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parent / ".tools"


class Unreadable(Exception):
    """The program refused the text."""


@dataclass
class Place:
    """`write` puts tokens into a text; `read` gives what the program reads of each, from a file."""

    filter: str
    program: str
    write: Callable
    read: Callable
    # Whether values keep their types there.
    typed: bool = False


def output(command, **options):
    options.setdefault("env", {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
    done = subprocess.run([str(word) for word in command], capture_output=True, **options)
    if done.returncode:
        raise Unreadable(done.stderr.decode(errors="replace")[-500:])
    return done.stdout


def text(raw):
    return raw.decode("utf-8", errors="surrogateescape")


def lines(pattern):
    def write(tokens):
        return "".join(token.join(pattern.replace("@N", str(n)).split("@")) for n, token in enumerate(tokens))

    return write


# --- shells ----------------------------------------------------------------------------------------


def shell(program, **environment):
    def read(path):
        out = output([*program, path], env={"LC_ALL": "C.UTF-8", "LOCPATH": str(TOOLS / "locale"), **environment})
        return [text(word) for word in out.split(b"\0")[:-1]]

    return read


# --- trees: by the readers of whole files ----------------------------------------------------------


def untag(node):
    kind, *rest = node
    if kind == "m":
        return {key[1]: untag(value) for key, value in rest[0]}
    if kind == "l":
        return [untag(item) for item in rest[0]]
    if kind == "n":
        return oracle.Number(rest[0])
    return rest[0] if rest else None


def tree(*command):
    def read(path):
        found = json.loads(output([HERE / "read" / command[0], *command[1:], path]))
        if found is None:
            raise Unreadable(command)
        return untag(found)

    return read


def toml(path):
    document = tomllib.loads(Path(path).read_bytes().decode(), parse_float=oracle.Number)
    integer = lambda value: oracle.Number(str(value)) if type(value) is int else value
    return [integer(value) for value in document.values()]


# --- XML: three places for each token ----------------------------------------------------------------


def xml(head):
    def write(tokens):
        return head + "<r>" + "".join(f"<v a=\"{t}\" b='{t}'>{t}</v>\n" for t in tokens) + "</r>"

    return write


def alike(values):
    """One value where all places have the same; all of them if not."""
    return values[0] if all(value == values[0] for value in values) else values


class LibXml2:
    """libxml2 itself: the tree of the document, and what its nodes hold."""

    def __init__(self):
        self.library = ctypes.CDLL("libxml2.so.2")
        pointer = ctypes.c_void_p
        for name in "xmlReadFile", "xmlDocGetRootElement", "xmlFirstElementChild", "xmlNextElementSibling":
            getattr(self.library, name).restype = pointer
        for name in "xmlGetProp", "xmlNodeGetContent":
            getattr(self.library, name).restype = pointer

    def string(self, found):
        if not found:
            raise Unreadable("nothing there")
        return text(ctypes.string_at(found))

    def __call__(self, path):
        library, pointer = self.library, ctypes.c_void_p
        no_errors = 32 | 64
        document = library.xmlReadFile(str(path).encode(), None, no_errors)
        if not document:
            raise Unreadable("no document")
        node = library.xmlFirstElementChild(pointer(library.xmlDocGetRootElement(pointer(document))))
        found = []
        while node:
            attributes = [self.string(library.xmlGetProp(pointer(node), name)) for name in (b"a", b"b")]
            found.append(alike([*attributes, self.string(library.xmlNodeGetContent(pointer(node)))]))
            node = library.xmlNextElementSibling(pointer(node))
        library.xmlFreeDoc(pointer(document))
        return found


def java(what):
    def read(path):
        source = HERE / "native/java/PlacesReader.java"
        return [alike(found) if isinstance(found, list) else found for found in json.loads(output(["java", source, what, path]))]

    return read


# --- URLs -----------------------------------------------------------------------------------------

def http_urls(tokens):
    return "".join(f"http://{t}:{t}@host/a/{t}/b?q={t}&{t}=1#{t}\n" for t in tokens)


def node_url(path):
    script = """
        const lines = require("fs").readFileSync(process.argv[1], "utf8").split("\\n").slice(0, -1);
        const decode = decodeURIComponent;
        console.log(JSON.stringify(lines.map((line) => {
            const url = new URL(line), names = [...url.searchParams];
            const path = url.pathname.split("/");
            if (path.length !== 4 || names.length !== 2 || url.host !== "host") return null;
            return [url.username, url.password, path[2], url.hash.slice(1)].map(decode).concat([names[0][1], names[1][0]]);
        })));
    """
    return [found and alike(found) for found in json.loads(output(["node", "-e", script, path]))]


def urllib_url(path):
    found = []
    for line in Path(path).read_bytes().decode().split("\n")[:-1]:
        url = urllib.parse.urlsplit(line)
        pairs = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
        parts = [url.username, url.password, url.path.split("/")[2], url.fragment]
        found.append(alike([*map(urllib.parse.unquote, parts), pairs[0][1], pairs[1][0]]))
    return found


def postgres_urls(tokens):
    return "".join(f"postgresql://{t}:{t}@host/{t}?application_name={t}\n" for t in tokens)


class LibPq:
    """libpq itself."""

    class Option(ctypes.Structure):
        _fields_ = [(name, ctypes.c_char_p) for name in ("keyword", "envvar", "compiled", "val", "label", "dispchar")]
        _fields_ += [("dispsize", ctypes.c_int)]

    def __init__(self):
        self.library = ctypes.CDLL("libpq.so.5")
        self.library.PQconninfoParse.restype = ctypes.POINTER(self.Option)
        self.library.PQconnectdbParams.restype = ctypes.c_void_p

    def urls(self, path):
        found = []
        for line in Path(path).read_bytes().split(b"\n")[:-1]:
            options = self.library.PQconninfoParse(line, None)
            if not options:
                raise Unreadable("no connection string")
            values, at = {}, 0
            while options[at].keyword:
                values[options[at].keyword] = options[at].val
                at += 1
            wanted = b"user", b"password", b"dbname", b"application_name"
            # An empty one is as one that is not there.
            found.append(alike([text(values[name] or b"") for name in wanted]))
        return found

    def passwords(self, path):
        """The password that libpq sends for each line, to a server that asks for one; found by host, database and user."""
        os.chmod(path, 0o600)
        # A newline ends a line, and only that.
        entries = Path(path).read_bytes().split(b"\n")[:-1]
        found = []
        with Passwords() as server:
            for number, entry in enumerate(entries):
                parts = [unescaped(part) for part in fields(entry)]
                if len(parts) != 5:
                    raise Unreadable("a line that is no login")
                name = parts[2]
                parameters = {
                    "host": b"h%d" % number, "hostaddr": b"127.0.0.1", "port": b"%d" % server.port, "dbname": name or b"x",
                    "user": name or b"x", "passfile": str(path).encode(), "sslmode": b"disable", "gssencmode": b"disable",
                }
                keys = (ctypes.c_char_p * (len(parameters) + 1))(*[key.encode() for key in parameters], None)
                values = (ctypes.c_char_p * (len(parameters) + 1))(*parameters.values(), None)
                server.heard = None
                self.library.PQfinish(ctypes.c_void_p(self.library.PQconnectdbParams(keys, values, 0)))
                found.append(text(server.heard) if server.heard is not None else None)
        return found


def fields(line):
    """At colons that no backslash stands before."""
    found, at = [b""], 0
    while at < len(line):
        if line[at : at + 1] == b"\\":
            found[-1] += line[at : at + 2]
            at += 2
        else:
            if line[at : at + 1] == b":":
                found.append(b"")
            else:
                found[-1] += line[at : at + 1]
            at += 1
    return found


def unescaped(field):
    found, at = b"", 0
    while at < len(field):
        at += field[at : at + 1] == b"\\" and at + 1 < len(field)
        found += field[at : at + 1]
        at += 1
    return found


class Passwords(socketserver.TCPServer):
    """Asks whoever connects for a password in clear text, hears it, and hangs up: PostgreSQL's protocol, version 3."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), None)
        self.port = self.server_address[1]
        self.heard = None

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def finish_request(self, request, _):
        stream = request.makefile("rb")
        startup = stream.read(4)
        if len(startup) < 4:
            return
        stream.read(struct.unpack("!i", startup)[0] - 4)
        request.sendall(b"R" + struct.pack("!ii", 8, 3))
        if stream.read(1) == b"p":
            self.heard = stream.read(struct.unpack("!i", stream.read(4))[0] - 4)[:-1]


# --- databases --------------------------------------------------------------------------------------


class Postgres:
    """A server of its own, as the user `postgres` where we are root."""

    def __init__(self):
        self.directory = None

    def start(self):
        binaries = Path(output(["pg_config", "--bindir"]).decode().strip())
        self.directory = tempfile.mkdtemp()
        self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(self.directory, "postgres", "postgres")
        data = f"{self.directory}/data"
        self.server = [*self.user, binaries / "pg_ctl", "-D", data, "-w"]
        output([*self.user, binaries / "initdb", "-D", data, "-E", "UTF8", "--no-locale", "-A", "trust", "-U", "postgres"])
        options = f"-k {self.directory} -c listen_addresses= -c fsync=off"
        # Its log keeps the output open otherwise.
        output([*self.server, "-l", f"{self.directory}/log", "-o", options, "start"])

    def stop(self):
        if self.directory:
            output([*self.server, "-m", "immediate", "stop"])
            shutil.rmtree(self.directory)
            self.directory = None

    def __call__(self, path):
        if not self.directory:
            self.start()
        psql = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", self.directory, "-U", "postgres", "-f", path]
        return [text(bytes.fromhex(line.decode())) for line in output(psql).split(b"\n")[:-1]]


POSTGRES = Postgres()


def sqlite(path):
    with open(path, "rb") as script:
        return [text(bytes.fromhex(line.decode())) for line in output(["sqlite3"], stdin=script).split(b"\n")[:-1]]


def print_defaults(path):
    rest = output(["my_print_defaults", f"--defaults-file={path}", "client"])
    found = []
    while rest:
        value, end, after = rest.removeprefix(b"--v%d=" % len(found)).partition(b"\n--v%d=" % (len(found) + 1))
        found.append(text(value if end else value.removesuffix(b"\n")))
        rest = b"--v%d=" % len(found) + after if end else b""
    return found


# --- nginx ------------------------------------------------------------------------------------------


def nginx_config(tokens):
    locations = "".join(f"location = /{n} {{ return 200 {token}; }}\n" for n, token in enumerate(tokens))
    head = "daemon off; pid @/pid; error_log @/log;\nevents {}\nhttp {\naccess_log off;\n"
    return head + "".join(f"{kind}_temp_path @/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) \
        + "server {\nlisten unix:@/socket;\n" + locations + "}\n}\n"


def nginx(path):
    """What a server answers that has each token as an answer's text."""
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory, "nginx.conf")
        given = Path(path).read_bytes()
        head, locations = given.split(b"location", 1) if b"location" in given else (given, b"")
        config.write_bytes(head.replace(b"@", directory.encode()) + b"location" + locations)
        output(["nginx", "-t", "-q", "-p", directory, "-c", config])
        server = subprocess.Popen(["nginx", "-p", directory, "-c", config], stderr=subprocess.DEVNULL)
        try:
            return [answer(f"{directory}/socket", n) for n in range(given.count(b"location = /"))]
        finally:
            server.terminate()
            server.wait()


def answer(path, number):
    for _ in range(200):
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(path)
                connection.sendall(b"GET /%d HTTP/1.0\r\n\r\n" % number)
                head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 200"):
                    raise Unreadable(head)
                return text(body)
        except (FileNotFoundError, ConnectionRefusedError):
            threading.Event().wait(0.02)
    raise Unreadable("no server")


# --- all --------------------------------------------------------------------------------------------

WORDS = lines("printf '%s\\0' @\n")
ITEMS = lambda tokens: "[\n" + ",\n".join(tokens) + "\n]\n"
BLOCK = lines("- @\n")
NESTED = lambda tokens: "- " + ITEMS(tokens).replace("\n", "\n   ").rstrip() + "\n"
first = lambda read: lambda path: read(path)[0]
xml_head = lambda version, encoding: f'<?xml version="{version}" encoding="{encoding}"?>\n'
LIBPQ = LibPq()


def records(convert):
    return lambda path: [text(convert(part)) for part in Path(path).read_bytes().split(b"\x1e\x1e\n")[:-1]]


PLACES = [
    Place("raw", "bytes", lines("@\x1e\x1e\n"), records(lambda part: part)),
    Place("base64", "Python", lines("@\x1e\x1e\n"), records(lambda part: base64.b64decode(part, validate=True))),
    Place("shell", "bash", WORDS, shell(["bash"])),
    Place("shell", "bash in zh_CN.GBK", WORDS, shell(["bash"], LC_ALL="zh_CN.GBK")),
    Place("shell", "dash", WORDS, shell(["dash"])),
    Place("shell", "busybox", WORDS, shell([TOOLS / "bookworm/bin/busybox", "sh"])),
    Place("json", "jq", ITEMS, tree("jq"), True),
    Place("json", "Node.js", ITEMS, tree("javascript", "json"), True),
    Place("json", "Python", ITEMS, tree("python-json"), True),
    Place("json", "Go", ITEMS, tree("go", "gojson"), True),
    Place("yaml", "PyYAML", BLOCK, tree("python-yaml", "pyyaml"), True),
    Place("yaml", "libyaml", BLOCK, tree("python-yaml", "libyaml"), True),
    Place("yaml", "go-yaml 3", BLOCK, tree("go", "goyaml3"), True),
    Place("yaml", "go-yaml 4", BLOCK, tree("go", "goyaml4"), True),
    Place("yaml", "PyYAML, in flow style", NESTED, first(tree("python-yaml", "pyyaml")), True),
    Place("yaml", "go-yaml 3, in flow style", NESTED, first(tree("go", "goyaml3")), True),
    Place("toml", "Python's tomllib", lines("v@N = @\n"), toml, True),
    Place("xml", "libxml2", xml(xml_head("1.0", "UTF-8")), LibXml2()),
    Place("xml", "libxml2, ISO 8859-1", xml(xml_head("1.0", "ISO-8859-1")), LibXml2()),
    Place("xml", "the JVM", xml(xml_head("1.0", "UTF-8")), java("xml")),
    Place("xml", "the JVM, XML 1.1", xml(xml_head("1.1", "UTF-8")), java("xml")),
    Place("properties", "java.util.Properties", lines("v@N=@\n"), java("properties")),
    Place("url", "Node.js (the URL Standard)", http_urls, node_url),
    Place("url", "Python's urllib", http_urls, urllib_url),
    Place("url", "java.net.URI", http_urls, java("url")),
    Place("url", "libpq", postgres_urls, LIBPQ.urls),
    Place("sql", "PostgreSQL", lines("SELECT encode(convert_to(@, 'UTF8'), 'hex');\n"), POSTGRES),
    Place("sql", "SQLite", lines("SELECT hex(@);\n"), sqlite),
    Place("pgpass", "libpq", lines("h@N:*:@:@:@\n"), LIBPQ.passwords),
    Place("mycnf", "MariaDB's my_print_defaults", lambda tokens: "[client]\n" + lines("v@N=@\n")(tokens), print_defaults),
    Place("nginx", "nginx", nginx_config, nginx),
]
