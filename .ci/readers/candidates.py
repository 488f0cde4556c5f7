"""Ways to write an entry that a refusal is measured against: if the real readers of a dialect all read one of these
back exactly, refusing the entry was wrong. Nothing here knows what a dialect's grammar allows; the readers decide."""

import base64
import itertools
import json
import re

import oracle

ESCAPES = {"\\": "\\\\", '"': '\\"', "$": "\\$", "`": "\\`", "\n": "\\n", "\r": "\\r", "\t": "\\t", "!": "\\!"}


def of_lines(pair):
    """The function that writes an entry of a format of lines."""
    return {"properties": properties, "yaml": yaml_line}.get(pair.split("/")[0], env)


def files(value):
    """Contents of a file of one value."""
    data = str(value).encode()
    for content in (data, data.replace(b"\n", b"\0")):
        yield content
        yield content + b"\n"
        yield content + b"\r\n"


def yaml_line(_pair, name, value):
    """A property of a YAML document, its value plain, as a string with single quotes, and with double ones."""
    value = str(value)
    for text in (quoted(value), "'" + value.replace("'", "''") + "'", value, quoted(value.replace("$", "\\$"))):
        yield f"{quoted(name)}: {text}\n"


def env(pair, name, value):
    """Lines `NAME=…` for an env file, the plausible ones first."""
    value = str(value)
    names = [name]
    if pair in ("env/python-dotenv", "env/dotenv"):
        names.append(f"'{name}'")
    seen = set()
    for form in names:
        for text in values(value):
            if text not in seen or form != name:
                seen.add(text)
                if harmless(pair, text):
                    yield f"{form}={text}\n"


def values(value):
    yield f"'{value}'"
    yield value
    yield value + "\r"
    yield f"`{value}`"
    yield f"'{value}''"
    present = [char for char in ESCAPES if char in value]
    for count in range(len(present) + 1):
        for chosen in itertools.combinations(present, count):
            text = "".join(ESCAPES[char] if char in chosen else char for char in value)
            yield f'"{text}"'
            yield text
            if value.endswith("\\"):
                yield f'"{text}""'
            if "$" in value and "$" not in chosen:
                yield '"' + text.replace("$", "$$") + '"'
                yield text.replace("$", "$$")
    for quote in "'`":
        yield quote + value.replace("$", "\\$") + quote
        yield quote + value.replace("$", "$$") + quote
    doubled = value.replace("\\", "\\\\")
    for text in (doubled, value):
        yield f"'{text}'"
        yield "'" + text.replace("'", "\\'") + "'"
        yield "'" + text.replace("'", "'\\''") + "'"
        yield "'" + text.replace("'", "'\"'\"'") + "'"
    yield re.sub(r"([^\w\n])", r"\\\1", value)


def harmless(pair, text):
    """Whether a shell (and Ruby's dotenv, which has command substitution) can be shown `text` without running
    anything. What is left out could not be right anyway: where it is expanded or split, it is no longer the value."""
    if pair not in ("env/dotenv", "env/posix"):
        return True
    if pair == "env/dotenv" and "$(" in text and not re.fullmatch(r"'[^']*'", text):
        return False
    quote, at = None, 0
    while at < len(text):
        char, after = text[at], text[at + 1 : at + 2]
        if quote == "'":
            quote = None if char == "'" else quote
        elif char == "\\":
            at += 1
        elif char == "`" or char == "$" and after in ("(", "{", "[", "`"):
            return False
        elif quote == '"':
            quote = None if char == '"' else quote
        elif char in "'\"":
            quote = char
        elif char.isspace() or char in ";&|<>()":
            return False
        at += 1
    return quote is None


def properties(_pair, name, value):
    """A line with every character escaped as a UTF-16 unit, and one with as little escaped as can be."""

    def units(text):
        data = str(text).encode("utf-16-be")
        return "".join(f"\\u{data[i]:02x}{data[i + 1]:02x}" for i in range(0, len(data), 2))

    yield f"{units(name)}={units(value)}\n"
    yield f"{units(name)}={units(str(value).replace('$', chr(92) + '$'))}\n"
    yield f"{units(name)}={units(str(value).replace('$', '$$'))}\n"

    def plain(text):
        return "".join(char if re.match(r"[A-Za-z0-9_.\-\[\]${}(),;@/+*'\"]", char) else units(char) for char in text)

    yield f"{plain(name)}={plain(str(value))}\n"


def login(pair, values):
    """Files of one login."""
    if pair == "dockerconfigjson":
        both = base64.b64encode(f"{values['username']}:{values['password']}".encode()).decode()
        for parts in ({"auth": both}, {name: values[name] for name in ("username", "password")}):
            yield json.dumps({"auths": {values["registry"]: parts}})
        return
    spell = {"pgpass": pgpass_spellings, "mycnf": mycnf_spellings, "netrc": netrc_spellings}[pair]
    for forms in zip(*(itertools.islice(spell(value), 21) for value in values.values())):
        yield file_of(pair, dict(zip(values, forms)))


def file_of(pair, forms):
    if pair == "pgpass":
        fields = (forms.get(name, "*") for name in ("host", "port", "dbname", "username", "password"))
        return ":".join(fields) + "\n"
    if pair == "netrc":
        return "machine {host}\nlogin {username}\npassword {password}\n".format(**forms)
    names = {"username": "user", "dbname": "database"}
    return "[client]\n" + "".join(f"{names.get(name, name)}={form}\n" for name, form in forms.items())


def pgpass_spellings(value):
    yield re.sub(r"([:\\])", r"\\\1", value)
    yield re.sub("(.)", r"\\\1", value, flags=re.DOTALL)
    yield re.sub("(.)", r"\\\1", value, flags=re.DOTALL) + "\r"
    yield value


def mycnf_spellings(value):
    for escapes in ("\\", '\\"', "\\'", "\\\n", "\\\n\r\t\b", "", '\\"\n\r\t\b'):
        text = "".join(ESCAPES.get(char, "\\b") if char in escapes else char for char in value)
        yield from (f'"{text}"', f"'{text}'", text)


def netrc_spellings(value):
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    yield from (value, f'"{value}"', f'"{escaped}"', escaped)
    yield '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'


def yaml(tree):
    """Whole documents: numbers as the token, or with the dot and the signed exponent that YAML 1.1 wants; keys plain
    quoted, or tagged as strings."""
    for number in (lambda token: token, dotted):
        for key in ("{}", "!!str {}"):
            yield document(tree, number, key) + "\n"


def dotted(token):
    mantissa, _, exponent = token.lower().partition("e")
    if not exponent:
        return token
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"


def document(node, number, key):
    """Flow style throughout."""
    if isinstance(node, dict):
        parts = (f"? {key.format(quoted(name))} : {document(value, number, key)}" for name, value in node.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(document(value, number, key) for value in node) + "]"
    if isinstance(node, oracle.Number):
        return number(node.token)
    return quoted(node) if isinstance(node, str) else oracle.compact(node)


def quoted(text):
    escaped = json.dumps(text, ensure_ascii=False)
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]",
        lambda match: f"\\x{ord(match[0]):02x}" if match[0] < "\xa0" else f"\\u{ord(match[0]):04x}",
        escaped,
    )
