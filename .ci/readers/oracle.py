"""What a file must read back as: the rules of the formats, written a second time and independently of the converters."""

import json
import re
from dataclasses import dataclass


class Refused(Exception):
    """The secret must be refused in this format, whatever its readers can read. `keys` are to blame, if any are."""

    def __init__(self, reason, keys=()):
        super().__init__(reason)
        self.keys = list(keys)


class TooDeep(Exception):
    """Nested deeper than this oracle follows: refusing and writing are both right, crashing is not."""


@dataclass(frozen=True)
class Number:
    """A number as its token in the source."""

    token: str


@dataclass(frozen=True)
class Compact:
    """A nested value that a flat format holds as compact JSON text."""

    tree: object

    def __str__(self):
        return compact(self.tree)


def parse(source):
    """The tree of a structured secret: dict, list, str, Number, bool, None."""
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("not UTF-8") from error
    try:
        tree = load(text)
    except RecursionError as error:
        raise TooDeep from error
    except ValueError as error:
        raise Refused(f"not JSON: {error}") from error
    if not isinstance(tree, dict):
        raise Refused("not an object")
    check_surrogates(tree)
    return tree


def load(text):
    def unique(pairs):
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            raise Refused("duplicate key", {name for name in names if names.count(name) > 1})
        return found

    def constant(token):
        raise ValueError(f"{token} is no JSON")

    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=constant, object_pairs_hook=unique)


def check_surrogates(tree):
    broken = []

    def walk(node, top):
        if isinstance(node, dict):
            for name, value in node.items():
                walk(name, top if top is not None else name)
                walk(value, top if top is not None else name)
        elif isinstance(node, list):
            for value in node:
                walk(value, top)
        elif isinstance(node, str) and re.search("[\ud800-\udfff]", node):
            broken.append(top)

    walk(tree, None)
    if broken:
        raise Refused("an unpaired surrogate", [name for name in broken if not re.search("[\ud800-\udfff]", name)])


def compact(node):
    """JSON text with no blanks and no escapes but those that JSON needs."""
    if isinstance(node, dict):
        return "{" + ",".join(f"{compact(name)}:{compact(value)}" for name, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ",".join(map(compact, node)) + "]"
    if isinstance(node, Number):
        return node.token
    if isinstance(node, str):
        return json.dumps(node, ensure_ascii=False)
    return {None: "null", True: "true", False: "false"}[node]


def is_compact(text, tree):
    """Whether `text` is JSON for `tree`, number tokens and order included, with no blank between tokens."""
    try:
        found = load(text)
    except (ValueError, Refused):
        return False
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    return compact(found) == compact(tree) and not re.search(r"\s", bare)


# --- entries --------------------------------------------------------------------------------------

# DESIGN.md names these; a converter may know more of their kind.
PROTECTED = re.compile(r"LD_.*|PATH|IFS|BASH_ENV|NODE_OPTIONS")
PROTECTED_KIND = re.compile(
    r"ENV|HOME|SHELL|SHELLOPTS|BASHOPTS|BASH_FUNC_.*|BASH_.*|PROMPT_COMMAND|PS[0-4]|CDPATH|GLOBIGNORE|FPATH|ZDOTDIR|"
    r"DYLD_.*|GCONV_PATH|GLIBC_TUNABLES|MALLOC_.*|LOCPATH|NLSPATH|HOSTALIASES|RESOLV_HOST_CONF|RES_OPTIONS|TMPDIR|"
    r"GETCONF_DIR|TZDIR|PYTHON.*|PERL.*|RUBY.*|GEM_.*|BUNDLE_.*|JAVA_.*|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|JAVA_TOOL_OPTIONS|"
    r"NODE_.*|npm_config_.*|NPM_CONFIG_.*|DOTNET_.*|COMPLUS_.*|CORECLR_.*|COR_.*|LUA_.*|PHP.*|GIT_.*|SSH_.*|EDITOR|VISUAL|PAGER|"
    r"BROWSER|LESSOPEN|LESSCLOSE|OPENSSL_.*|SSL_CERT_.*|GODEBUG|GOTRACEBACK|HTTP_PROXY|HTTPS_PROXY|http_proxy|https_proxy|"
    r"ALL_PROXY|NO_PROXY|CURL_.*|MAIL.*|OPTIND|OPTARG|OPTERR|PWD|OLDPWD|TERMINFO.*|TERMCAP|EXECIGNORE|HISTFILE|INPUTRC|POSIXLY_CORRECT"
)


NOTHING = re.compile(r"(?!)")
SPRING = re.compile(r"spring\.(config[.[]|profiles([.[]|$))")
DECISIVE = {"spring": SPRING, "configtree": SPRING, "quarkus": re.compile(r"(smallrye|quarkus)\.config\.")}


def flatten(tree):
    """As Spring's YAML reader names nested values: `a.b`, `list[0]`, a name that starts with `[` without a dot."""
    leaves, refused = [], []

    def walk(path, node):
        if isinstance(node, (dict, list)) and not node or node is None:
            refused.append(path)
        elif isinstance(node, dict):
            for name, value in node.items():
                walk(path + name if name.startswith("[") else f"{path}.{name}", value)
        elif isinstance(node, list):
            for index, value in enumerate(node):
                walk(f"{path}[{index}]", value)
        else:
            leaves.append((path, node))

    for name, value in tree.items():
        walk(name, value)
    names = [name for name, _ in leaves]
    if len(set(names)) != len(names):
        seen = set()
        raise Refused("two leaves meet", {name for name in names if name in seen or seen.add(name)})
    if refused:
        raise Refused("null or empty container", refused)
    return leaves


def text(node):
    """A leaf as a flat format holds it."""
    if isinstance(node, (dict, list)):
        return Compact(node)
    if isinstance(node, str):
        return node
    return compact(node)


def entries(pair, tree):
    """The names and values that a flat format must hold."""
    if pair.startswith("properties") or pair in ("yaml/spring", "files/configtree"):
        leaves = flatten(tree)
        decisive = [name for name, _ in leaves if DECISIVE.get(pair.split("/")[1], NOTHING).match(name)]
        if decisive:
            raise Refused("it decides which configuration is read", decisive)
        return [(name, text(value)) for name, value in leaves]
    empty = [name for name, value in tree.items() if value is None]
    if empty:
        raise Refused("null", empty)
    if is_environment(pair):
        protected = [name for name in tree if PROTECTED.fullmatch(name)]
        if protected:
            raise Refused("protected name", protected)
        # Readers that only parse would take it; no process can have it in its environment.
        broken = [name for name, value in tree.items() if "\0" in name or isinstance(value, str) and "\0" in value]
        if broken:
            raise Refused("NUL in an environment variable", broken)
    return [(name, text(value)) for name, value in tree.items()]


# What a login is made of, and the keys of which one has it.
LOGINS = {
    "pgpass": {name: [name] for name in ("host", "port", "dbname", "username", "password")},
    "mycnf": {name: [name] for name in ("host", "port", "dbname", "username", "password")},
    "netrc": {"host": ["host", "machine"], "username": ["username"], "password": ["password"]},
    "dockerconfigjson": {"registry": ["registry", "host"], "username": ["username"], "password": ["password"]},
}


def login(pair, tree):
    """The names and values of a secret's login. A value that the file leaves open is not among them."""
    found, blamed = [], []
    for name, keys in LOGINS[pair].items():
        present = [key for key in keys if key in tree]
        if not present:
            blamed += [name] if name in ("username", "password") or (pair, name) == ("netrc", "host") else []
            continue
        value = tree[present[0]]
        if len(present) > 1 or value is None or isinstance(value, (dict, list)) or name == "port" and not is_port(text(value)):
            blamed.append(present[0])
        else:
            found.append((name, text(value)))
    if blamed:
        raise Refused("no login", blamed)
    names = {name for name, _ in found}
    if pair == "pgpass" and "host" in names and "port" not in names:
        found.append(("port", "5432"))
    if pair == "dockerconfigjson" and "registry" not in names:
        found.append(("registry", "https://index.docker.io/v1/"))
    return found


def is_port(value):
    return bool(re.fullmatch("[1-9][0-9]{0,4}", value)) and int(value) < 2**16


def toml(tree):
    """The tree, if TOML has it: its integers have 64 bits, its floats are doubles, and it has no null."""

    def is_unfit(node):
        if isinstance(node, (dict, list)):
            return any(map(is_unfit, node.values() if isinstance(node, dict) else node))
        if isinstance(node, Number) and is_integer(node.token):
            return not -(2**63) <= int(node.token) < 2**63
        return node is None or has_overflow(node)

    try:
        unfit = [name for name, value in tree.items() if is_unfit(value)]
    except RecursionError as error:
        raise TooDeep from error
    if unfit:
        raise Refused("null, or a number that TOML does not have", unfit)
    return tree


def is_integer(token):
    return bool(re.fullmatch("-?[0-9]+", token))


def is_environment(pair):
    return pair.startswith("env/") or pair == "files/envdir"


def may_be_refused(pair, name):
    """Whether a name may be refused though a reader would take it: one of the protected kind, or one that no process
    can have in its environment."""
    if pair == "env/posix" and name in ("path", "fpath", "cdpath", "manpath", "module_path"):
        return True
    return is_environment(pair) and (not name or "=" in name or bool(PROTECTED_KIND.fullmatch(name)))


def same_entries(found, wanted):
    """None if a reader's map is what was wanted, else the first difference."""
    if found is None:
        return "not readable"
    for name, value in wanted:
        if name not in found:
            return f"{name!r} is missing"
        if isinstance(value, Compact):
            if not isinstance(found[name], str) or not is_compact(found[name], value.tree):
                return f"{name!r} reads {found[name]!r}"
        elif found[name] != value:
            return f"{name!r} reads {found[name]!r}"
    extra = found.keys() - {name for name, _ in wanted}
    return f"{min(extra)!r} is extra" if extra else None


# --- trees ----------------------------------------------------------------------------------------


def same_tree(found, wanted, exact, path="$"):
    """None if a reader's tagged tree is what was wanted, else the first difference.

    With `exact`, number tokens and the order of keys count; without, numbers are compared as the reader's own kind of
    number (a double, at worst), and order is the reader's business. With `exact="integers"`, only those are exact.
    """
    if found is None:
        return "not readable"
    kind = found[0]
    if isinstance(wanted, dict):
        if kind != "m" or any(key[0] != "s" for key, _ in found[1]):
            return f"{path}: {str(found)[:80]} is no map of strings"
        pairs = [(key[1], value) for key, value in found[1]]
        if len(dict(pairs)) != len(pairs) or dict(pairs).keys() != wanted.keys():
            return f"{path}: keys {[name for name, _ in pairs]!r}"
        for name, value in pairs:
            if difference := same_tree(value, wanted[name], exact, f"{path}.{name}"):
                return difference
        return None
    if isinstance(wanted, list):
        if kind != "l" or len(found[1]) != len(wanted):
            return f"{path}: {str(found)[:80]} is no list of {len(wanted)}"
        for index, (item, want) in enumerate(zip(found[1], wanted)):
            if difference := same_tree(item, want, exact, f"{path}[{index}]"):
                return difference
        return None
    if isinstance(wanted, Number):
        token = wanted.token
        if exact == "integers":
            right = kind == "n" and same_number(found[1], token)
            right = right and (not is_integer(token) or is_integer(found[1]) and int(found[1]) == int(token))
        else:
            right = kind == "n" and (found[1] == token if exact else same_number(found[1], token))
    elif isinstance(wanted, str):
        right = found == ["s", wanted]
    elif wanted is None:
        right = found == ["z"]
    else:
        right = found == ["b", wanted]
    return None if right else f"{path}: reads {str(found)[:80]}"


def same_number(found, token):
    try:
        return found == token or float(found) == float(token) and float(token) not in (float("inf"), float("-inf"))
    except ValueError:
        return False


def has_overflow(tree):
    """Whether a number is beyond a double, where readers that keep doubles cannot follow."""
    if isinstance(tree, dict):
        return any(map(has_overflow, tree.values()))
    if isinstance(tree, list):
        return any(map(has_overflow, tree))
    return isinstance(tree, Number) and float(tree.token) in (float("inf"), float("-inf"))
