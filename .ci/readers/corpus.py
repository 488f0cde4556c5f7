"""The secrets: a corpus by hand, and a seeded generator."""

import json
import random
import string

PEM = "-----BEGIN RSA PRIVATE KEY-----\n" + "\n".join(
    "MIIEpAIBAAKCAQEAv8x/" + chr(65 + n) * 44 for n in range(12)
) + "\n-----END RSA PRIVATE KEY-----\n"
CERTIFICATE = PEM.replace("RSA PRIVATE KEY", "CERTIFICATE")
JWT = (
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c-_"
)

# One secret each, of the one key VALUE.
VALUES = {
    "plain": "abc-1.2",
    "space inside": "a b",
    "leading space": " a",
    "trailing space": "a ",
    "spaces around": "  a  ",
    "only spaces": "   ",
    "leading tab": "\ta",
    "trailing tab": "a\t",
    "hash first": "#a",
    "hash inside": "a#b",
    "hash after space": "a #b",
    "hash in quotes": "'#'",
    "single quote": "it's",
    "single quote first": "'a",
    "single quote last": "a'",
    "single quoted": "'a'",
    "only a single quote": "'",
    "double quote": 'a"b',
    "double quoted": '"a"',
    "double quote last": 'a"',
    "only a double quote": '"',
    "backtick": "a`b",
    "back-quoted": "`a`",
    "both quotes": "a'b\"c",
    "all quotes": "a'b\"c`d",
    "quotes and backslash": "a'b\"c\\d",
    "dollar name": "a$x",
    "dollar digit": "pa$5word",
    "dollar last": "a$",
    "dollar dollar": "a$$b",
    "dollar braces": "${x}",
    "dollar braces default": "${x:-y}",
    "dollar braces open": "a${x",
    "dollar braces colon": "${A: 1}",
    "dollar braces colon and quote": "it's ${A: 1}",
    "dollar braces default and quote": "it's ${A:-1}",
    "dollar braces nested": "${a{b}",
    "dollar braces escaped": "\\${x}",
    "dollar braces empty": "${}",
    "dollar paren": "$(echo hi)",
    "dollar and single quote": "'$x",
    "dollar last and single quote": "it's$",
    "dollar space and single quote": "it's $ 5",
    "backtick and single quote": "it's `x`",
    "one backtick and single quote": "'`",
    "command": "`echo hi`",
    "semicolon": "a;b",
    "ampersand": "a&b",
    "pipe": "a|b>c<d",
    "star": "*",
    "tilde": "~/x",
    "tilde after colon": "a:~",
    "exclamation": "a!b",
    "exclamation first": "!a",
    "percent": "100%d%s%n",
    "backslash": "C:\\new",
    "backslash t": "C:\\temp\\new",
    "backslash u": "C:\\users\\u0041",
    "two backslashes": "\\\\srv\\x",
    "backslash last": "a b\\",
    "only a backslash": "\\",
    "two backslashes last": "ab\\\\",
    "backslash and single quote": "a\\b'c",
    "backslash quote": "a\\'b",
    "backslash double quote": 'a\\"b',
    "backslash dollar": "a\\$b",
    "backslash newline": "a\\\nb",
    "backslash n and single quote": "it's\\n",
    "newline": "a\nb",
    "newline last": "a\n",
    "newline first": "\na",
    "only a newline": "\n",
    "two newlines": "a\n\nb",
    "newline and single quote": "a\n'b",
    "newline and double quote": 'a\n"b',
    "newline and both quotes": "a'\n\"b",
    "newline assignment": "a\nOTHER=b",
    "newline comment": "a\n# b",
    "newline export": "a\nexport PATH=/tmp\n",
    "newline quote assignment": "a'\nOTHER='b",
    "newline spaces": "a \n  b ",
    "carriage return": "a\rb",
    "carriage return last": "a\r",
    "carriage return newline": "a\r\nb",
    "carriage return and single quote": "a\r'b",
    "tab": "a\tb",
    "vertical tab": "a\x0bb",
    "form feed": "a\x0cb",
    "form feed first": "\x0ca",
    "NUL": "a\x00b",
    "control 1": "a\x01b",
    "escape": "\x1b[31mred\x1b[0m",
    "backspace": "a\bb",
    "DEL": "a\x7fb",
    "C1 control": "a\x85b\x9f",
    "NEL first": "\x85a",
    "no-break space": "\xa0a\xa0",
    "ideographic space": "\u3000a\u3000",
    "line separator": "a\u2028b\u2029c",
    "zero width": "\u200ba\u200d\u2060",
    "BOM": "\ufeffa",
    "BOM inside": "a\ufeffb",
    "right to left": "a\u202eb",
    "accents": "é世ßñ",
    "decomposed": "e\u0301",
    "emoji": "😀👩‍👩‍👧",
    "astral": "\U0001f512\U00010348",
    "last code point": "a\U0010fffdb",
    "noncharacter": "a\uffffb",
    "noncharacter FDD0": "a\ufdd0b",
    "noncharacter astral": "a\U0001fffeb",
    "replacement": "a\ufffdb",
    "private use": "a\ue000b",
    "empty": "",
    "equals": "a=b",
    "equals first": "=a",
    "colon": "a: b",
    "colon last": "a:",
    "base64": "QUI=",
    "JSON object in a string": '{"a": "b c", "d": [1, 2]}',
    "JSON string in a string": '"quoted"',
    "yes": "yes",
    "no": "no",
    "null word": "null",
    "tilde alone": "~",
    "true word": "true",
    "number word": "0123",
    "octal word": "0o17",
    "sexagesimal": "12:34:56",
    "exponent word": "1e5",
    "float word": ".5",
    "infinity word": ".inf",
    "date word": "2026-11-23",
    "dash": "- a",
    "question": "? a",
    "merge": "<<",
    "document": "---",
    "document end": "...",
    "directive": "%YAML 1.2",
    "anchor": "&a *b",
    "tag": "!!str a",
    "folded": "> a",
    "comment word": "// a /* b */ -- c",
    "export": "export A=b",
    "trailing comment": "a # b",
    "closing quote comment": "a' # b",
    "interpolation of ruby": "#{x}",
    "interpolation of spring": "#{x} @x@",
    "interpolation of windows": "%PATH%",
    "list of spring": "a,b,c",
    "postgres": "postgres://app:p%40ss'w$rd@db.example.com:5432/app?sslmode=require",
    "sqlserver": "Server=tcp:db,1433;User ID=app;Password={p;w'd\"};Encrypt=True;",
    "jdbc": "jdbc:mysql://db:3306/app?useSSL=true&serverTimezone=UTC",
    "mongodb": "mongodb+srv://u:p@cluster0.mongodb.net/?retryWrites=true&w=majority",
    "amqp": "amqps://user:pa%24s@b-1.mq.us-east-1.amazonaws.com:5671",
    "azure": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=ab+/cd==;EndpointSuffix=core.windows.net",
    "access key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "JWT": JWT,
    "PEM": PEM,
    "PEM with CR LF": PEM.replace("\n", "\r\n"),
    "PEM escaped": PEM.replace("\n", "\\n"),
    "certificate chain": CERTIFICATE + CERTIFICATE,
    "htpasswd": "app:$apr1$x7Yz$8Qk1hJm0b3Yt1o5sXn3f./",
    "bcrypt": "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "GetRandomPassword": "xK;7.@}e%rQ-z/&Tn`2V>b|",
    "GetRandomPassword 2": "'Z~\"[9$w{Hs(_Q*:+4\\k=?!c",
    "all punctuation": string.punctuation,
    "punctuation but quotes": "".join(char for char in string.punctuation if char not in "'\"`\\"),
    "4,095 letters": "x" * 4_095,
    "4,096 letters": "x" * 4_096,
    "65,536 letters": "x" * 65_536,
    "65,530 letters": "x" * 65_530,
    "65,529 letters": "x" * 65_529,
    "65,000 with quotes": "it's " * 13_000,
    "60,000 of emoji": "😀" * 15_000,
    "many lines": "".join(f"line {n}\n" for n in range(4_000)),
    "a long line after a short one": "a\n" + "y" * 65_536,
}

# One secret each, of one key with the value `v-alue`.
NAMES = {
    "upper": "DB_PASSWORD",
    "lower": "username",
    "underscore": "_a",
    "underscore alone": "_",
    "digit first": "1A",
    "dash": "db-password",
    "dash first": "-a",
    "dot": "spring.datasource.url",
    "dot first": ".hidden",
    "dot alone": ".",
    "two dots": "..",
    "two dots first": "..data",
    "slash": "a/b",
    "climbing": "../a",
    "brackets": "list[0]",
    "brackets alone": "[a]",
    "brackets empty": "list[]",
    "space": "a b",
    "space first": " a",
    "space last": "a ",
    "only a space": " ",
    "tab": "a\tb",
    "newline": "a\nb",
    "carriage return": "a\rb",
    "NUL": "a\x00b",
    "control": "a\x01b",
    "control last": "a\x01",
    "empty": "",
    "equals": "a=b",
    "colon": "a:b",
    "hash": "#a",
    "hash inside": "a#b",
    "exclamation": "!a",
    "single quote": "it's",
    "double quote": 'a"b',
    "backslash": "a\\b",
    "backslash u": "\\u0041",
    "dollar": "a$b",
    "dollar braces": "${a}",
    "percent": "%a",
    "at": "a@b",
    "plus": "a+b",
    "parentheses": "a(b)",
    "accent": "clé",
    "ideograph": "世",
    "emoji": "😀",
    "BOM": "\ufeffa",
    "no-break space": "\xa0a",
    "line separator": "a\u2028b",
    "noncharacter": "a\uffffb",
    "export": "export a",
    "export alone": "export",
    "proto": "__proto__",
    "constructor": "constructor",
    "toString": "toString",
    "toLocaleString": "toLocaleString",
    "valueOf": "valueOf",
    "hasOwnProperty": "hasOwnProperty",
    "isPrototypeOf": "isPrototypeOf",
    "propertyIsEnumerable": "propertyIsEnumerable",
    "defineGetter": "__defineGetter__",
    "defineSetter": "__defineSetter__",
    "lookupGetter": "__lookupGetter__",
    "lookupSetter": "__lookupSetter__",
    "profile": "%prod.a",
    "spring import": "spring.config.import",
    "spring profiles": "spring.profiles",
    "spring data source": "spring.datasource.password",
    "smallrye locations": "smallrye.config.locations",
    "zsh modules": "module_path",
    "merge": "<<",
    "yes": "yes",
    "null": "null",
    "tilde": "~",
    "number": "12",
    "serde": "$serde_json::private::Number",
    "LD_PRELOAD": "LD_PRELOAD",
    "PATH": "PATH",
    "IFS": "IFS",
    "BASH_ENV": "BASH_ENV",
    "NODE_OPTIONS": "NODE_OPTIONS",
    "UID": "UID",
    "EUID": "EUID",
    "PPID": "PPID",
    "RANDOM": "RANDOM",
    "SECONDS": "SECONDS",
    "LINENO": "LINENO",
    "OPTIND": "OPTIND",
    "GROUPS": "GROUPS",
    "FUNCNAME": "FUNCNAME",
    "DIRSTACK": "DIRSTACK",
    "HISTCMD": "HISTCMD",
    "SHELLOPTS": "SHELLOPTS",
    "BASHPID": "BASHPID",
    "BASH_COMPAT": "BASH_COMPAT",
    "COLUMNS": "COLUMNS",
    "USER": "USER",
    "LANG": "LANG",
    "TZ": "TZ",
    "status": "status",
    "path": "path",
    "readonly": "readonly",
    "if": "if",
    "long, 253": "k" * 253,
    "long, 255": "k" * 255,
    "long, 300": "k" * 300,
    "long, 1,100": "k" * 1_100,
    "long, 70,000": "k" * 70_000,
}

# Whole secrets, as JSON text.
OBJECTS = {
    "RDS rotation": json.dumps(
        {
            "engine": "postgres", "host": "db.cluster-abc.us-east-1.rds.amazonaws.com", "username": "app",
            "password": "g#7P!x'Qz)$2", "dbname": "app", "port": 5432, "dbClusterIdentifier": "cluster-abc",
        }
    ),
    "RDS plain": '{"username":"app","password":"Zk8wq0vN","engine":"mysql","host":"db","port":3306,"masterarn":"arn:aws:secretsmanager:us-east-1:123456789012:secret:m-AbCdEf"}',
    "two keys": '{"FIRST":"1","SECOND":"two words"}',
    "empty object": "{}",
    "empty object with blanks": " \n\t{ } \r\n",
    "blanks": '\n{\n  "a" :\t"b" ,\r\n "c" : 1 }\n\n',
    "two multi-line": json.dumps({"CERT": CERTIFICATE, "KEY": PEM, "END": "x"}),
    "swallower": json.dumps({"A": "ends in \\", "B": "it's \"b\"", "C": "c"}),
    "backslash last twice": json.dumps({"A": "a b\\", "B": "c d\\"}),
    "numbers": '{"a":1,"b":-1,"c":1.0,"d":0.1,"e":12345678901234567890,"f":123456789012345678901234567890}',
    "exponents": '{"a":1e5,"b":1E5,"c":1e+5,"d":1.5e-7,"e":2E+10}',
    "negative zero": '{"a":-0,"b":-0.0}',
    "overflow": '{"a":1e400}',
    "overflow nested": '{"a":{"b":[1e400]}}',
    "underflow": '{"a":1e-400}',
    "long fraction": '{"a":3.14159265358979323846264338327950288419716939937510}',
    "precise": '{"a":0.1000000000000000055511151231257827,"b":9007199254740993}',
    "booleans": '{"a":true,"b":false}',
    "null": '{"a":null,"b":"x"}',
    "nested null": '{"a":{"b":null}}',
    "nested": '{"spring":{"datasource":{"url":"jdbc:x","port":1}},"list":["a",{"b":"c"},[1,2]]}',
    "nested strings": json.dumps({"a": {"b c": "it's \"q\" $x \\ é\n"}}, ensure_ascii=False),
    "nested escapes": '{"a":{"b":"\\u00e9\\/\\ud83d\\ude00"}}',
    "nested with blanks": '{"a": { "b" : [ 1 , 2.0 , 1E5 ] } }',
    "nested empty": '{"a":{},"b":[],"c":{"d":[]}}',
    "bracket keys": '{"a":{"[b]":"1","c":"2"}}',
    "flattening collision": '{"a.b":1,"a":{"b":2}}',
    "flattening collision of a list": '{"a[0]":1,"a":[2]}',
    "no collision": '{"a.b":1,"a":{"c":2}}',
    "duplicate": '{"a":"1","a":"2"}',
    "duplicate by escape": '{"a":"1","\\u0061":"2"}',
    "duplicate nested": '{"x":{"a":"1","a":"2"}}',
    "case differs": '{"Key":"1","key":"2","KEY":"3"}',
    "escaped keys": '{"\\u0044B":"\\u0061\\/b"}',
    "surrogate pair": '{"a":"\\ud83d\\ude00"}',
    "unpaired surrogate": '{"a":"x\\ud800y"}',
    "unpaired low surrogate": '{"a":"\\udc00"}',
    "unpaired surrogate in a key": '{"k\\ud800":"v"}',
    "reversed surrogates": '{"a":"\\ude00\\ud83d"}',
    "serde magic": '{"$serde_json::private::Number":"12"}',
    "serde magic nested": '{"a":{"$serde_json::private::Number":"12"}}',
    "serde raw magic": '{"a":{"$serde_json::private::RawValue":"12"}}',
    "merge map": '{"<<":{"a":"1"},"b":"2"}',
    "merge list": '{"<<":[{"a":"1"}],"b":"2"}',
    "merge nested": '{"x":{"<<":{"a":"1"},"b":"2"}}',
    "proto nested": '{"a":{"__proto__":{"b":"c"}}}',
    "128 levels": '{"a":' * 127 + "[]" + "}" * 127,
    "128 levels of lists": '{"a":' + "[" * 127 + '"x"' + "]" * 127 + "}",
    "100,000 levels": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "10,000 keys": json.dumps({f"KEY_{n}": f"value {n}" for n in range(10_000)}),
    "a list": '["a"]',
    "a string": '"a"',
    "a number": "12",
    "null alone": "null",
    "empty text": "",
    "only blanks": "  \n",
    "plain text": "hunter2-not-json",
    "trailing garbage": '{"a":"bcde"} fghij',
    "two values": '{"a":"bcde"}{"c":"d"}',
    "trailing comma": '{"a":"bcde",}',
    "single quoted JSON": "{'a':'bcde'}",
    "unquoted keys": '{a:"bcde"}',
    "comment": '{"a":"bcde" /* c */}',
    "NaN": '{"a":NaN}',
    "Infinity": '{"a":-Infinity}',
    "leading zero": '{"a":0123}',
    "plus": '{"a":+1}',
    "dot": '{"a":1.}',
    "raw newline in a string": '{"a":"b\nc"}',
    "bad escape": '{"a":"\\x41"}',
    "short unicode escape": '{"a":"\\u12"}',
    "cut off": '{"a":"bcde',
    "BOM": '\ufeff{"a":"b"}',
    "UTF-16": '{"a":"b"}'.encode("utf-16"),
    "invalid UTF-8": b'{"a":"\xff\xfe"}',
    "overlong UTF-8": b'{"a":"\xc0\x80"}',
    "encoded surrogate": b'{"a":"\xed\xa0\x80"}',
    "binary": bytes(range(256)),
    "properties text": "a=b\nc=d\n",
}


def corpus():
    """Pairs of a label and a secret's bytes."""
    for label, value in VALUES.items():
        yield f"value: {label}", json.dumps({"VALUE": value}, ensure_ascii=label != "emoji").encode()
    for label, name in NAMES.items():
        yield f"name: {label}", json.dumps({name: "v-alue"}).encode()
    for label, text in OBJECTS.items():
        yield f"object: {label}", text if isinstance(text, bytes) else text.encode()


# Logins as AWS's databases have them, and as they should not be.
LOGINS = {
    "RDS": '{"engine":"postgres","host":"db.example.com","username":"app","password":"p:w\\\\d\\"# ","dbname":"orders","port":5432,"dbInstanceIdentifier":"db"}',
    "managed": '{"username":"admin","password":"x"}',
    "managed with a host": '{"host":"db.example.com","username":"admin","password":"x"}',
    "Redshift": '{"engine":"redshift","host":"db.example.com","username":"app","password":"x","dbClusterIdentifier":"c","port":"5439"}',
    "another host": '{"machine":"m.example.com","username":"u","password":"p"}',
    "a registry": '{"registry":"registry.example.com:5000/team","username":"u","password":"p","email":"a@b.c"}',
    "two hosts": '{"host":"a","machine":"b","registry":"c","username":"u","password":"p"}',
    "a number for a password": '{"host":"a.example.com","username":"u","password":12345678901234567890}',
    "port of a float": '{"host":"a.example.com","port":5432.0,"username":"u","password":"p"}',
    "port too large": '{"host":"a.example.com","port":65536,"username":"u","password":"p"}',
    "port in letters": '{"host":"a.example.com","port":"mysql","username":"u","password":"p"}',
    "null database": '{"host":"a.example.com","dbname":null,"username":"u","password":"p"}',
    "nested": '{"host":"a.example.com","username":{"name":"u"},"password":["p"]}',
    "no password": '{"host":"a.example.com","username":"u","pass":"p"}',
}


def logins(secrets):
    """Those, and each of the values of others as a password, as a name and as a database."""
    for label, text in LOGINS.items():
        yield f"login: {label}", text.encode()
    for label, source in secrets:
        try:
            tree = json.loads(source)
        except (ValueError, RecursionError):
            yield label, source
            continue
        values = [value for value in tree.values() if isinstance(value, str)] if isinstance(tree, dict) else []
        if not values or len(values) > 10:
            yield label, source
            continue
        for key in ("password", "username", "dbname"):
            members = {"host": "db.example.com", "port": 6432, "dbname": "orders", "username": "app", "password": "hunter2222"}
            for value in values:
                yield f"{label} as {key}", json.dumps(members | {key: value}).encode()


PUNCTUATION = string.punctuation
ODD = "'\"`\\$#={}()[]!~%&|;<>*? \t\n\r:,"
UNICODE = "éßñ世界😀🔒\u00a0\u2028\u200b\ufeff\u0301\ufffd\ue000"
CONTROLS = "".join(map(chr, range(1, 32))) + "\x7f\x80\x85\x9f"


def character(random_):
    """One code point from all of Unicode, surrogates excepted."""
    while True:
        code = random_.choice([random_.randrange(0x100), random_.randrange(0x10000), random_.randrange(0x110000)])
        if code and not 0xD800 <= code <= 0xDFFF:
            return chr(code)


def random_value(random_):
    length = random_.choice([1, 2, 3, 4, 8, 16, 32, 64])
    kind = random_.randrange(10)
    if kind < 3:
        alphabet = PUNCTUATION
    elif kind < 5:
        alphabet = PUNCTUATION + string.ascii_letters + string.digits
    elif kind < 7:
        alphabet = ODD + "abx0n"
    elif kind == 7:
        alphabet = string.ascii_letters + UNICODE + ODD
    elif kind == 8:
        alphabet = string.ascii_letters + CONTROLS + "'\"\\ "
    else:
        return "".join(character(random_) for _ in range(length))
    return "".join(random_.choice(alphabet) for _ in range(length))


def random_name(random_, odd):
    kind = random_.randrange(10) if odd else 0
    if kind < 7:
        return random_.choice("ABCXYZ_") + "".join(random_.choices("ABCDEF_0123456789", k=random_.randrange(2, 8)))
    if kind == 7:
        return "".join(random_.choices("abc.-_[]0", k=random_.randrange(1, 8)))
    if kind == 8:
        return "".join(random_.choices("ab" + ODD, k=random_.randrange(1, 6)))
    return "".join(character(random_) for _ in range(random_.randrange(1, 4)))


def generated(seed, count):
    """Secrets of one to three entries; every sixth is nested, every second has ordinary names only."""
    random_ = random.Random(seed)

    def tree(depth, odd):
        if depth and random_.randrange(3) == 0:
            return {random_name(random_, odd): tree(depth - 1, odd) for _ in range(random_.randrange(1, 3))}
        if depth and random_.randrange(4) == 0:
            return [tree(depth - 1, odd) for _ in range(random_.randrange(1, 3))]
        return random_.choice([random_value(random_), random_value(random_), random_.randrange(10**12), True])

    for number in range(count):
        nested, odd = number % 6 == 5, number % 4 > 1
        entries = {
            random_name(random_, odd): tree(2, odd) if nested else random_value(random_)
            for _ in range(random_.choice([1, 1, 2, 3]))
        }
        yield f"random {seed}/{number}", json.dumps(entries, ensure_ascii=random_.random() < 0.5).encode()
