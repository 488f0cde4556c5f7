"""The built binary against what is not Secrets Manager, as somebody else wrote it: moto's Parameter Store, S3 and STS.

Run by .ci/run with SECRETFETCH naming the binary; any Python with .ci/requirements.txt will do:

    SECRETFETCH=target/debug/secretfetch python -m unittest -v .ci/moto/test_sources.py
"""

import http.server
import json
import logging
import pathlib
import re
import socket
import subprocess
import threading
import unittest
import urllib.parse
import urllib.request

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from case import BINARY, CREDENTIALS, REGION, TIMEOUT_SECONDS, Case
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
EVERY_BYTE = bytes(range(256)) + b"\n\r\n\x00"
PARAMETERS = {
    "/team/app/db": ("SecureString", '{"user": "app", "password": "a\\"b\\\\c\\u00e9 \u4e16"}'),
    "/team/app/url": ("String", "postgres://db"),
    "/team/app/deep/er": ("String", "deep"),
    "/team/app2/url": ("String", "another team's"),
    "plain": ("StringList", "a,b,c"),
}
KEYS = ["a b+c%20/\u043a\u043b\u044e\u0447~(1)'!*.bin", "//double//slash", "a/../b", "trailing?query&x=1#y", "\u00e9/\U0001f511"]

server = None
ssm = None
s3 = None


def client(service, endpoint, **more):
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    # Checksums that came later than many servers did.
    config = Config(request_checksum_calculation="when_required", s3={"addressing_style": "path"})
    return boto3.client(service, endpoint_url=endpoint, config=config, **{"region_name": REGION, **keys, **more})


def setUpModule():
    global server, ssm, s3
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    Case.endpoint = f"http://{host}:{port}"
    ssm = client("ssm", Case.endpoint)
    for name, (kind, value) in PARAMETERS.items():
        ssm.put_parameter(Name=name, Type=kind, Value=value)
    for number in range(25):
        ssm.put_parameter(Name=f"/many/{number}", Type="String", Value=f"value {number}")
    for number in (1, 2, 3):
        ssm.put_parameter(Name="/versions", Type="String", Value=f"version {number}", Overwrite=True)
    ssm.label_parameter_version(Name="/versions", ParameterVersion=2, Labels=["blessed"])
    s3 = client("s3", Case.endpoint)
    s3.create_bucket(Bucket="acme-config", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="acme-config", VersioningConfiguration={"Status": "Enabled"})
    for key in KEYS:
        s3.put_object(Bucket="acme-config", Key=key, Body=EVERY_BYTE + key.encode())
    client("secretsmanager", Case.endpoint).create_secret(Name="vinsguru/prod", SecretString='{"A": "1"}')


def tearDownModule():
    server.stop()


class Sources(Case):
    def fetched(self, *files, **top):
        """The bytes of each file, in the order of the files."""
        path = self.config(*files, **top)
        done = self.succeed("fetch", "--config", path)
        self.assertEqual(done.stdout, b"")
        return [(self.out / file["path"]).read_bytes() for file in files]


class ParameterStore(Sources):
    def test_each_type_of_parameter_is_read_exactly(self):
        files = [{"path": str(n), "secretId": name} for n, name in enumerate(PARAMETERS)]
        self.assertEqual(self.fetched(*files, store="ssm"), [value.encode() for _, value in PARAMETERS.values()])

    def test_ten_are_asked_for_in_one_request_and_all_come(self):
        sources = [{"secretId": f"/many/{n}", "as": f"V{n}"} for n in range(25)]
        [text] = self.fetched({"path": "many.env", "format": "env", "from": sources}, store="ssm")
        self.assertEqual(text.decode(), "".join(f"V{n}='value {n}'\n" for n in range(25)))

    def test_a_version_is_a_number_or_a_label(self):
        files = [
            {"path": "newest", "secretId": "/versions"},
            {"path": "first", "secretId": "/versions", "versionId": 1},
            {"path": "blessed", "secretId": "/versions", "versionStage": "blessed"},
        ]
        self.assertEqual(self.fetched(*files, store="ssm"), [b"version 3", b"version 1", b"version 2"])

    def test_a_parameter_is_read_by_its_arn(self):
        arn = ssm.get_parameter(Name="/team/app/url")["Parameter"]["ARN"]
        self.assertEqual(arn, f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/team/app/url")
        [text] = self.fetched({"path": "url", "secretId": arn}, store="ssm")
        self.assertEqual(text, b"postgres://db")

    def test_the_missing_among_ten_are_named_each(self):
        sources = [{"secretId": f"/many/{n}", "as": f"V{n}"} for n in range(8)]
        sources += [{"secretId": "/missing/one", "as": "ONE"}, {"secretId": "/missing/two", "as": "TWO"}]
        path = self.config({"path": "x", "format": "env", "from": sources}, store="ssm")
        message = self.fail_with(3, "fetch", "--config", path, names=["`/missing/one`", "`/missing/two`"])
        self.assertEqual(message.count("error:"), 2, message)

    def test_what_does_not_exist_is_left_out_if_it_is_optional(self):
        sources = [{"secretId": "/many/1", "as": "ONE"}, {"secretId": "/missing", "as": "TWO", "optional": True}]
        [text] = self.fetched({"path": "x", "format": "env", "from": sources}, store="ssm")
        self.assertEqual(text, b"ONE='value 1'\n")

    def test_everything_below_a_path_comes_as_one_object(self):
        file = {"path": "app.json", "format": "json", "store": "ssm", "find": {"prefix": "/team/app/"}}
        [text] = self.fetched(file)
        self.assertEqual(json.loads(text), {"db": json.loads(PARAMETERS["/team/app/db"][1]), "deep/er": "deep", "url": "postgres://db"})

    def test_more_than_a_page_is_found(self):
        [text] = self.fetched({"path": "many.json", "format": "json", "store": "ssm", "find": {"prefix": "/many/"}})
        self.assertEqual(json.loads(text), {str(n): f"value {n}" for n in range(25)})


class S3(Sources):
    def test_keys_of_any_characters_give_their_exact_bytes(self):
        files = [{"path": str(n), "secretId": key} for n, key in enumerate(KEYS)]
        stores = {"bundles": {"s3": {"bucket": "acme-config"}}}
        self.assertEqual(self.fetched(*files, stores=stores, store="bundles"), [EVERY_BYTE + key.encode() for key in KEYS])

    def test_a_version_is_read_by_its_id(self):
        first = s3.put_object(Bucket="acme-config", Key="versions", Body=b"first")["VersionId"]
        s3.put_object(Bucket="acme-config", Key="versions", Body=b"second")
        files = [{"path": "first", "secretId": "versions", "versionId": first}, {"path": "newest", "secretId": "versions"}]
        stores = {"bundles": {"s3": {"bucket": "acme-config"}}}
        self.assertEqual(self.fetched(*files, stores=stores, store="bundles"), [b"first", b"second"])

    def test_objects_are_found_by_what_their_keys_begin_with(self):
        for key, body in {"find/b": b"2", "find/a": b'{"x": 1}', "find/": b"", "find2/c": b"no"}.items():
            s3.put_object(Bucket="acme-config", Key=key, Body=body)
        stores = {"bundles": {"s3": {"bucket": "acme-config"}}}
        file = {"path": "found.json", "format": "json", "store": "bundles", "find": {"prefix": "find/"}}
        [text] = self.fetched(file, stores=stores)
        self.assertEqual(text, b'{"a":{"x":1},"b":"2"}\n')

    def test_more_than_a_page_of_keys_is_found(self):
        for number in range(1005):
            s3.put_object(Bucket="acme-config", Key=f"pages/{number:04}", Body=b"x")
        stores = {"bundles": {"s3": {"bucket": "acme-config"}}}
        file = {"path": "pages.json", "format": "json", "store": "bundles", "find": {"prefix": "pages/"}}
        [text] = self.fetched(file, stores=stores)
        self.assertEqual(list(json.loads(text)), [f"{number:04}" for number in range(1005)])

    def test_a_missing_key_a_missing_bucket_and_an_object_that_is_too_large_are_told_apart(self):
        s3.put_object(Bucket="acme-config", Key="large", Body=b"x" * 1001)
        stores = {"bundles": {"s3": {"bucket": "acme-config", "maxBytes": 1000}}, "none": {"s3": {"bucket": "no-such-bucket"}}}
        for file, code, words in [
            ({"secretId": "missing", "store": "bundles"}, 3, "no object with this key"),
            ({"secretId": "versions", "store": "bundles", "versionId": "3HL4kqtJlcpXroDTDmJ"}, 3, "no version with this id"),
            ({"secretId": "x", "store": "none", "optional": True}, 2, "there is no bucket `no-such-bucket`"),
            ({"secretId": "large", "store": "bundles"}, 6, "more than 1000 bytes"),
        ]:
            with self.subTest(file):
                self.fail_with(code, "fetch", "--config", self.config({"path": "x", **file}, stores=stores), names=[words])


class Failover(Sources):
    def test_the_second_region_answers_when_nobody_is_at_the_first(self):
        elsewhere = client("ssm", Case.endpoint, region_name="us-west-2")
        elsewhere.put_parameter(Name="/replicated", Type="String", Value="replica", Overwrite=True)
        nobody = socket.socket()
        nobody.bind(("127.0.0.1", 0))
        self.addCleanup(nobody.close)
        away = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        store = {"region": REGION, "endpointUrl": away, "failover": {"region": "us-west-2", "endpointUrl": Case.endpoint}}
        path = self.config({"path": "x", "secretId": "/replicated"}, stores={"settings": {"ssm": store}}, store="settings")
        done = self.succeed("fetch", "--config", path, "--report", "json")
        self.assertEqual((self.out / "x").read_bytes(), b"replica")
        [source] = json.loads(done.stdout)["files"][0]["sources"]
        self.assertEqual(source["region"], "us-west-2")
        # Without it the run ends as it always did.
        (self.out / "x").unlink()
        del store["failover"]
        path = self.config({"path": "x", "secretId": "/replicated"}, stores={"settings": {"ssm": store}}, store="settings")
        self.fail_with(5, "fetch", "--config", path, "--timeout", "2s", names=[away.removeprefix("http://")])


class Roles(Sources):
    def test_one_store_reads_as_a_role_and_another_as_the_caller(self):
        role = f"arn:aws:iam::{ACCOUNT}:role/reader"
        stores = {"settings": {"ssm": {"roleArn": role, "externalId": "acme-42"}}}
        files = [
            {"path": "a", "secretId": "/team/app/url", "store": "settings"},
            {"path": "b", "secretId": "vinsguru/prod"},
        ]
        path = self.config(*files, stores=stores)
        done = self.succeed("fetch", "--config", path, "-v", AWS_ENDPOINT_URL_STS=self.endpoint)
        self.assertEqual((self.out / "a").read_bytes(), b"postgres://db")
        self.assertIn(role, done.stderr.decode())


class Signed(Sources):
    """moto as a judge of signatures, which botocore computes there, and of policies. Of Parameter Store's requests it judges
    too, and refuses in XML, which AWS does not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        iam = client("iam", Case.endpoint)
        iam.create_user(UserName="reader")
        statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-config/*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=document)
        made = iam.create_access_key(UserName="reader")["AccessKey"]
        cls.keys = {
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_SESSION_TOKEN": "",
        }
        cls.judge_after(0)
        cls.addClassCleanup(cls.judge_after, 10**9)

    @classmethod
    def judge_after(cls, requests):
        """So many further requests are answered whoever sends them."""
        url = f"{Case.endpoint}/moto-api/reset-auth"
        text = {"Content-Type": "text/plain"}
        with urllib.request.urlopen(urllib.request.Request(url, str(requests).encode(), text)) as answer:
            assert answer.status == 200

    def config_of(self):
        store = {"bucket": "acme-config", "endpointUrl": self.endpoint, "addressing": "path"}
        files = [{"path": str(number), "secretId": key} for number, key in enumerate(KEYS)]
        return self.config(*files, stores={"bundles": {"s3": store}}, store="bundles")

    def assert_fetched(self):
        for number, key in enumerate(KEYS):
            self.assertEqual((self.out / str(number)).read_bytes(), EVERY_BYTE + key.encode())

    def test_signatures_are_true_with_the_bucket_in_the_path(self):
        self.succeed("fetch", "--config", self.config_of(), **self.keys)
        self.assert_fetched()

    def test_a_signature_that_is_not_true_is_refused(self):
        wrong = {**self.keys, "AWS_SECRET_ACCESS_KEY": "another"}
        self.fail_with(4, "fetch", "--config", self.config_of(), names=["AWS rejects the request's signature"], **wrong)

    def test_what_the_policy_does_not_allow_is_denied_by_name(self):
        file = {"path": "c", "format": "json", "find": {"prefix": "a"}}
        path = self.config(file, stores={"bundles": {"s3": {"bucket": "acme-config"}}}, store="bundles")
        self.fail_with(4, "fetch", "--config", path, names=["s3:ListBucket"], **self.keys)


class Contents(http.server.BaseHTTPRequestHandler):
    """GitHub's contents API, as far as it is asked here."""

    seen = []

    def do_GET(self):
        self.seen.append((self.path, self.headers["Authorization"], self.headers["Accept"]))
        is_there = self.headers["Authorization"] == "Bearer github_pat_1"
        body = b'{"dark": true}' if is_there else b'{"message": "Not Found"}'
        self.send_response(200 if is_there else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Guide(Sources):
    def test_five_stores_in_the_one_configuration_of_the_guide(self):
        guide = pathlib.Path(__file__).resolve().parents[2] / "docs" / "sources.md"
        text = guide.read_text().split("## Five in one configuration")[1].split("```yaml\n")[1].split("```")[0]
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Contents)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        for old, new in {
            "https://api.github.com": f"http://127.0.0.1:{server.server_port}",
            "directory: /secret": "directory: out",
            "region: eu-central-1": f"region: {REGION}",
        }.items():
            self.assertEqual(text.count(old), 1, old)
            text = text.replace(old, new)
        (self.root / "config.yaml").write_text(text)
        (self.root / "development.json").write_text('{"extra": {"DEBUG": "1"}}')
        manager = client("secretsmanager", self.endpoint)
        manager.create_secret(Name="github/token", SecretString='{"token": "github_pat_1"}')
        manager.create_secret(Name="team/app/db", SecretString='{"username": "app", "password": "s3cr3t"}')
        s3.put_object(Bucket="acme-config", Key="tls/ca.pem", Body=b"a certificate")
        self.succeed("fetch", "--config", "config.yaml")
        lines = (self.out / "app.env").read_text().splitlines()
        self.assertEqual(lines[:2] + lines[3:], ["DB_USER=app", "DB_PASSWORD=s3cr3t", "DEEP_ER=deep", "URL=postgres://db", "EXTRA_DEBUG=1"])
        self.assertEqual(json.loads(lines[2].removeprefix("DB=")), json.loads(PARAMETERS["/team/app/db"][1]))
        self.assertEqual((self.out / "ca.pem").read_bytes(), b"a certificate")
        self.assertEqual((self.out / "features.json").read_bytes(), b'{"dark": true}')
        asked = "/repos/acme/app/contents/config/features.json?ref=main"
        self.assertEqual(Contents.seen, [(asked, "Bearer github_pat_1", "application/vnd.github.raw+json")])


class Judge(http.server.BaseHTTPRequestHandler):
    """Answers what is truly signed, as botocore signs it, with the path that was asked for. (moto forgets a bucket that stands
    in the host.)"""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        given = dict(re.findall(r"(\w+)=([^, ]+)", self.headers["Authorization"]))
        path = self.requestline.split(" ")[1]  # `self.path` has lost slashes
        request = AWSRequest("GET", f"http://{self.headers['Host']}{path}")
        for name in given["SignedHeaders"].split(";"):
            request.headers[name] = self.headers[name]
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        keys = Credentials(CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], CREDENTIALS["AWS_SESSION_TOKEN"])
        auth = S3SigV4Auth(keys, "s3", REGION)
        expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        is_true = given["Signature"] == expected and self.headers["Host"].startswith("acme-config.")
        body = path.encode() if is_true else b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
        self.send_response(200 if is_true else 403)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class VirtualHost(Sources):
    def test_signatures_are_true_with_the_bucket_in_the_host(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Judge)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        store = {"bucket": "acme-config", "endpointUrl": f"http://s3.test:{server.server_port}", "addressing": "virtual"}
        files = [{"path": str(number), "secretId": key} for number, key in enumerate(KEYS)]
        path = self.config(*files, stores={"bundles": {"s3": store}}, store="bundles")
        hosts = self.root / "hosts"
        hosts.write_text("127.0.0.1 s3.test acme-config.s3.test\n")
        # Names of its own, for this process alone.
        script = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, "sh", str(hosts), BINARY, "fetch", "--config", str(path)],
            env=self.environment(),
            cwd=self.root,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
        )
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        for number, key in enumerate(KEYS):
            self.assertEqual(urllib.parse.unquote((self.out / str(number)).read_text()), f"/{key}")


if __name__ == "__main__":
    unittest.main()
