"""AWS's SDK for Python gets its credentials where the environment says, and reads a secret with them."""

import sys

import boto3

source = sys.argv[1]
session = boto3.Session()
credentials = session.get_credentials().get_frozen_credentials()
assert credentials.access_key.startswith("ASIA" + source), credentials.access_key
assert credentials.token
assert session.client("secretsmanager").get_secret_value(SecretId="seeded")["SecretString"] == "value"

if source == "WEBIDENTITY":
    sts = session.client("sts")
    assert sts.get_caller_identity()["Account"] == "123456789012"
    role = "arn:aws:iam::123456789012:role/other"
    assumed = sts.assume_role(RoleArn=role, RoleSessionName="test", DurationSeconds=900)
    assert assumed["Credentials"]["AccessKeyId"].startswith("ASIAROLE")
    assert assumed["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/other/test"
    try:
        sts.assume_role(RoleArn="role/other/but/not/an/arn", RoleSessionName="test")
        raise AssertionError("what is no ARN was answered")
    except sts.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "ValidationError", error
