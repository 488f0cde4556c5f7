"""AWS's SDK for Python against the fake: what it puts in, it gets out, and errors are its own exceptions."""

import sys

import boto3
from botocore.config import Config

client = boto3.client(
    "secretsmanager",
    endpoint_url=sys.argv[1],
    region_name="ca-central-1",
    aws_access_key_id="testing",
    aws_secret_access_key="testing",
    config=Config(retries={"max_attempts": 1}),
)

# Seeded by the test.
seeded = client.get_secret_value(SecretId="seeded")
assert seeded["SecretString"] == '{"n": 1.0}', seeded["Name"]
assert seeded["VersionStages"] == ["AWSCURRENT"]
assert seeded["ARN"].startswith("arn:aws:secretsmanager:ca-central-1:")

# Created by boto3.
created = client.create_secret(Name="app/made", SecretBinary=bytes(range(256)))
assert client.get_secret_value(SecretId=created["ARN"])["SecretBinary"] == bytes(range(256))
assert client.get_secret_value(SecretId=created["ARN"][:-7])["Name"] == "app/made"

# A new version moves the labels.
client.put_secret_value(SecretId="seeded", SecretString="new")
assert client.get_secret_value(SecretId="seeded")["SecretString"] == "new"
previous = client.get_secret_value(SecretId="seeded", VersionStage="AWSPREVIOUS")
assert previous["VersionId"] == seeded["VersionId"]

# A batch has values and errors.
batch = client.batch_get_secret_value(SecretIdList=["seeded", "app/made", "missing"])
assert {value["Name"] for value in batch["SecretValues"]} == {"seeded", "app/made"}
assert [error["ErrorCode"] for error in batch["Errors"]] == ["ResourceNotFoundException"]

for arguments, expected in [
    ({"SecretId": "missing"}, client.exceptions.ResourceNotFoundException),
    ({"SecretId": "seeded", "VersionStage": "NOPE"}, client.exceptions.ResourceNotFoundException),
]:
    try:
        client.get_secret_value(**arguments)
    except expected:
        continue
    raise AssertionError(f"{arguments} was answered")

client.delete_secret(SecretId="seeded", RecoveryWindowInDays=7)
try:
    client.get_secret_value(SecretId="seeded")
    raise AssertionError("a secret marked for deletion was answered")
except client.exceptions.InvalidRequestException:
    pass
