"""AWS's SDK for Python signs as the fake checks it, and understands how it refuses."""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, key, secret = sys.argv[1:]


def client(service, key=key, secret=secret, token=None):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="ca-central-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"max_attempts": 1}),
    )


def refused(call, code):
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"{code} was answered")


secrets, sts = client("secretsmanager"), client("sts")
assert secrets.get_secret_value(SecretId="seeded")["SecretString"] == "value"
secrets.create_secret(Name="new", SecretString='grüße  "und"  \n mehr')
assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/alice"

role = {"RoleArn": "arn:aws:iam::123456789012:role/deploy", "RoleSessionName": "ci"}
refused(lambda: sts.assume_role(**role), "AccessDenied")
refused(lambda: sts.assume_role(**role, ExternalId="ticket-18"), "AccessDenied")
session = sts.assume_role(**role, ExternalId="ticket:17/+=@")["Credentials"]
session = (session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
assert client("sts", *session).get_caller_identity()["Arn"].endswith(":assumed-role/deploy/ci")
assert client("secretsmanager", *session).get_secret_value(SecretId="new")["SecretString"].startswith("grüße")

read = {"SecretId": "seeded"}
for arguments, json, query in [
    ((key, "guess"), "InvalidSignatureException", "SignatureDoesNotMatch"),
    (("AKIANOBODY", "guess"), "UnrecognizedClientException", "InvalidClientTokenId"),
    (session[:2], "UnrecognizedClientException", "InvalidClientTokenId"),
    ((*session[:2], "wrong"), "UnrecognizedClientException", "InvalidClientTokenId"),
    (("ASIAENDED", "secret", "t/o+k="), "ExpiredTokenException", "ExpiredToken"),
]:
    refused(lambda: client("secretsmanager", *arguments).get_secret_value(**read), json)
    refused(client("sts", *arguments).get_caller_identity, query)
